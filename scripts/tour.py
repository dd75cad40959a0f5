#!/usr/bin/env python3
"""The chapters of docs/tour are programs: `tour.py program CHAPTER.md` prints one as C++, `tour.py check CHAPTER.md
PROGRAM` runs it and compares the output of each block with the text below it, `tour.py write CHAPTER.md PROGRAM` writes
that text.

Blocks marked cpp follow each other in main(), blocks marked c++ come before main(), and a block marked text is the
output of the block before it.  A block marked `c++ FILE` is a part of that file, which `check` compares.  If the text is
a graph in DOT, `write` draws it as CHAPTER.svg with Graphviz."""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent
excerpt = re.compile(r"^```c\+\+ (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
block = re.compile(r"^```(cpp|c\+\+|text)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
end = "\x1e"  # printed after each block
head = """#include <iostream>

#include "engine/engine.h"
#include "models/deepseek.h"
#include "models/perceiver.h"
#include "models/transformer.h"
#include "nn/nn.h"
#include "train/shards.h"
#include "train/trainer.h"

using namespace latent;
"""


def program(text):
    definitions = [code for kind, code in block.findall(text) if kind == "c++"]
    statements = [f'{code}  std::cout << "\\x1e" << std::flush;\n' for kind, code in block.findall(text) if kind == "cpp"]
    return head + "\n" + "\n".join(definitions) + "\nint main() {\n" + "\n".join(statements) + "}\n"


def outputs(text, path):
    """For each cpp block the text below it, or nothing."""
    found = []
    for kind, content in block.findall(text):
        if kind == "cpp":
            found.append("")
        elif kind == "text":
            if not found:
                sys.exit(f"{path}: a text block without a program before it")
            found[-1] = content
    return found


def run(path):
    printed = subprocess.run([path], stdout=subprocess.PIPE, text=True, check=True).stdout.split(end)
    return printed[:-1]


def check(path, text, printed):
    for file, part in excerpt.findall(text):
        if part not in (root / file).read_text():
            sys.exit(f"{path}: the block `c++ {file}` differs from that file")
    for i, (said, seen) in enumerate(zip(outputs(text, path), printed, strict=True)):
        if said != seen:
            sys.exit(f"{path}: block {i + 1} prints\n{seen}and the chapter says\n{said}")


def write(path, text, printed):
    which = -1

    def replaced(match):
        nonlocal which
        if match[1] == "cpp":
            which += 1
        return f"```text\n{printed[which]}```" if match[1] == "text" else match[0]
    path.write_text(block.sub(replaced, text))
    for graph in (each for each in printed if each.startswith("digraph")):
        subprocess.run(["dot", "-Tsvg", "-o", path.with_suffix(".svg")], input=graph, text=True, check=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["program", chapter]:
            print(program(pathlib.Path(chapter).read_text()), end="")
        case ["check", chapter, made]:
            check(chapter, pathlib.Path(chapter).read_text(), run(made))
        case ["write", chapter, made]:
            write(pathlib.Path(chapter), pathlib.Path(chapter).read_text(), run(made))
        case _:
            sys.exit(__doc__)
