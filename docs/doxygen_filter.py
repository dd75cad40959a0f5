#!/usr/bin/env python3
"""Lets Doxygen see the comments of a header as they are written: a block of // before a declaration describes it, the first
block of the file the file, and a // behind a declaration that one."""
import re
import sys


def escaped(text):
    text = re.sub(r"([\\@#$%&])", r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;").replace("\\&lt;", "&lt;")
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", text)


def documented(block, of_file):
    """The lines of a comment; those with a layout of their own, such as formulas, keep it."""
    lines = [line.strip()[2:].removeprefix(" ") for line in block]
    if any(re.search(r"\S {3,}|^ {2,}", line) for line in lines):
        lines = ["<pre>" + "\n///".join(escaped(line) for line in lines) + "</pre>"]
    else:
        lines = [escaped(line) for line in lines]
    return ["/// @file"] * of_file + ["/// " + line for line in lines]


def filtered(text):
    text = re.sub(r"^template <> struct fmt::.*?^};$", "", text, flags=re.DOTALL | re.MULTILINE)  # of no scope that it knows
    out, block, seen_file = [], [], False
    for line in text.split("\n"):
        if line.strip().startswith("//"):
            if not line.strip().startswith("// ---"):  # the title of a section
                block.append(line)
            continue
        if block:
            out += documented(block, not seen_file)
            seen_file, block = True, []
        code, mark, comment = line.partition("  // ")
        out.append(f"{code}  ///< {escaped(comment)}" if mark and re.search(r"[;,{]\s*$", code) else line)
    return "\n".join(out)


print(filtered(open(sys.argv[1]).read()), end="")
