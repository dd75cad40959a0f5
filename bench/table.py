#!/usr/bin/python3
"""The lines of bench_step and torch_step.py in, a table of medians and ratios out."""
import json
import pathlib
import statistics
import sys

runs = {}
for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
    row = json.loads(line)
    runs.setdefault(row["config"], {}).setdefault(("torch" in row, row["threads"]), []).append(row)


def median(rows, key):
    return statistics.median(row[key] for row in rows)


print("| config | latent, samples/s | PyTorch, samples/s | ratio | latent, peak MB | PyTorch, peak MB |")
print("|---|---|---|---|---|---|")
for config, kinds in runs.items():
    ours = next(rows for (torch, _), rows in kinds.items() if not torch)
    theirs = max((rows for (torch, _), rows in kinds.items() if torch), key=lambda rows: median(rows, "samples_per_s"))
    a, b = median(ours, "samples_per_s"), median(theirs, "samples_per_s")
    print(f"| {config} | {a:.0f} | {b:.0f} | {a / b:.1f} | {median(ours, 'peak_rss_mb'):.0f} | "
          f"{median(theirs, 'peak_rss_mb'):.0f} |")
    version = theirs[0]["torch"]
print(f"\nlatent at {ours[0]['simd']} with {ours[0]['threads']} threads; PyTorch {version} at its best number of threads")
