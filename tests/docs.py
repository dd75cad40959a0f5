#!/usr/bin/env python3
"""What README and docs/ show of the code is in the code: a program, quoted blocks, and names of functions beside their files."""
import pathlib
import re
import sys
import textwrap

root = pathlib.Path(__file__).resolve().parent.parent
failures = []


def read(path):
    file = (root / path).resolve()
    if not file.is_file():
        failures.append(f"{path} is no file")
        return ""
    return file.read_text()


def blocks(page):
    """(line, block, the file whose link stands last above it) for each block of C++ of a page."""
    text = read(page)
    found = list(re.finditer(r"^```cpp\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    if not found:
        failures.append(f"{page} shows no C++")
    for match in found:
        links = re.findall(r"\]\(\.\./([^)]+)\)", text[:match.start()])
        yield text[:match.start()].count("\n") + 1, match[1], links[-1] if links else None


def holds(source, block):
    """Whether the lines of the block follow each other in the source, all indented by as much more."""
    lines, wanted = source.splitlines(), textwrap.dedent(block).splitlines()
    return any(textwrap.dedent("\n".join(lines[i:i + len(wanted)])).splitlines() == wanted
               for i in range(len(lines) - len(wanted) + 1))


for line, block, file in blocks("docs/gradients.md"):
    if not holds(read(file), block):
        failures.append(f"docs/gradients.md:{line}: {block.splitlines()[0]!r} and what follows is not in {file}")

_, program, _ = next(blocks("README.md"))
if program != "#include" + read("examples/start/02_circle.cpp").partition("#include")[2]:
    failures.append("README.md shows another program than examples/start/02_circle.cpp")

sources = [path.read_text() for folder in ("bench", "engine/kernels") for path in (root / folder).glob("*.[ch]*")]
for line, block, _ in blocks("docs/kernels.md"):
    if not any(block in source for source in sources):
        failures.append(f"docs/kernels.md:{line}: {block.splitlines()[0]!r} and what follows is in no source")

steps = re.findall(r"^\d+\. .*?(?=^\d+\. |^$)", read("docs/walk.md"), re.DOTALL | re.MULTILINE)
for step in (" ".join(step.split()) for step in steps):
    places = re.findall(r"((?:`[^`]+`, )*`[^`]+`) in \[[^]]+\]\(\.\./([^)]+)\)", step)
    if not places:
        failures.append(f"docs/walk.md names no function and file in: {step}")
    for names, file in places:
        failures += [f"docs/walk.md: {name} is not in {file}" for name in re.findall("`([^`]+)`", names)
                     if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", read(file))]
if not steps:
    failures.append("docs/walk.md has no step")

for page in sorted((root / "docs").glob("*.md")):
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for file in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
        if not (page.parent / file).exists():
            failures.append(f"docs/{page.name} links {file}, which is missing")

for failure in failures:
    print(failure)
sys.exit(bool(failures))
