#!/usr/bin/env python3
"""Trainings on several processes, which mpirun starts: the bits of one process, for any number of processes and threads, and
after any stop; and what is said where processes differ or fail. Argument: a build folder (default: build/mpi)."""
import os
import pathlib
import re
import shutil
import signal
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
        check(found == expected, f"{program}: the bits of one process, on {count or 'no mpirun'} with {threads} threads each")
        if count > 1:
            check(printed.count("SIMD") == 1 and f"processes {count}" in printed, "one process prints")
    return expected


def stops(work, program, sizes, expected):
    """Started on 4 processes, killed or asked to stop, goes on with 3, and then with 1."""
    for how in (signal.SIGKILL, signal.SIGTERM):
        out = work / "run"
        shutil.rmtree(out, ignore_errors=True)
        count, stopped = 4, 0
        command = words(count, program, "train", "--out", out, "--threads", "1", *sizes)
        while True:
            started = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            steps = 0
            while started.poll() is None:  # until there is one more step
                time.sleep(0.002)
                try:
                    steps = steps or len((out / "metrics.csv").read_bytes().splitlines())
                    if len((out / "metrics.csv").read_bytes().splitlines()) > steps and stopped < 2:
                        break
                except OSError:
                    continue
            if started.poll() is None and how == signal.SIGKILL:
                children = pathlib.Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
                os.kill(int(children[-1]), signal.SIGKILL)  # a process of the training, not mpirun
            elif started.poll() is None:
                started.send_signal(how)
            code = started.wait(60)
            if code == 0:
                break
            stopped += 1
            count = {4: 3, 3: 1, 1: 1}[count]
            command = words(count, program, "train", "--out", out, "--threads", "1", "--resume", "--quiet")
            if stopped > 20:
                break
        check(stopped > 0 and code == 0 and results(out) == expected,
              f"{program}: {how.name} {stopped} times, on 4, 3 and 1 processes, ends as an unbroken run")


def says(command, code, *parts):
    found, printed, errors = run(command)
    text = printed + errors
    missing = [part for part in parts if part not in text]
    check(found == code and not missing, f"code {code} and {parts}" + (f"; got {found}: {text}" if missing or found != code else ""))


def messages(work):
    train = ["train", "--out", work / "run", *digits]
    says(words(2, "mnist", [[], [*train, "--seed", "1"]], [[], [*train, "--seed", "2"]]), 1,
         "process 1 differs from process 0: settings seed=2 and not seed=1; all need the same options")
    if "avx2" in pathlib.Path("/proc/cpuinfo").read_text():
        says(words(2, "mnist", [[], train], [["-x", "LATENT_SIMD=sse2"], train]), 1,
             "SIMD level sse2 and not", "set LATENT_SIMD to one that all machines have")
    says(words(2, "mnist", [[], train], [[], [*train, "--data", work / "none"]]), 2, "process 1 of 2", "none")
    says(words(2, "mnist", "train", "--lr", "many"), 105, "--lr: Value many not in range")
    loud = [word for word in train if word != "--quiet"]
    says(words(3, "mnist", *loud, "--shard-size", "24"), 0,
         "2 of 3 processes have no work: a batch of 24 has 1 shards of 24 samples")
    says(["taskset", "-c", "0", *words(2, "mnist", *train)], 0, "2 processes share 1 processors")


with tempfile.TemporaryDirectory() as folder:
    work = pathlib.Path(folder)
    for program, sizes in (("mnist", digits), ("shakespeare", verse)):
        expected = same_bits(work, program, sizes)
        stops(work, program, sizes, expected)
    messages(work)
if failures:
    sys.exit(f"{len(failures)} failed")
