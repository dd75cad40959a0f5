"""What the golden files are made of: cases computed by PyTorch in f64, and a writer of safetensors files.

Inputs are rounded to f32, so that the same file checks both float types.
"""
import json
import struct
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def rounded(x):
    return x.float().double()


def randn(*shape):
    return rounded(torch.randn(shape))


def normal(*shape):
    """What draws such an input."""
    return lambda: randn(*shape)


def integers(*values):
    return torch.tensor(values, dtype=torch.int64)


def save(name, tensors, metadata=None):
    """Write tests/golden/<name>.safetensors: the header's length, the header, the values."""
    header, values = {"__metadata__": {"format": "pt", **(metadata or {})}}, b""
    for key, tensor in tensors.items():
        data = tensor.detach().contiguous().numpy()
        dtype = {"float64": "F64", "int64": "I64"}[str(data.dtype)]
        offsets = [len(values), len(values) + data.nbytes]
        header[key] = {"dtype": dtype, "shape": list(data.shape), "data_offsets": offsets}
        values += data.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = Path(__file__).with_name(name + ".safetensors")
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)
    print(f"{path}: {len(tensors)} tensors, {path.stat().st_size} bytes")


def draw(x):
    return x() if callable(x) else x


class Cases:
    """The cases of one file: name:input0, ..., name:output, name:cotangent, name:gradient0, ...

    A layer has name:weight/query.bias and name:weight_gradient/query.bias for each of its parameters as well.
    """

    def __init__(self):
        self.tensors = {}

    def add(self, name, function, *inputs, constants=(), weights=None):
        """One case: gradients for a random cotangent of all inputs but the integers and the constants, which come last.

        An input may be a function that draws it; the seed is the case's own.  `weights` are the shapes of a layer's
        parameters by name: the function is given them first.
        """
        assert f"{name}:output" not in self.tensors, name
        torch.manual_seed(sum(name.encode()))
        inputs = [draw(x) for x in inputs]
        leaves = {f"{i}": x.requires_grad_() for i, x in enumerate(inputs) if x.is_floating_point()}
        inputs += [draw(x) for x in constants]
        parts = {f"input{i}": x for i, x in enumerate(inputs)}
        if weights:
            weights = {key: rounded(randn(*shape) / 2).requires_grad_() for key, shape in weights.items()}
            parts |= {f"weight/{key}": x for key, x in weights.items()}
            inputs.insert(0, weights)
        parts["output"] = output = function(*inputs)
        if output.requires_grad:
            parts["cotangent"] = cotangent = randn(*output.shape)
            parts |= prefixed("gradient", gradients(output, cotangent, leaves))
            parts |= prefixed("weight_gradient/", gradients(output, cotangent, weights or {}))
        self.tensors |= prefixed(f"{name}:", parts)


def prefixed(prefix, tensors):
    return {prefix + key: tensor for key, tensor in tensors.items()}


def gradients(output, cotangent, leaves):
    """By name; zeros where the output does not depend on a leaf."""
    if not leaves:
        return {}
    found = torch.autograd.grad(output, leaves.values(), cotangent, retain_graph=True, allow_unused=True)
    return {key: torch.zeros_like(x) if g is None else g for (key, x), g in zip(leaves.items(), found)}
