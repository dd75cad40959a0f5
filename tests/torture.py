#!/usr/bin/env python3
"""Trainings that are killed at random moments, whose disk fills up, that may not write, whose files are cut. Afterwards each
goes on and ends with the bits of an unbroken run, or has left the run that was in the folder before as it was. A folder for
which this does not hold is kept."""
import argparse
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
nobody = 65534
sizes = ("--context 8 --layers 1 --channels 16 --heads 2 --epochs 3 --epoch-steps 8 --batch-size 4 --checkpoint-every 2 "
         "--threads 1").split()


def snapshot(folder):
    """What is in the files, but for those that a killed process was writing under a name of its own."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix != ".tmp"}


def results(folder):
    """What has to be the same in a run that was broken: all but its times."""
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    files["report.html"] = b""
    files["metrics.csv"] = re.sub(rb"(?m)^((?:[^,\n]*,){6})[^,\n]*", rb"\1", files["metrics.csv"])
    files["metrics.jsonl"] = re.sub(rb'"samples_per_second": [^,}]*', b"", files["metrics.jsonl"])
    of_process = rb'  "(resumed|seconds|peak_tensor_bytes|samples_per_second)": [^\n]*\n'
    files["result.json"] = re.sub(of_process, b"", files["result.json"])
    return files


class Finding(Exception):
    pass


class Torture:
    def __init__(self, program, work, seed):
        self.program, self.work = program, work
        self.chance = random.Random(seed)
        self.run = work / "disk" / "run"
        self.run.mkdir(parents=True)
        self.text, self.log = work / "text", work / "log"
        self.text.write_bytes((root / "examples/shakespeare/verse.txt").read_bytes()[:4000])
        self.findings = 0
        self.unbroken = {}
        begin = time.monotonic()
        for self.there in (1, 2):  # the seed of the run that is in the folder
            shutil.rmtree(self.run)
            self.expect(self.train(self.there) == 0, "an unbroken run ends well")
            self.unbroken[self.there] = results(self.run)
        self.duration = (time.monotonic() - begin) / 2
        self.expect(self.unbroken[1]["last.safetensors"] != self.unbroken[2]["last.safetensors"], "two runs differ")

    def train(self, seed=None, seconds=None, **process):
        """The exit code of a run with that seed, or, without one, of the present one that goes on; killed after so long."""
        words = ["--seed", str(seed), "--data", str(self.text), *sizes] if seed else ["--resume"]
        with self.log.open("w") as log:
            started = subprocess.Popen([self.program, "train", "--out", self.run, *words], stdout=log, stderr=log, **process)
            try:
                return started.wait(seconds or 600)
            except subprocess.TimeoutExpired:
                started.kill()
                return started.wait()

    def expect(self, holds, what):
        if not holds:
            raise Finding(what)

    def has_begun(self, before):
        return (self.run / "last.safetensors").read_bytes() != before["last.safetensors"]

    def expect_unchanged(self, before):
        after = snapshot(self.run)
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        self.expect(not changed, f"the run before is as it was; now {', '.join(changed)} are not")

    def expect_whole(self, seed):
        expected, found = self.unbroken[seed], results(self.run)
        different = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
        self.expect(not different, f"a broken run ends as an unbroken one; {', '.join(different)} differ")
        self.there = seed

    def settle(self, seed, before):
        """After a start with that seed that came to a bad end: the run before is there still, or the new one goes on."""
        if self.has_begun(before):
            self.expect(self.train() == 0, "the run goes on")
            self.expect_whole(seed)
        else:
            self.expect_unchanged(before)

    def repeat(self, count, once):
        """Calls once() until it has returned True `count` times."""
        done = 0
        while done < count:
            try:
                done += once()
            except Finding as finding:
                self.findings += 1
                done += 1
                kept = pathlib.Path(tempfile.mkdtemp(prefix="torture-finding-"))
                shutil.copytree(self.run, kept / "run", copy_function=shutil.copy)
                shutil.copy(self.log, kept / "log")
                print(f"FINDING: {finding}\n  in {kept}; the program's last words: "
                      f"{self.log.read_text(errors='replace').strip()[-300:]}", flush=True)
                shutil.rmtree(self.run)
                if self.train(self.there) != 0:
                    sys.exit(f"a fresh run fails: {self.log.read_text(errors='replace')}")
        return done

    def kill(self):
        """A new run is killed, and again while it goes on; it counts as often as it was killed."""
        seed, before, kills = 3 - self.there, snapshot(self.run), 0
        code = self.train(seed, self.chance.uniform(0, 1.1 * self.duration))
        while code == -signal.SIGKILL:
            kills += 1
            if not self.has_begun(before):
                self.expect_unchanged(before)
                return kills
            code = self.train(None, self.chance.uniform(0, 2 * self.duration))
        self.expect(code == 0, f"the run goes on after a kill, and does not end with {code}")
        self.expect_whole(seed)
        return kills

    def fill(self, has_disk):
        """The disk is full at some time of a new run: really, or by a limit on the size of files."""
        seed, before = 3 - self.there, snapshot(self.run)
        room = self.chance.randrange(150_000)
        if has_disk:
            ballast = self.run.parent / "ballast"
            free = os.statvfs(self.run).f_bavail * os.statvfs(self.run).f_frsize
            ballast.write_bytes(bytes(max(0, free - room)))
            code = self.train(seed)
            ballast.unlink()
        else:
            def limit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (room // 2, room // 2))
            code = self.train(seed, preexec_fn=limit)
        if code == 0:
            self.expect_whole(seed)
            return False
        self.expect(code == 1 and self.log.read_text(), f"a full disk is an error, and not the exit code {code}")
        self.settle(seed, before)
        return True

    def deny(self):
        """A user who is not root may not write to, or not read, something."""
        seed, before = 3 - self.there, snapshot(self.run)
        for each in (self.run.parent, self.run, *self.run.iterdir()):
            os.chown(each, nobody, nobody)
        target = self.chance.choice((self.run, self.text, *sorted(self.run.iterdir())))
        mode = target.stat().st_mode
        target.chmod(self.chance.choice((0, 0o444, 0o111)))
        goes_on = self.chance.random() < 0.5
        code = self.train(None if goes_on else seed, user=nobody, group=nobody, extra_groups=[])
        if target.exists():
            target.chmod(mode)
        self.expect(code in (0, 1, 2), f"a lack of permission is an error, and not the exit code {code}")
        if goes_on:
            self.expect(self.train() == 0, "the run goes on")
            self.expect_whole(self.there)
        elif code == 0:
            self.expect_whole(seed)
        else:
            self.settle(seed, before)
        return code != 0

    def cut(self):
        """A file of a run that was killed is cut; whole again, it serves."""
        seed, before = 3 - self.there, snapshot(self.run)
        if self.train(seed, self.chance.uniform(0.3, 1) * self.duration) != -signal.SIGKILL or not self.has_begun(before):
            return False
        target = self.chance.choice([file for file in self.run.iterdir() if file.suffix != ".tmp"])
        whole = target.read_bytes()
        target.write_bytes(whole[:self.chance.randrange(max(1, len(whole)))])
        cut = snapshot(self.run)
        code, words = self.train(), self.log.read_text(errors="replace")
        if code != 0:
            named = "last.safetensors" if target.name == "config.toml" else target.name  # with which it no longer agrees
            self.expect(code in (1, 2) and (target.name in words or named in words), f"the error names {target.name}, which is cut")
            if target.name in ("last.safetensors", "config.toml"):
                self.expect_unchanged(cut)
            target.write_bytes(whole)
            self.expect(self.train() == 0, f"{target.name} is whole again, and the run goes on")
        if target.suffix in (".csv", ".jsonl"):  # rows are lost with the cut
            self.expect(results(self.run)["last.safetensors"] == self.unbroken[seed]["last.safetensors"], "same weights")
            self.there = seed
        else:
            self.expect_whole(seed)
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few of each")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and places")
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=root / "build/release/bin", help="of the programs")
    arguments = parser.parse_args()
    kills, fills, denials, cuts = (6, 3, 6, 6) if arguments.short else (300, 100, 100, 100)

    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        torture = Torture(arguments.folder.resolve() / "shakespeare", work, arguments.seed)
        print(f"kills: {torture.repeat(kills, torture.kill)}", flush=True)
        if os.geteuid() == 0:
            print(f"denials: {torture.repeat(denials, torture.deny)}", flush=True)
        else:
            print("denials: skipped, for they need root to become another user")
        print(f"cuts: {torture.repeat(cuts, torture.cut)}", flush=True)

        disk = torture.run.parent
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], capture_output=True).returncode == 0
        try:
            if mounted:
                torture.run.mkdir()
                torture.expect(torture.train(torture.there) == 0, "a run on the small disk ends well")
            else:
                print("fills: no disk can be mounted here, so the size of files is limited in its place")
            print(f"fills: {torture.repeat(fills, lambda: torture.fill(mounted))}", flush=True)
        finally:
            if mounted:
                subprocess.run(["umount", disk], check=True)
    print(f"findings: {torture.findings}")
    sys.exit(torture.findings > 0)


main()
