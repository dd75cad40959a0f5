#!/usr/bin/env python3
"""The lines of JSON of bench_ladder in; the numbers of docs/kernels.md and the picture docs/kernels.svg out."""
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
    """Horizontal bars, a group a step and a bar a size; a line at what the registers can do on as many threads."""
    colours, left, top, bar, gap, width = ["#1f5fa8", "#8fb8de"], 130, 78, 15, 13, 520
    peaks = {row["threads"]: row["peak_gflops"] for row in products if row["size"] == sizes[0]}
    scale = width / max([row["gflops"] for row in products] + list(peaks.values()))
    shapes, y, reach = [], top, {}  # reach: from where to where the steps of as many threads lie
    for step in steps:
        bars = [(size, row) for size in sizes if (row := found(step, size))]
        height = bar * len(bars)
        shapes.append(f'<text x="{left - 10}" y="{y + height / 2 + 4:.1f}" text-anchor="end">{step}</text>')
        threads = bars[0][1]["threads"]
        reach[threads] = (reach.get(threads, (y,))[0], y + height)
        for size, row in bars:
            length = max(1, scale * row["gflops"])
            shapes.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 1}" '
                          f'fill="{colours[sizes.index(size) % 2]}"/>')
            shapes.append(f'<text x="{left + length + 5:.1f}" y="{y + bar - 4}" class="number">'
                          f'{number(row["gflops"])}</text>')
            y += bar
        y += gap
    lines = []
    for threads, peak in peaks.items():
        x, (begin, end) = left + scale * peak, reach[threads]
        label = f"peak, {threads} thread{'s' if threads > 1 else ''}: {number(peak)}"
        lines.append(f'<line x1="{x:.1f}" y1="{begin - 5}" x2="{x:.1f}" y2="{end + 4}" stroke="#b3402a" '
                     f'stroke-width="1.5"/>')
        lines.append(f'<text x="{x:.1f}" y="{begin - 10 if begin == top else end + 18}" text-anchor="middle" '
                     f'fill="#b3402a">{label}</text>')
    legend = "".join(f'<rect x="{left + 130 * i}" y="40" width="12" height="12" fill="{colours[i % 2]}"/>'
                     f'<text x="{left + 130 * i + 18}" y="50">{size} x {size}</text>' for i, size in enumerate(sizes))
    full, high = left + width + 80, y + 16
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full} {high}" width="{full}" height="{high}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">',
        "<style>.number { font-size: 12px; paint-order: stroke; stroke: #fff; stroke-width: 3px }</style>",
        f'<rect width="{full}" height="{high}" rx="6" fill="#fff"/>',
        f'<text x="{left}" y="26" font-size="15" font-weight="bold">f32 matrix product, GFLOP/s</text>',
        legend, *lines, *shapes, "</svg>", ""])


parts = {"machine": machine(),
         "factor": number(found("shipped kernel", sizes[0])["gflops"] / found("textbook loops", sizes[0])["gflops"]),
         "ladder": ladder_table(), "levels": product_table("levels", "simd"),
         "threads": product_table("threads", "threads"), "softmax": softmax_table(), "attention": attention_table(),
         **{step: sentence(step) for step in steps}}
text = page.read_text()
page.write_text(re.sub(r"<!-- ([\w ]+) -->.*?<!-- end -->",
                       lambda match: f"<!-- {match[1]} -->{parts[match[1]]}<!-- end -->", text, flags=re.DOTALL))
(root / "docs" / "kernels.svg").write_text(picture())
