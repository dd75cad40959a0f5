"""Shared by the scripts that write the pages of the benchmarks."""
import subprocess


def table(head, lines):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] +
                     ["| " + " | ".join(map(str, line)) + " |" for line in lines]) + "\n"


def lscpu():
    """The entries that `lscpu` prints, by name."""
    lines = subprocess.run(["lscpu"], capture_output=True, text=True, env={"LC_ALL": "C"}).stdout.splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines if ":" in line)}


def machine():
    facts = lscpu()
    return f"{facts.get('Model name', 'unknown')}, {facts['CPU(s)']} cores"
