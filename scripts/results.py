#!/usr/bin/python3
"""All runs of docs/results.md: `scripts/results.py run [NAME...]` trains the runs without a record into runs/results/,
one after the other, continues stopped ones, and writes a record of each into docs/results/; `scripts/results.py page`
writes docs/results.md and its pictures from the records; `scripts/results.py list` names the runs and their commands.
Needs build/release/bin and the data sets (README)."""
import csv
import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tomllib

root = pathlib.Path(__file__).resolve().parent.parent
runs, docs = root / "runs" / "results", root / "docs"
records = docs / "results"
seeds = [0, 1, 2]
latents = [1, 2, 4, 8, 16, 32, 64]
points = [1024, 512, 256, 128, 64]
speakers = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]


@dataclasses.dataclass
class Run:
    """A training: its name, and its command without --out."""
    name: str
    command: str

    def folder(self):
        return runs / self.name

    def words(self):
        return [*self.command.split(), "--out", str(self.folder().relative_to(root))]

    def record(self):
        """The record of the run: command, configuration, curve (a row per epoch) and result; None before it ends."""
        file = records / f"{self.name}.json"
        return json.loads(file.read_text()) if file.exists() else None


# Short runs, to compare: the recipes with fewer epochs, and on ModelNet40 with fewer points in training.
short_mnist = "mnist train --data mnist --epochs 5"
short_modelnet = "modelnet train --data modelnet40 --epochs 8 --training-points 256"
ablations = [("towers-shared", "all towers share their weights", "--tower-sharing all"),
             ("cross-1", "1 cross-attend, the same blocks after it", "--cross-attends 1 --blocks {all}"),
             ("cross-4", "4 cross-attends, blocks after each: {quarter}", "--cross-attends 4 --blocks {quarter}"),
             ("all-shared", "the same, sharing weights from the second on, as in the paper",
              "--cross-attends 4 --blocks {quarter} --tower-sharing all --cross-sharing after-first"),
             ("at-start", "all cross-attends before the first block", "--placement at-start"),
             ("heads-1", "1 cross head", "--cross-heads 1")]


def ablation(data, short, recipe, sizes, more=()):
    """Pairs (change, run). The first has no change; its run is also in the table of latents."""
    return [("-", recipe)] + [
        (text.format(**sizes), Run(f"{data}-{name}", f"{short} {options.format(**sizes)}"))
        for name, text, options in [*ablations, *more]]


recipes = {
    "MNIST": [Run(f"mnist-{seed}", f"mnist train --data mnist --seed {seed}") for seed in seeds],
    "ModelNet40": [Run(f"modelnet-{seed}", f"modelnet train --data modelnet40 --seed {seed}") for seed in seeds],
    "spoken digits, log-mel": [Run(f"digits-{seed}", f"audio train --data spoken-digits --seed {seed}")
                               for seed in seeds],
    "spoken digits, raw": [Run(f"raw-{seed}", f"audio train --data spoken-digits --front-end raw --seed {seed}")
                           for seed in seeds],
}
wide = [Run("mnist-32-short", "mnist train --data mnist --latents 32 --epochs 36"),
        Run("mnist-32", "mnist train --data mnist --latents 32 --epochs 50"),
        Run("mnist-straight", "mnist train --data mnist --latents 32 --epochs 50 --elastic 0")]
permuted = Run("mnist-permuted", "mnist train --data mnist --permutation 1")
# The Transformer trains 0.4 times as fast as the recipe: its 34 epochs take about the same time.
transformer = Run("mnist-transformer", "mnist train --data mnist --model transformer --epochs 34")
modelnet10 = Run("modelnet10", "modelnet train --data modelnet40 --classes 10")
held_out = {speaker: Run(f"digits-{speaker}", f"audio train --data spoken-digits --speaker {speaker}")
            for speaker in speakers}
widths = {"MNIST": [Run(f"mnist-n{n}", f"{short_mnist} --latents {n}") for n in latents],
          "ModelNet40": [Run(f"modelnet-n{n}", f"{short_modelnet} --latents {n}") for n in latents]}
parts = {"MNIST": ablation("mnist", f"{short_mnist} --latents 32", widths["MNIST"][latents.index(32)],
                           {"all": 6, "quarter": 2},
                           [("bands-half", "half as many bands", "--bands 3"),
                            ("bands-2", "2 bands", "--bands 2"),
                            ("learned", "learned positions, also 26 channels",
                             "--positions learned --position-channels 26")]),
         "ModelNet40": ablation("modelnet", f"{short_modelnet} --latents 16", widths["ModelNet40"][latents.index(16)],
                                {"all": 4, "quarter": 1},
                                [("bands-0", "no bands", "--bands 0"),
                                 ("bands-4", "4 bands, of frequencies from 1 to 4", "--bands 4 --nyquist-frequency 4"),
                                 ("bands-16", "16 bands, of frequencies from 1 to 16", "--bands 16 --nyquist-frequency 16"),
                                 ("alone", "no local moments of the points", "--neighbourhood 0"),
                                 ("unmixed", "clouds are not mixed", "--mix 0")])}

all_runs = [run for same in recipes.values() for run in same] + [*wide, permuted, transformer, modelnet10, *held_out.values()]
all_runs += [run for same in widths.values() for run in same] + [run for same in parts.values() for _, run in same[1:]]


def program(words):
    environment = {**os.environ, "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "1000")}
    with subprocess.Popen([f"build/release/bin/{words[0]}", *words[1:]], cwd=root, env=environment,
                          stdout=subprocess.PIPE, text=True) as child:
        try:
            out = child.communicate()[0]
        except KeyboardInterrupt:
            child.communicate()  # Ctrl-C reached the program as well: it saves a checkpoint
            sys.exit("stopped; the same command goes on")
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    return out


def train(names):
    for name in set(names) - {run.name for run in all_runs}:
        sys.exit(f"no run is called {name}; see: scripts/results.py list")
    for run in all_runs:
        if run.record() or (names and run.name not in names):
            continue
        print("$", " ".join(run.words()), flush=True)
        if not (run.folder() / "result.json").exists():
            resume = ["--resume"] if (run.folder() / "last.safetensors").exists() else []
            print(program([*run.words(), *resume]).splitlines()[-1], flush=True)
        write_record(run)


def curve(rows):
    """For each epoch the mean training loss, and validation loss and accuracy at its end."""
    epochs = {}
    for row in rows:
        epochs.setdefault(int(row["epoch"]), []).append(row)
    lasts = [same[-1] for same in epochs.values()]
    return {"loss": [round(statistics.fmean(float(row["loss"]) for row in same), 4) for same in epochs.values()],
            **{name: [round(float(last[name]), 4) for last in lasts] for name in ("validation_loss", "validation_accuracy")}}


def write_record(run):
    result = json.loads((run.folder() / "result.json").read_text())
    config = tomllib.loads((run.folder() / "config.toml").read_text())
    rows = list(csv.DictReader((run.folder() / "metrics.csv").open()))
    # The clock of a resumed run covers only its last part, so its time follows from the speed.
    speed = float(rows[-1]["samples_per_second"])
    seconds = len(rows) * config["batch-size"] / speed if result["resumed"] else result["seconds"]
    record = {"command": run.command, "minutes": round(seconds / 60, 1), **result, "samples_per_second": speed,
              "config": config, "curve": curve(rows)}
    if run in recipes["ModelNet40"]:
        record["test_accuracy_by_points"] = {count: accuracy_with(run, count) for count in points}
    records.mkdir(exist_ok=True)
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in record.items())
    (records / f"{run.name}.json").write_text(f"{{\n{lines}\n}}\n")


def accuracy_with(run, count):
    """Test accuracy on clouds of `count` points."""
    weights = str((run.folder() / "best.safetensors").relative_to(root))
    out = program(["modelnet", "eval", "--data", "modelnet40", "--points", str(count), "--weights", weights])
    correct, answers = map(int, re.search(r"test accuracy: .* \((\d+)/(\d+)\)", out).groups())
    return correct / answers


def percent(value, digits=2):
    return f"{100 * value:.{digits}f}"


def table(head, lines):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] +
                     ["| " + " | ".join(map(str, line)) + " |" for line in lines]) + "\n"


def done(some):
    return [run for run in some if run.record()]


def row(run, text=None):
    record = run.record()
    return [text or f"`{run.command}`", f"{record['parameters']:,}", f"{record['minutes']:.1f}",
            percent(record["validation_accuracy"]), percent(record["test_accuracy"]),
            percent(record["test_mean_class_accuracy"])]


columns = ["parameters", "minutes", "validation, %", "test, %", "mean of the classes, %"]


def recipe_table(some):
    lines = [row(run) for run in done(some)]
    tests = [run.record()["test_accuracy"] for run in done(some)]
    if len(tests) > 1:
        spread = f"**{percent(statistics.fmean(tests))}** ({percent(min(tests))} to {percent(max(tests))})"
        lines.append([f"mean of {len(tests)} (lowest to highest)", "", "", "", spread, ""])
    return table(["run", *columns], lines)


def plain_table(some):
    return table(["run", *columns], [row(run) for run in done(some)])


def fading():
    """Test accuracy of each ModelNet40 model by the number of points that it sees."""
    found = {run.name: run.record()["test_accuracy_by_points"] for run in done(recipes["ModelNet40"])}
    lines = []
    for count in points:
        accuracies = [by_points[str(count)] for by_points in found.values()]
        mean = [percent(statistics.fmean(accuracies))] if len(found) > 1 else []
        lines.append([f"{count:,}", *map(percent, accuracies), *mean])
    return table(["points", *found, *(["mean"] if len(found) > 1 else [])], lines)


def width_table(some):
    lines = []
    for count, run in zip(latents, some):
        if record := run.record():
            lines.append([count, f"{record['parameters']:,}", percent(record["validation_accuracy"]),
                          percent(record["test_accuracy"]), f"{1000 / record['samples_per_second']:.2f}",
                          f"{record['peak_tensor_bytes'] / 2**20:.0f}", f"`{run.command}`"])
    return table(["latents", "parameters", "validation, %", "test, %", "ms a sample, with validation",
                  "tensors at most, MiB", "command"], lines)


def ablation_table(some):
    return table(["change", *columns, "command"],
                 [[*row(run, text), f"`{run.command}`"] for text, run in some if run.record()])


def curves():
    """docs/results.svg: the error on validation while the recipes train; docs/latents.svg: accuracy by latents."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "latent", "font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    from matplotlib import pyplot
    trained = {title: done(some) for title, some in recipes.items() if done(some)}
    figure, [panels] = pyplot.subplots(1, len(trained), figsize=(1 + 3 * len(trained), 3.2), layout="tight", squeeze=False)
    for panel, (title, some) in zip(panels, trained.items()):
        for run in some:
            errors = [100 * (1 - accuracy) for accuracy in run.record()["curve"]["validation_accuracy"]]
            panel.semilogy(range(1, len(errors) + 1), errors, label=run.name, lw=1)
        panel.set_title(title)
        panel.set_xlabel("epoch")
        panel.legend(fontsize=7)
        panel.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
        panel.yaxis.set_minor_formatter(matplotlib.ticker.LogFormatter(labelOnlyBase=False, minor_thresholds=(1, 0.5)))
    panels[0].set_ylabel("validation error, %")
    figure.savefig(docs / "results.svg", metadata={"Date": None})
    if not any(done(some) for some in widths.values()):
        return
    figure, panel = pyplot.subplots(figsize=(6, 3.2), layout="tight")
    for title, some in widths.items():
        found = [(count, run.record()["test_accuracy"]) for count, run in zip(latents, some) if run.record()]
        if len(found) < 2:
            continue
        panel.plot([count for count, _ in found], [100 * value for _, value in found], marker="o", label=title)
    panel.set_xscale("log", base=2)
    panel.set_xticks(latents, map(str, latents))
    panel.set_xlabel("latents")
    panel.set_ylabel("test accuracy, %")
    panel.legend()
    figure.savefig(docs / "latents.svg", metadata={"Date": None})


def page():
    """Replaces the text between <!-- NAME --> and <!-- end --> in docs/results.md, and draws its pictures."""
    tables = {**{title: lambda some=some: recipe_table(some) for title, some in recipes.items()},
              "wide": lambda: plain_table(wide), "permuted": lambda: plain_table([permuted]),
              "transformer": lambda: plain_table([transformer]),
              "ModelNet10": lambda: plain_table([modelnet10]), "fading": fading,
              "speakers": lambda: recipe_table(list(held_out.values())),
              **{f"latents {title}": lambda some=some: width_table(some) for title, some in widths.items()},
              **{f"parts {title}": lambda some=some: ablation_table(some) for title, some in parts.items()}}
    file = docs / "results.md"
    file.write_text(re.sub(r"<!-- ([\w ,-]+) -->\n.*?<!-- end -->",
                           lambda match: f"<!-- {match[1]} -->\n{tables[match[1]]()}<!-- end -->", file.read_text(),
                           flags=re.DOTALL))
    curves()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", *names]:
            train(names)
        case ["page"]:
            page()
        case ["list"]:
            print("\n".join(f"{run.name}: {' '.join(run.words())}" for run in all_runs))
        case _:
            sys.exit(__doc__)
