#!/usr/bin/python3
"""`load(file)` returns the tensors of a .safetensors file as PyTorch tensors, by name. The program lists them."""
import json
import sys

import torch


def load(file):
    content = memoryview(bytearray(open(file, "rb").read()))  # tensors share it
    begin = 8 + int.from_bytes(content[:8], "little")
    types = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}
    entries = {name: entry for name, entry in json.loads(bytes(content[8:begin])).items() if name != "__metadata__"}
    return {name: torch.frombuffer(content[begin:][slice(*entry["data_offsets"])], dtype=types[entry["dtype"]])
            .reshape(entry["shape"]) for name, entry in entries.items()}


if __name__ == "__main__":
    for name, tensor in load(sys.argv[1]).items():
        print(name, tuple(tensor.shape))
