#!/usr/bin/python3
"""The same training step in PyTorch: one line of JSON.

plain     queries, keys and values, softmax(q k) v, as users write it
fused     the same with scaled_dot_product_attention, where this PyTorch has it
absorbed  latent's absorbed form of the cross-attend (nn/latent_attention.h), written out
"""
import argparse
import json
import math
import pathlib
import resource
import statistics
import subprocess
import sys
import time
from functools import partial

import torch
import torch.nn.functional as F

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "tests" / "golden"))
import layers  # noqa: E402
import models  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("config")
parser.add_argument("--form", choices=["plain", "fused", "absorbed"], default="plain")
parser.add_argument("--threads", type=int, default=torch.get_num_threads())
parser.add_argument("--steps", type=int, default=10)
parser.add_argument("--busy", type=int, default=0, help="time further steps beside this many other processes that compute")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.set_default_dtype(torch.float32)
if options.form == "fused" and not hasattr(F, "scaled_dot_product_attention"):
    sys.exit()


def resident():
    """Bytes of this process in memory."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def by_head(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def fused_attention(p, x, input, heads):
    q, k, v = (by_head(layers.linear(layers.child(p, name), y), heads)
               for name, y in (("query", x), ("key", input), ("value", input)))
    found = F.scaled_dot_product_attention(q, k, v)
    return layers.linear(layers.child(p, "output"), found.transpose(1, 2).flatten(-2))


def absorbed_attention(p, latents, input, heads):
    norm = layers.child(p, "input_norm")
    q = by_head(layers.linear(layers.child(p, "query"), layers.layer_norm(layers.child(p, "latent_norm"), latents)), heads)
    to_keys, to_values = ((p[name] * norm["weight"]).unflatten(0, (heads, -1)) for name in ("key.weight", "value.weight"))
    asked = (q @ to_keys).flatten(1, 2) / math.sqrt(q.shape[-1])  # (B, H N, C)
    found = ((asked @ normalized.transpose(-1, -2)).softmax(-1) @ normalized).unflatten(1, (heads, -1))
    values = (found @ to_values.transpose(-1, -2)).transpose(1, 2).flatten(-2)
    return layers.linear(layers.child(p, "output"), values + F.linear(norm["bias"], p["value.weight"], p["value.bias"]))


def fused_causal(p, x, heads):
    q, k, v = (by_head(layers.linear(layers.child(p, name), x), heads) for name in ("query", "key", "value"))
    found = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return layers.linear(layers.child(p, "output"), found.transpose(1, 2).flatten(-2))


def perceiver_step(sizes, batch):
    """The shapes of the parameters, and the loss as a function of their values."""
    config = models.Config(**sizes)
    config.grid = tuple(config.grid)
    config.distinct_cross = min(2, config.cross_attends)
    config.cross_width = -(-min(config.channels, models.token_channels(config)) // config.cross_heads) * config.cross_heads
    x = torch.rand(batch, torch.Size(config.grid).numel(), config.input_channels + config.own_axes) * 2 - 1
    labels = torch.randint(0, config.classes, (batch,))
    if options.form == "fused":
        layers.multi_head_attention = fused_attention
    if options.form == "absorbed":
        layers.latent_attention = absorbed_attention

    def loss(weights):
        global normalized
        if options.form == "absorbed":  # once for all cross-attends, as it has no weights
            normalized = models.tokens(weights, config, x)
            normalized = F.layer_norm(normalized, normalized.shape[-1:])
        return F.cross_entropy(models.perceiver(weights, config, x), labels)

    return models.shapes(config), loss


def language_step(sizes, batch):
    channels, heads, vocabulary = sizes["channels"], sizes["heads"], sizes["vocabulary"]
    text, following = torch.randint(0, vocabulary, (2, batch, sizes["context"]))
    attend = partial(fused_causal, heads=heads) if options.form == "fused" \
        else lambda p, x: layers.multi_head_attention(p, x, x, heads, causal=True)
    shapes = models.language_model_shapes(
        layers.attention_shapes(channels, channels, channels, bias=False), "learned", False, vocabulary,
        sizes["context"], channels, sizes["layers"], sizes["widening"])

    def loss(weights):
        logits = models.language_model(weights, text, attend, "learned", sizes["layers"])
        return F.cross_entropy(logits.flatten(0, 1), following.flatten())

    return shapes, loss


sizes = json.loads((here / "configs.json").read_text())[options.config]
batch = sizes.pop("batch")
torch.manual_seed(1)
idle = resident()
shapes, loss = (language_step if "vocabulary" in sizes else perceiver_step)(sizes, batch)
weights = {name: torch.nn.Parameter(0.02 * torch.randn(shape)) for name, shape in shapes.items()}
optimizer = torch.optim.AdamW(weights.values(), lr=1e-3, weight_decay=0)



def train():
    begin = time.perf_counter()
    optimizer.zero_grad()
    loss(weights).backward()
    optimizer.step()
    return time.perf_counter() - begin


times = [train() for _ in range(-2, options.steps)][2:]
step = statistics.median(times)
memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - idle) / (1 << 20)
busy = {}
if options.busy:
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.busy)]
    time.sleep(0.5)  # until they run
    spent = []
    while len(spent) < options.steps and sum(spent) < 10:
        spent.append(train())
    for other in others:
        other.kill()
    busy["busy_samples_per_s"] = batch / statistics.mean(spent)
print(json.dumps({"config": options.config, "form": options.form, "threads": options.threads, "torch": torch.__version__,
                  "params": sum(w.numel() for w in weights.values()), "step_ms": step * 1e3,
                  "samples_per_s": batch / step,
                  "step_mb": memory, **busy}))
