#!/usr/bin/python3
"""Steps shared by 1, 2 and 4 processes of this machine, and a model of 2 to 64 machines from these steps and a stated network.
Writes the numbers of docs/scaling.md and the picture docs/scaling.svg. Needs build/mpi/bin/bench_step (scripts/build.sh --mpi
bench_step) and Matplotlib (Debian: python3-matplotlib)."""
import json
import math
import os
import pathlib
import re
import subprocess

import page as shared

root = pathlib.Path(__file__).resolve().parent.parent
page = root / "docs" / "scaling.md"
program = root / "build" / "mpi" / "bin" / "bench_step"
networks = {"10 Gbit/s": (1.25e9, 50e-6), "100 Gbit/s": (12.5e9, 5e-6)}  # bytes/s of a machine, seconds of a message
configs = {"modelnet-s": (32, 4), "nanogpt": (64, 4)}  # samples of a machine's step, samples of a shard
machines = [1, 2, 4, 8, 16, 32, 64]
allowed = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
           "OMPI_MCA_hwloc_base_binding_policy": "none", "GOMP_SPINCOUNT": "1000"}


def measure(config, batch, shard, threads, processes):
    command = ["mpirun", "-n", str(processes), program, config, "--batch", str(batch), "--shard-size", str(shard),
               "--threads", str(threads), "--steps", "15", "--json"]
    done = subprocess.run(command, cwd=root, env={**os.environ, **allowed}, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def communication(parameters, count, network):
    """Seconds of a step on `count` machines. Each value of the gradient is sent once to be added (reduce-scatter; the range of a
    machine is one sum of the tree here) and once to all (all-gather), with a message for every other machine each time. Eight
    small exchanges, of sizes, losses and counts, have log2(count) messages each."""
    speed, latency = networks[network]
    return 2 * 4 * parameters * (count - 1) / count / speed + (2 * (count - 1) + 8 * math.log2(count)) * latency


measured = {(config, processes): measure(config, batch, shard, 1, processes)
            for config, (batch, shard) in configs.items() for processes in (1, 2, 4)}
whole = {config: measure(config, batch, shard, os.cpu_count(), 1) for config, (batch, shard) in configs.items()}


def steps_table():
    lines = []
    for (config, processes), row in measured.items():
        alone = measured[config, 1]["step_ms"]
        lines.append([config, row["batch"], processes, f"{row['step_ms']:.1f}", f"{alone / row['step_ms']:.2f}",
                      f"{row['sent_bytes'] / 1e6:.2f}", f"{row['waiting_ms']:.1f}"])
    return table(["config", "batch", "processes", "ms a step", "times as fast", "MB sent by each", "of these in MPI, ms"], lines)


def table(head, lines):
    return "\n\n" + shared.table(head, lines) + "\n"


def weak(config, count, network, batch=None):
    """The share of its time that a machine computes, with `batch` samples for each machine."""
    seconds = whole[config]["step_ms"] / 1e3 * (batch or configs[config][0]) / configs[config][0]
    return seconds / (seconds + communication(whole[config]["params"], count, network))


def least_batch(config, count, network):
    """The least multiple of the batch above with which machines compute for 90 % of the time."""
    batch = configs[config][0]
    while weak(config, count, network, batch) < 0.9:
        batch += configs[config][0]
    return batch


def weak_table():
    lines = [[config, configs[config][0], network, *(f"{100 * weak(config, count, network):.0f} %" for count in machines[1:]),
              least_batch(config, 64, network)] for config in configs for network in networks]
    return table(["config", "batch of a machine", "network", *map(str, machines[1:]), "batch for 90 % at 64"], lines)


def strong(config, count, network, batch):
    """Times as fast as one machine, with `batch` samples in all; a thread takes whole shards."""
    shard, threads = configs[config][1], os.cpu_count()
    one = whole[config]["step_ms"] / 1e3 * shard / configs[config][0] * threads  # a shard on a thread
    rounds = math.ceil(math.ceil(batch / shard / count) / threads)
    alone = math.ceil(batch / shard / threads) * one
    return alone / (rounds * one + communication(whole[config]["params"], count, network))


def strong_table():
    lines = [[config, 512, network, *(f"{strong(config, count, network, 512):.1f}" for count in machines[1:])]
             for config in configs for network in networks]
    return table(["config", "batch", "network", *map(str, machines[1:])], lines)


def picture():
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "latent", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(7.3, 3.2), layout="tight")
    for config, colour in zip(configs, ("#1f5fa8", "#b3402a")):
        for network, style in zip(networks, ("-", "--")):
            text = f"{config}, {network}"
            left.plot(machines, [100 * weak(config, count, network) for count in machines], style, color=colour, label=text)
            right.plot(machines, [strong(config, count, network, 512) for count in machines], style, color=colour, label=text)
    right.plot(machines, machines, ":", color="#888888", label="ideal")
    left.set(xscale="log", ylim=(0, 102), xlabel="machines", ylabel="% of the time computing")
    left.set_title("a batch for each machine")
    right.set(xscale="log", yscale="log", xlabel="machines", ylabel="times as fast as one")
    right.set_title("one batch of 512")
    for panel in (left, right):
        panel.set_xticks(machines, map(str, machines))
        panel.minorticks_off()
        panel.spines[["top", "right"]].set_visible(False)
    right.set_yticks(machines, map(str, machines))
    left.legend(loc="lower left", fontsize=8)
    figure.savefig(root / "docs" / "scaling.svg", metadata={"Date": None})


def facts():
    speeds = "; ".join(f"{config}: {row['params']:,} parameters, {row['samples_per_s']:.0f} samples/s on {row['threads']} threads"
                       for config, row in whole.items())
    return f"{shared.machine()}, {next(iter(whole.values()))['simd']}. {speeds}."


parts = {"facts": facts(), "steps": steps_table(), "weak": weak_table(), "strong": strong_table()}
page.write_text(re.sub(r"<!-- (\w+) -->.*?<!-- end -->", lambda match: f"<!-- {match[1]} -->{parts[match[1]]}<!-- end -->",
                       page.read_text(), flags=re.DOTALL))
picture()
