#!/usr/bin/python3
"""Reads bench_ladder's lines of JSON; writes the numbers of docs/kernels.md and the picture docs/kernels.svg.
Needs Matplotlib (Debian: python3-matplotlib)."""
import json
import pathlib
import re
import sys

import page as shared

root = pathlib.Path(__file__).resolve().parent.parent
page = root / "docs" / "kernels.md"
rows = [json.loads(line) for line in sys.stdin]
products = [row for row in rows if row["ladder"] == "matmul"]
steps = list(dict.fromkeys(row["step"] for row in products))
sizes = sorted({row["size"] for row in products})


def found(step, size):
    return next((row for row in products if (row["step"], row["size"]) == (step, size)), None)


def number(value):
    return f"{value:.{0 if value >= 20 else 1 if value >= 2 else 2}f}"


def share(row):
    value = 100 * row["gflops"] / row["peak_gflops"]
    return f"{value:.0f} %" if value >= 2 else f"{value:.1f} %"


def table(head, lines):
    return "\n\n" + shared.table(head, lines) + "\n"


def ladder_table():
    lines, before = [], None
    for place, step in enumerate(steps, 1):
        row = found(step, sizes[0])
        cells = [place, step, row["threads"], number(row["gflops"]), share(row),
                 f"{row['gflops'] / before:.2f}" if before else ""]
        for size in sizes[1:]:
            larger = found(step, size)
            cells += [number(larger["gflops"]), share(larger)] if larger else ["-", "-"]
        lines.append(cells)
        before = row["gflops"]
    return table(["", "step", "threads", f"GFLOP/s at {sizes[0]}", "of the peak", "times the step before"] +
                 [head for size in sizes[1:] for head in (f"at {size}", "of the peak")], lines)


def product_table(ladder, key):
    lines = [[row[key], number(row["gflops"]), number(row["peak_gflops"]), share(row)]
             for row in rows if row["ladder"] == ladder]
    return table([{"simd": "level"}.get(key, key), "GFLOP/s", "peak", "of the peak"], lines)


def softmax_table():
    lines = [row for row in rows if row["ladder"] == "softmax"]
    return table(["softmax, 2048 x 128", "threads", "ms", "times as fast as the first"],
                 [[row["step"], row["threads"], f"{row['ms']:.3f}", f"{lines[0]['ms'] / row['ms']:.1f}"] for row in lines])


def attention_table():
    lines = [row for row in rows if row["ladder"] == "attention"]
    return table(["attention of 512 queries, 4096 keys, 64 channels", "threads", "ms", "GFLOP/s", "of the peak",
                  "times as fast as the first"],
                 [[row["step"], row["threads"], f"{row['ms']:.1f}", number(row["gflops"]), share(row),
                   f"{lines[0]['ms'] / row['ms']:.1f}"] for row in lines])


def sentence(step):
    texts = [f"{number(row['gflops'])} GFLOP/s at {size}, {share(row)} of the peak"
             for size in sizes if (row := found(step, size))]
    return "; ".join(texts) + "."


def machine():
    facts = shared.lscpu()
    caches = ", ".join(f"{name} {facts[key].split('(')[0].strip()}"
                       for name, key in (("L1d", "L1d cache"), ("L2", "L2 cache"), ("L3", "L3 cache")) if key in facts)
    return f"{shared.machine()}, {products[0]['simd']}; caches of all cores together: {caches}."


def picture():
    """docs/kernels.svg: a bar for each step and size; a line at what the registers can do on as many threads."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "latent", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot
    figure, panel = pyplot.subplots(figsize=(7.3, 4.2), layout="tight")
    high = 0.8 / len(sizes)
    for i, (size, colour) in enumerate(zip(sizes, ("#1f5fa8", "#8fb8de"))):
        bars = {place + high * (i - (len(sizes) - 1) / 2): row["gflops"]
                for place, step in enumerate(steps) if (row := found(step, size))}
        drawn = panel.barh(list(bars), list(bars.values()), high, color=colour, label=f"{size} x {size}")
        panel.bar_label(drawn, map(number, bars.values()), padding=3)
    for threads in sorted({row["threads"] for row in products}):
        places = [place for place, step in enumerate(steps) if found(step, sizes[0])["threads"] == threads]
        peak = next(row["peak_gflops"] for row in products if (row["threads"], row["size"]) == (threads, sizes[0]))
        panel.vlines(peak, min(places) - 0.5, max(places) + 0.5, color="#b3402a")
        text = f"peak, {threads} thread{'s' if threads > 1 else ''}: {number(peak)}"
        panel.text(peak, min(places) - 0.6, text, color="#b3402a", ha="center")
    panel.set_yticks(range(len(steps)), steps)
    panel.invert_yaxis()
    panel.set_xlabel("f32 matrix product, GFLOP/s")
    panel.legend(loc="center right")
    panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(root / "docs" / "kernels.svg", metadata={"Date": None})


parts = {"machine": machine(),
         "factor": number(found("shipped kernel", sizes[0])["gflops"] / found("textbook loops", sizes[0])["gflops"]),
         "ladder": ladder_table(), "levels": product_table("levels", "simd"),
         "threads": product_table("threads", "threads"), "softmax": softmax_table(), "attention": attention_table(),
         **{step: sentence(step) for step in steps}}
text = page.read_text()
page.write_text(re.sub(r"<!-- ([\w ]+) -->.*?<!-- end -->",
                       lambda match: f"<!-- {match[1]} -->{parts[match[1]]}<!-- end -->", text, flags=re.DOTALL))
picture()
