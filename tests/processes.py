#!/usr/bin/env python3
"""Trainings on several processes, which mpirun starts: the bits of one process, for any number of processes and threads, and
after any stop; and what is said where processes differ or fail. Argument: a build folder (default: build/mpi)."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
programs = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "build/mpi").resolve() / "bin"
# 50 samples in batches of 24, 24 and 2; shards of 5 do not divide them
digits = ("--validation 19950 --batch-size 24 --shard-size 5 --limit-batches 3 --epochs 2 --latents 4 --dropout 0.2 "
          "--checkpoint-every 1 --quiet").split()
verse = ("--context 16 --layers 1 --channels 16 --heads 2 --dropout 0.2 --epochs 2 --epoch-steps 3 --batch-size 7 --shard-size 2 "
         "--checkpoint-every 1 --quiet").split()
environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none")
failures = []


def check(holds, what):
    print(("ok: " if holds else "FAILED: ") + what, flush=True)
    if not holds:
        failures.append(what)


def words(count, program, *options):
    """A command on so many processes; a list of option lists: one for each."""
    if options and isinstance(options[0], list):
        parts = [[*each[0], programs / program, *each[1]] for each in options]
        command = ["mpirun"]
        for i, part in enumerate(parts):
            command += ([":"] if i else []) + ["-n", "1", *part]
        return [str(word) for word in command]
    return [str(word) for word in ["mpirun", "-n", count, programs / program, *options]]


def run(command, seconds=120):
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None, "", "it hangs"
    return done.returncode, done.stdout, done.stderr


def lines(file):
    try:
        return len(file.read_bytes().splitlines())
    except OSError:
        return 0


def results(folder):
    """What has to be the same: the weights, the optimiser's state and the metrics but for their times."""
    metrics = re.sub(rb"(?m)^((?:[^,\n]*,){6})[^,\n]*", rb"\1", (folder / "metrics.csv").read_bytes())
    return [(folder / name).read_bytes() for name in ("last.safetensors", "best.safetensors")] + [metrics]


def same_bits(work, program, sizes):
    expected = None
    for count, threads in [(0, 1), (1, 2), (2, 1), (2, 3), (3, 2), (4, 1), (4, 8)]:
        out = work / "run"
        shutil.rmtree(out, ignore_errors=True)
        command = words(count, program, "train", "--out", out, "--threads", threads, *sizes)
        code, printed, errors = run(command if count else command[3:])
        found = results(out) if code == 0 else errors
        expected = expected or found
        check(code == 0 and found == expected, f"{program}: the bits of one process, on {count or 'no mpirun'} with {threads} threads each")
        if count > 1:
            check(printed.count("SIMD") == 1 and f"processes {count}" in printed, "one process prints")
    return expected


def stops(work, program, sizes, expected):
    """Started on 4 processes, killed or asked to stop, goes on with 3, and then with 1."""
    for how in (signal.SIGKILL, signal.SIGTERM):
        out = work / "run"
        shutil.rmtree(out, ignore_errors=True)
        start = ["--out", out, "--threads", "1", *sizes]
        codes = []
        for count, steps in ((4, 1), (3, 2), (1, 100)):  # stopped after the first step, then after one more
            command = words(count, program, "train", *start)
            started = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while started.poll() is None and time.monotonic() < deadline and lines(out / "metrics.csv") <= steps:
                time.sleep(0.001)
            if started.poll() is None and how == signal.SIGKILL and lines(out / "metrics.csv") > steps:
                children = pathlib.Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
                os.kill(int(children[-1]), signal.SIGKILL)  # a process of the training, not mpirun
            elif started.poll() is None:
                started.send_signal(how)
            try:
                codes.append(started.wait(60))
            except subprocess.TimeoutExpired:
                started.kill()
                codes.append("hangs")
            start = ["--out", out, "--threads", "1", "--resume", "--quiet"]
        check(codes[0] and codes[1] and "hangs" not in codes and codes[2] == 0 and results(out) == expected,
              f"{program}: {how.name} on 4 and on 3 processes, goes on with 1, ends as an unbroken run; codes {codes}")


def says(command, code, *parts):
    found, printed, errors = run(command)
    text = printed + errors
    missing = [part for part in parts if part not in text]
    check(found == code and not missing, f"code {code} and {parts}" + (f"; got {found}: {text}" if missing or found != code else ""))


def more(work):
    """Mixed clouds, whose partners are not in the batch; the graph and the profile, where the first process has work; eval."""
    solids = "--mix 1 --points 32 --latents 4 --limit-batches 2 --epochs 1 --quiet".split()
    found = []
    for count in (1, 3):
        out = work / "solids"
        shutil.rmtree(out, ignore_errors=True)
        code, _, errors = run(words(count, "modelnet", "train", "--out", out, "--threads", "1", *solids))
        found.append(results(out) if code == 0 else errors)
    check(found[0] == found[1], "mixed clouds: the bits of one process")
    out = work / "run"
    shutil.rmtree(out, ignore_errors=True)
    code, printed, _ = run(words(3, "mnist", "train", "--out", out, "--graph", "--profile", *digits, "--shard-size", "24"))
    check(code == 0 and "attention, backward" in printed and "processes" in printed and (out / "graph.dot").exists(),
          "the first process has the graph and the profile")
    one, three = (run(words(count, "mnist", "eval", "--weights", out / "best.safetensors"))[1] for count in (1, 3))
    check("test accuracy" in one and one.splitlines()[1:] == three.splitlines()[1:], "eval: the same on 1 and 3 processes")


def write_digits(folder, count, shade):
    """MNIST's files with `count` images, the first one of this shade and the others black."""
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        pixels = bytes([shade]) * 784 + bytes((count - 1) * 784)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 0x803, count, 28, 28) + pixels)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 0x801, count) + bytes(i % 10 for i in range(count)))


def other_data(work):
    """The same path holds other data on each machine; here each process has a working directory of its own."""
    for name, count, shade in (("first", 60, 100), ("fewer", 59, 100), ("other", 60, 255)):
        write_digits(work / name / "digits", count, shade)
    train = ["train", "--data", "digits", "--out", work / "run", "--validation", "10", *digits[2:]]
    for name, what in (("fewer", "number of samples 49 and not 50"), ("other", "square of the first sample")):
        says(words(2, "mnist", [["-wdir", work / "first"], train], [["-wdir", work / name], train]), 1,
             "process 1 differs from process 0: " + what, "all need the same data")


def messages(work):
    train = ["train", "--out", work / "run", *digits]
    says(words(2, "mnist", [[], [*train, "--seed", "1"]], [[], [*train, "--seed", "2"]]), 1,
         "process 1 differs from process 0: settings seed=2 and not seed=1; all need the same options")
    if "avx2" in pathlib.Path("/proc/cpuinfo").read_text():
        says(words(2, "mnist", [[], train], [["-x", "LATENT_SIMD=sse2"], train]), 1,
             "SIMD level sse2 and not", "set LATENT_SIMD to one that all machines have")
    says(words(2, "mnist", [[], train], [[], [*train, "--data", work / "none"]]), 2, "process 1 of 2", "none")
    says(words(2, "mnist", *train, "--lr", "1e30"), 1, "process 0 of 2: step 2: ", "holds NaN or infinity")
    full = ["bash", "-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""]  # no file may grow beyond 4 KiB, as on a full disk
    says(words(2, "mnist", [full, train], [[], train]), 1,
         "process 0 of 2: step 1: ", "last.safetensors: cannot write: File too large")
    says(words(2, "mnist", "train", "--lr", "many"), 105, "--lr: Value many not in range")
    loud = [word for word in train if word != "--quiet"]
    says(words(3, "mnist", *loud, "--shard-size", "24"), 0,
         "2 of 3 processes have no work: a batch of 24 has 1 shards of 24 samples")
    says(["taskset", "-c", "0", *words(2, "mnist", *train)], 0, "2 processes share 1 processors")


def trained(program, sizes):
    with tempfile.TemporaryDirectory() as folder:
        expected = same_bits(pathlib.Path(folder), program, sizes)
        stops(pathlib.Path(folder), program, sizes, expected)


def alone(part):
    with tempfile.TemporaryDirectory() as folder:
        part(pathlib.Path(folder))


# Programs that mpirun starts wait for each other most of the time: two parts at once.
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    parts = [pool.submit(trained, "shakespeare", verse), pool.submit(trained, "mnist", digits),
             *(pool.submit(alone, part) for part in (more, messages, other_data))]
    for part in parts:
        part.result()
if failures:
    sys.exit(f"{len(failures)} failed")
