"""Speed of this project's Mask R-CNN in both precisions, and against its peers, in one run.

    uv run python benchmarks/mask_rcnn.py [--torchvision PYTHON] [--matterport PYTHON]

prints a line a measurement and then the table of the library's README; about 8 minutes on two quiet
cores, twice that with torchvision. PYTHON is an interpreter that has torchvision, or Matterport's
library under TensorFlow 1.15 (float32 alone, small images). All models of a row are up at the same
time and take their steps in turn, so that whatever else the machine does falls on all of them; a
ratio is the median over rounds. Every model reads one image a step with one lesion, three classes
and as many regions as Matterport's defaults have, with random weights. Differences that stay:
torchvision's region proposal network has half the channels (256), keeps gamma and beta frozen, and
takes 2,000 anchors a level, not 6,000 in all; it computes bfloat16 by autocast.

The machine's rate in a precision is the best that single products and convolutions reach, before
the models start; a share is a step's multiplications and additions by this rate and its seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

WORKERS = Path(__file__).parent / "workers"
PRECISIONS = ("float32", "bfloat16")
TASKS = {"train": "training step", "read": "reading"}
STUDY = "the default study's (ResNet18, 160 px, batch 8, AdamW)"


class Worker:
    """One model in a process of its own, which starts at once; `ready` waits for it."""

    def __init__(self, name: str, python: str, precision: str, arguments: list[str], threads: int):
        self.name, self.precision = name, precision
        environment = os.environ | {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
        }
        script = str(WORKERS / f"{name}_worker.py")
        self.process = subprocess.Popen(
            [python, script, "--precision", precision, "--threads", str(threads), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not os.environ.get("BENCHMARK_VERBOSE") else None,
            text=True,
            env=environment,
        )
        self.about: dict = {}
        self.steps: list[dict] = []

    def ready(self) -> dict:
        """Wait until the model is built and warm; return what it says of itself."""
        self.about = self._answer()
        return self.about

    def step(self) -> None:
        """Let the model take a step and note what it took."""
        self.process.stdin.write("step\n")
        self.process.stdin.flush()
        self.steps.append(self._answer())

    def stop(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()

    def _answer(self) -> dict:
        for line in self.process.stdout:
            if line.startswith("benchmark:"):
                return json.loads(line.removeprefix("benchmark:"))
        error = self.process.stderr.read()[-2000:] if self.process.stderr else ""
        raise SystemExit(f"{self.name} ended early\n{error}")

    def median(self, key: str) -> float:
        """Return the median of a measurement over the steps."""
        return statistics.median(step[key] for step in self.steps)


def measure_rates(args) -> dict[str, float]:
    """Return the machine's own FLOP/s in each precision, measured one after the other."""
    rates = {}
    for precision in args.precision:
        worker = Worker("rate", sys.executable, precision, ["--task", "train"], args.threads)
        rates[precision] = worker.ready()["flops"]
        worker.stop()
        print(f"the machine's own rate in {precision}: {rates[precision] / 1e9:.0f} GFLOP/s")
    return rates


def compare(args, task: str, px: int, rates: dict[str, float], study: bool = False) -> list[dict]:
    """Measure one task at one size; print and return a row for each model."""
    arguments = ["--task", task, "--px", str(px), "--backbone", args.backbone]
    arguments += ["--batch", str(args.batch), *(["--study"] if study else [])]
    models = [("smallmass", sys.executable, precision) for precision in args.precision]
    if args.torchvision and not study:
        models += [("torchvision", args.torchvision, precision) for precision in args.precision]
    if args.matterport and not study and px <= args.matterport_px:
        models.append(("matterport", args.matterport, "float32"))
    workers = [Worker(*model, arguments, args.threads) for model in models]
    for worker in workers:
        worker.ready()
    for _ in range(args.rounds):
        for worker in workers:
            worker.step()
    rows = [row(worker, task, px, study, workers, rates) for worker in workers]
    for worker, measured in zip(workers, rows, strict=True):
        print(line(measured), flush=True)
        worker.stop()
    return rows


def row(worker: Worker, task: str, px: int, study: bool, workers: list[Worker], rates) -> dict:
    """Return what was measured of a model; ratios are its seconds by those of ours."""
    ours = {w.precision: w for w in workers if w.name == "smallmass"}
    # Ours is compared with its own float32, a peer with ours in the peer's precision.
    own = worker.name == "smallmass"
    flop = worker.about.get("flop")
    return {
        "model": worker.name,
        "precision": worker.precision,
        "task": task,
        "px": px,
        "study": study,
        "wall_s": worker.median("wall_s"),
        "cpu_s": worker.median("cpu_s"),
        "peak_mib": worker.steps[-1]["peak_mib"],
        "float32_by_this": ratio(ours.get("float32"), worker) if own else None,
        "this_by_ours": None if own else ratio(worker, ours.get(worker.precision)),
        "share_of_rate": flop / worker.median("wall_s") / rates[worker.precision] if flop else None,
        "regions": worker.about["regions"],
        "versions": worker.about["versions"],
    }


def ratio(slower: Worker | None, faster: Worker | None) -> float | None:
    """Return the median over rounds of one model's seconds by another's."""
    if slower is None or faster is None:
        return None
    pairs = zip(slower.steps, faster.steps, strict=True)
    return statistics.median(a["wall_s"] / b["wall_s"] for a, b in pairs)


def line(row: dict) -> str:
    """Return a row as text."""
    text = (
        f"{row['task']:5} {row['px']:5} px  {row['model']:12} {row['precision']:9}"
        f"{row['wall_s']:7.2f} s wall {row['cpu_s']:7.2f} s CPU {row['peak_mib']:7.0f} MiB  "
        f"regions {row['regions'].get('regions', '?')}, masks {row['regions'].get('masks', '?')}"
    )
    if row["this_by_ours"]:
        text += f"  ours is {row['this_by_ours']:.2f} x as fast"
    if row["share_of_rate"]:
        text += f"  {100 * row['share_of_rate']:.0f} % of the machine's rate"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torchvision", help="interpreter that has torchvision")
    parser.add_argument("--matterport", help="interpreter that has mrcnn and TensorFlow 1.15")
    parser.add_argument("--matterport-px", type=int, default=512, help="largest size for it")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    parser.add_argument("--px", nargs="*", type=int, default=[256, 512, 1024])
    parser.add_argument("--precision", nargs="+", choices=PRECISIONS, default=list(PRECISIONS))
    parser.add_argument("--no-study", action="store_true", help="leave out the study's network")
    parser.add_argument("--backbone", default="resnet101", choices=["resnet50", "resnet101"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--output", type=Path, help="write the rows as JSON, too")
    args = parser.parse_args()
    rates = measure_rates(args)
    rows = [r for task in args.tasks for px in args.px for r in compare(args, task, px, rates)]
    if not args.no_study:
        rows += [r for task in args.tasks for r in compare(args, task, 160, rates, study=True)]
    print("\n" + "\n".join(sorted({f"{row['model']}: {row['versions']}" for row in rows})))
    from workers.speed_table import table

    print("\n" + table(rows, TASKS, STUDY))
    if args.output:
        args.output.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
