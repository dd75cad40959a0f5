#!/usr/bin/env python3
"""Keeps the line counts in README.md's reading order true: `reading_order.py write` writes them, `check` compares.
A row names files and folders in its first column; a name without a folder is relative to the name before it."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
readme = root / "README.md"
kinds = {".h", ".cpp", ".js", ".css", ".sh", ".py", ".txt", ".toml"}
others = {"uplot.js", "uplot.css"}  # not ours


def files_of(names):
    folder = None
    for name in re.findall(r"`([^`]+)`", names):
        if name.startswith("."):  # the file before, with another ending
            path = path.with_suffix(name)
        else:
            path = root / name
            if not path.exists() and folder:
                path = folder / name
        if not path.exists():
            sys.exit(f"README.md: {name} is not there")
        folder = path.parent
        yield from (path.rglob("*") if path.is_dir() else [path])


def lines_of(names):
    files = {file for file in files_of(names) if file.suffix in kinds and file.name not in others}
    return sum(file.read_text().count("\n") for file in files)


def with_numbers(text):
    begin, end = text.index("## Where to read"), text.index("## Extending")
    table = re.sub(r"^\| (`.*?) \| (.*?) \| [\d,]* ?\|$",
                   lambda row: f"| {row[1]} | {row[2]} | {lines_of(row[1]):,} |", text[begin:end], flags=re.MULTILINE)
    return text[:begin] + table + text[end:]


text = readme.read_text()
match sys.argv[1:]:
    case ["write"]:
        readme.write_text(with_numbers(text))
    case ["check"]:  # up to 5 % more or less is accepted
        said, true = ([int(number.replace(",", "")) for number in re.findall(r"^\| `.* \| ([\d,]+) \|$", each, re.MULTILINE)]
                      for each in (text, with_numbers(text)))
        if len(said) < 10 or any(abs(a - b) > 0.05 * b for a, b in zip(said, true, strict=True)):
            sys.exit("README.md: the line counts have changed; run scripts/reading_order.py write")
    case _:
        sys.exit(__doc__)
