#!/usr/bin/python3
"""The same ops in PyTorch as in bench_ops.cpp, measured in the same way, one line of JSON for each."""
import argparse
import json
import math
import statistics
import time

import torch
import torch.nn.functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=torch.get_num_threads())
parser.add_argument("--rounds", type=int, default=15)
options = parser.parse_args()
torch.set_num_threads(options.threads)


def measure(f):
    f()
    begin = time.perf_counter()
    f()
    calls = max(1, int(0.02 / (time.perf_counter() - begin)))
    times = []
    for _ in range(options.rounds):
        begin = time.perf_counter()
        for _ in range(calls):
            f()
        times.append((time.perf_counter() - begin) / calls)
    return statistics.median(times)


def show(op, name, seconds):
    print(json.dumps({"op": op, "pass": name, "threads": options.threads, "torch": torch.__version__,
                      "ms": seconds * 1e3}), flush=True)


def leaf(*shape):
    return torch.randn(shape, requires_grad=True)


def passes(op, leaves, f):
    y = f()
    g = torch.randn(y.shape)
    show(op, "forward", measure(f))
    show(op, "backward", measure(lambda: torch.autograd.grad(y, leaves, g, retain_graph=True)))


def rowwise(rows, n):
    x, w, b = leaf(rows, n), leaf(n), leaf(n)
    size = f" {rows} x {n}"
    passes("softmax" + size, [x], lambda: x.softmax(-1))
    passes("layer_norm" + size, [x, w, b], lambda: F.layer_norm(x, (n,), w, b))
    passes("gelu" + size, [x], lambda: F.gelu(x))
    parameter = leaf(rows, n)
    parameter.grad = torch.randn(rows, n)
    optimizer = torch.optim.AdamW([parameter], lr=1e-3, weight_decay=0.1)
    show("AdamW" + size, "step", measure(optimizer.step))


def attend(name, q_shape, kv_shape, causal=False):
    q, k, v, g = leaf(*q_shape), leaf(*kv_shape), leaf(*kv_shape), torch.randn(q_shape)
    unseen = torch.ones(q_shape[2], kv_shape[2], dtype=torch.bool).triu(1)

    def plain():
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if causal:
            scores = scores.masked_fill(unseen, -math.inf)
        return scores.softmax(-1) @ v

    kinds = [plain]
    if hasattr(F, "scaled_dot_product_attention"):
        kinds.append(lambda: F.scaled_dot_product_attention(q, k, v, is_causal=causal))
    show("attention " + name, "forward + backward",
         min(measure(lambda: torch.autograd.grad(f(), [q, k, v], g)) for f in kinds))


def bandwidth():
    n = 16 << 20
    with torch.no_grad():
        a, b, to = torch.randn(n), torch.randn(n), torch.zeros(n)
        show("add 64 MiB", "forward", measure(lambda: a + b))
        show("copy 64 MiB", "forward", measure(lambda: to.copy_(a)))
        show("sum 64 MiB", "forward", measure(lambda: a.sum()))


def small_tensors():
    w, one = leaf(64), torch.ones(64)

    def chain():
        y = w
        for _ in range(500):
            y = (y * w) + one
        torch.autograd.grad(y.sum(), w)

    show("1,000 ops on 64 values", "forward + backward", measure(chain))


attend("(64, 1, 32, 784 x 35)", (64, 1, 32, 35), (64, 1, 784, 35))
attend("(32, 1, 64, 1024 x 99)", (32, 1, 64, 99), (32, 1, 1024, 99))
attend("(8, 4, 1024, 1024 x 32)", (8, 4, 1024, 32), (8, 4, 1024, 32))
attend("(8, 4, 512, 512 x 32) causal", (8, 4, 512, 32), (8, 4, 512, 32), causal=True)
rowwise(2048, 128)
rowwise(65536, 64)
bandwidth()
small_tensors()
