#!/usr/bin/python3
"""Reads the lines of JSON that scripts/bench.sh measured; writes docs/performance.md and docs/performance.json."""
import json
import math
import pathlib
import statistics
import sys

from page import machine, table

docs = pathlib.Path(__file__).resolve().parent.parent / "docs"
rows = [json.loads(line) for line in pathlib.Path(sys.argv[1]).read_text().splitlines()]


versions = sorted({row["torch"] for row in rows if "torch" in row})


def kind(row):
    return "step" if "config" in row else "matmul" if "shape" in row else "memory" if "T" in row else "op"


def groups(of, *keys):
    """The rows of a kind, grouped by these keys: the median of each float; other values from the row of median time."""
    found = {}
    for row in rows:
        if kind(row) == of:
            found.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    return {key: {name: statistics.median(row[name] for row in same) if isinstance(value, float) else value
                  for name, value in sorted(same, key=lambda row: row.get("step_ms", 0))[len(same) // 2].items()}
            for key, same in found.items()}


def matmul_table(threads):
    lines, ratios = [], []
    for (_, n), row in groups("matmul", "shape", "threads").items():
        if n == threads:
            ratio = row["ratio"]
            ratios += [ratio] if ratio else []
            lines.append([row["shape"], f"{row['gflops']:.0f}", f"{row['peak_gflops']:.0f}",
                          f"{100 * row['gflops'] / row['peak_gflops']:.0f} %",
                          f"{row['peer_gflops']:.0f}" if ratio else "-", f"{ratio:.2f}" if ratio else "-"])
    if ratios:
        lines.append(["geometric mean", "", "", "", "", f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f}"])
    return table(["f32", "GFLOP/s", "peak", "of the peak", "OpenBLAS", "ratio"], lines)


def op_table():
    lines = []
    ops = groups("op", "op", "pass", "threads", "torch")
    for (op, name, _, peer), row in ops.items():
        if peer:
            continue
        best = [min((other["ms"] for key, other in ops.items() if key[:2] == (op, name) and key[3] == version), default=None)
                for version in versions]
        roof = ["", ""]
        if "roof" in row:
            what = "peak" if row["roof"] == "peak" else f"copy's {row['copy_gb_per_s']:.0f} GB/s"
            fastest = min((ms for ms in best if ms), default=None)
            roof = [f"{100 * row['of_roof']:.0f} % of the {what}", f"{fastest / row['roof_ms']:.2f}" if fastest else "-"]
        lines.append([op, name, f"{row['ms']:.3f}", *(f"{ms:.3f} ({ms / row['ms']:.2f})" if ms else "-" for ms in best), *roof])
    return table(["op", "pass", "latent, ms", *(f"PyTorch {version}, ms (ratio)" for version in versions), "under its roof",
                  "ratio at the roof"], lines)


def memory_table():
    return table(["T", "peak bytes", "of these the gradients", "one matrix of scores would be"],
                 [[f"{row['T']:,}"] + [f"{row[key]:,}" for key in ("peak_bytes", "of_these_gradients", "scores_would_be")]
                  for row in groups("memory", "T").values()])


def latent_steps(steps):
    """latent's step of each config, on all threads."""
    return [(key[0], row) for key, row in steps.items() if key[1] is None and "profile" in row]


def step_table():
    lines = []
    steps = groups("step", "config", "form", "threads", "torch")
    for config, row in latent_steps(steps):
        ours = [config, f"{row['samples_per_s']:.0f}", f"{100 * row['matmul_share']:.0f} %", f"{row['step_mb']:.0f}"]
        for version in versions:
            cells = [version]
            for peer_form in ("plain", "fused", "absorbed"):
                peers = [peer for key, peer in steps.items() if key[:2] == (config, peer_form) and key[3] == version]
                best = max(peers, key=lambda peer: peer["samples_per_s"], default=None)
                ratio = row["samples_per_s"] / best["samples_per_s"] if best else None
                cells += [f"{best['samples_per_s']:.0f} ({ratio:.1f}; {ratio / row['matmul_share']:.1f})",
                          f"{best['step_mb']:.0f}"] if best else ["-", "-"]
            lines.append(ours + cells)
            ours = ["", "", "", ""]
    return table(["config", "latent, samples/s", "of the peak", "MB", "PyTorch", "plain (ratio; at the peak)", "MB", "fused", "MB",
                  "absorbed", "MB"], lines)


def busy_table():
    """Samples/s beside a busy process for each processor: each program at its best there."""
    lines = []
    steps = groups("step", "config", "form", "threads", "torch")
    for config, row in latent_steps(steps):
        busy = row["busy_samples_per_s"]
        cells = [config, f"{row['samples_per_s']:.0f}", f"{busy:.0f}", f"{100 * busy / row['samples_per_s']:.0f} %"]
        for version in versions:
            best = max((peer["busy_samples_per_s"] for key, peer in steps.items() if key[0] == config and key[1] and key[3] == version),
                       default=None)
            cells.append(f"{best:.0f} ({busy / best:.1f})" if best else "-")
        lines.append(cells)
    return table(["config", "quiet, samples/s", "busy", "of quiet", *(f"PyTorch {version}, busy (ratio)" for version in versions)], lines)


def serial_table():
    """Amdahl's law: what all threads wait for in a step, and how fast it can become."""
    lines = []
    steps = groups("step", "config", "form", "threads", "torch")
    for config, row in latent_steps(steps):
        one = steps[config, None, 1, None]
        serial = one["optimizer_ms"] / one["step_ms"]
        lines.append([config, f"{one['step_ms']:.1f}", f"{row['step_ms']:.1f}", f"{one['step_ms'] / row['step_ms']:.2f}",
                      f"{one['optimizer_ms']:.2f}", f"{100 * serial:.1f} %", f"{1 / (serial + (1 - serial) / 64):.0f}"])
    return table(["config", "1 thread, ms", f"{max(threads)} threads, ms", "times as fast", "optimizer on 1 thread, ms",
                  "of the step", "64 threads, times as fast at most"], lines)


def profiles():
    """For each config the slowest ops, and the total."""
    blocks = []
    for config, row in latent_steps(groups("step", "config", "form", "threads", "torch")):
        lines = row["profile"].splitlines()
        blocks.append(f"{config}:\n\n```\n" + "\n".join(lines[:13] + lines[-1:]) + "\n```\n")
    return "\n".join(blocks)


def bounds():
    """For each config: time and rate of its matrix products, time of the rest, and the ratios with faster products."""
    lines = []
    steps = groups("step", "config", "form", "threads", "torch")
    fastest = max(row["gflops"] for row in groups("matmul", "shape", "threads").values())
    peak = max(row["peak_gflops"] for row in groups("matmul", "shape", "threads").values())
    for config, row in latent_steps(steps):
        products, operations, rest = 0, 0, 0
        for line in row["profile"].splitlines()[1:-1]:
            milliseconds, rate = (line.split()[i] for i in (-4, -2))
            if line.startswith("optimizer"):
                rest += float(milliseconds)
            elif rate != "-":
                products += float(milliseconds) / row["threads"]  # the profile has the time of all threads
                operations += float(milliseconds) * float(rate)  # in 1e6
            elif not line.startswith("wait"):
                rest += float(milliseconds) / row["threads"]
        best = operations / fastest + rest
        cells = [config, f"{products:.1f}", f"{100 * operations / products / peak:.0f} %", f"{rest:.1f}"]
        for form in ("plain", "absorbed"):
            peers = [peer for key, peer in steps.items() if key[:2] == (config, form)]
            cells += [f"{min(peer['step_ms'] for peer in peers) / time:.1f}" if peers else "-"
                      for time in (products + rest, best)]
        lines.append(cells)
    return table(["config", "products, ms", "of the peak", "the rest, ms", "ratio to plain", f"at {fastest:.0f} GFLOP/s",
                  "to absorbed", f"at {fastest:.0f} GFLOP/s"], lines)


ours = next(row for row in rows if "simd" in row and row["threads"] > 1 or "simd" in row)
threads = sorted({row["threads"] for row in rows if kind(row) == "matmul"})
(docs / "performance.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
(docs / "performance.md").write_text("\n".join([
    "# Performance", "",
    f"Written by `scripts/bench.sh` (the second PyTorch: `NEWER_TORCH=FOLDER`): {machine()}, {ours['simd']}; PyTorch {', '.join(versions) or 'not installed'} with "
    "OpenBLAS. Environment variables (`MALLOC_MMAP_MAX_=0` and so on) make glibc keep PyTorch's memory between "
    "operations, as latent's pool does. Everything is f32. Peers and latent alternate in one run; the numbers are medians. "
    "A ratio above 1 means that latent is faster. The peak is the speed of fused multiply-adds on registers in the same "
    "run.", "",
    *[f"## Matrix products, {n} thread{'s' if n > 1 else ''}\n\n{matmul_table(n)}" for n in threads],
    f"## Single ops, {max(threads)} threads\n\nPyTorch at its best of 1 and {max(threads)} threads. The roof of attention "
    "is the peak, for its 7 products (2 forward, 5 backward, without the exponentials). The roof of an op on arrays of more "
    "than 8 MiB is the bandwidth of a copy, for the bytes that the op reads and writes (larger caches may lift it). *Ratio "
    f"at the roof*: the ratio of an op that runs at its roof.\n\n{op_table()}",
    "## Memory of attention, N = 64, forward and backward\n\nThe peak of the bytes in latent's tensors, beyond the "
    f"inputs. The last column is the size of one (64, T) matrix of scores.\n\n{memory_table()}",
    "## One training step\n\nForward, backward and AdamW; `bench/configs.json` has the sizes, `mnist` is the recipe of "
    "`examples/mnist` with 32 latents and 4 cross heads. PyTorch at its best number of threads. *Of the peak*: the "
    "operations of all matrix products of the step, counted in its cheapest form, divided by the operations that the peak "
    "allows in that time. *At the peak*: the ratio of a step that does these operations at the peak and nothing else. *MB*: "
    "the largest resident set of the process, less its resident set before the model is made, with all libraries loaded.\n\n" + step_table(),
    "## A step on a busy machine\n\nThe same steps beside one other process for each processor, which computes without pause. "
    "PyTorch in its fastest form and at its best number of threads there.\n\n" + busy_table(),
    "## What is serial in a step\n\nThreads take whole shards, and wait for each other once: before the optimizer moves the weights. "
    "If it is taken as serial (the threads share its larger tensors), Amdahl's law bounds a step on 64 threads, which need "
    "64 shards, by the last column.\n\n" + serial_table(),
    "## Where a step's time goes\n\nThe slowest ops of each step, from `bench_step --profile` in the round of median time. "
    "The times of all threads are added. The backward pass of an op includes the sums that undo broadcasts, such as the sum over rows for a bias; `add` "
    "includes the additions of gradients.\n\n" + profiles(),
    "## What bounds a step\n\nThe same profiles, summed: products are linear, matmul and attention; the rest moves memory. "
    "The ratios are to PyTorch's fastest steps of this run, first for the profiled steps, then for steps whose products all run as "
    "fast as the fastest in the tables above. Two things slow the products. Attention has exponentials, and heads of 16 or "
    "32 channels, whose products are short; with more channels and queries, attention reaches a larger share of the peak "
    "(table of single ops). Linear layers read tensors that were kept for the backward pass (`peak_tensor_mb` in "
    "performance.json), and these exceed the caches.\n\n" + bounds()]))
