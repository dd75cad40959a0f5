#!/usr/bin/python3
"""The same training step in PyTorch, with queries, keys and values as users write them: one line of JSON."""
import argparse
import json
import pathlib
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "tests" / "golden"))
import models  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("config")
parser.add_argument("--threads", type=int, default=torch.get_num_threads())
parser.add_argument("--steps", type=int, default=10)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.set_default_dtype(torch.float32)

sizes = json.loads((here / "configs.json").read_text())[options.config]
batch = sizes.pop("batch")
config = models.Config(**sizes)
config.grid = tuple(config.grid)
config.distinct_cross = min(2, config.cross_attends)
config.cross_width = -(-min(config.channels, models.token_channels(config)) // config.cross_heads) * config.cross_heads
torch.manual_seed(1)
weights = {name: torch.nn.Parameter(0.02 * torch.randn(shape)) for name, shape in models.shapes(config).items()}
optimizer = torch.optim.AdamW(weights.values(), lr=1e-3, weight_decay=0)
x = torch.rand(batch, torch.Size(config.grid).numel(), config.input_channels + config.own_axes) * 2 - 1
labels = torch.randint(0, config.classes, (batch,))

times = []
for step in range(-2, options.steps):
    begin = time.perf_counter()
    optimizer.zero_grad()
    F.cross_entropy(models.perceiver(weights, config, x), labels).backward()
    optimizer.step()
    if step >= 0:
        times.append(time.perf_counter() - begin)
step = statistics.median(times)
print(json.dumps({"config": options.config, "threads": options.threads, "torch": torch.__version__,
                  "params": sum(w.numel() for w in weights.values()), "step_ms": step * 1e3,
                  "samples_per_s": batch / step,
                  "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
