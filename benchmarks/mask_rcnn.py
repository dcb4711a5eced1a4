"""Speed of this project's Mask R-CNN against its peers, side by side in one run.

    uv run python benchmarks/mask_rcnn.py --torchvision PYTHON [--matterport PYTHON]

PYTHON is an interpreter that has torchvision, or Matterport's mrcnn 0.2 under TensorFlow 1.15. All
models are up at the same time and take their steps in turn, so that whatever else the machine does
falls on all of them; a ratio is the median over rounds of (peer's seconds / ours). Every model
reads one image a step with one lesion, three classes and as many regions as Matterport's defaults
have, with random weights. Differences that stay: torchvision's region proposal network has half
the channels (256), keeps gamma and beta frozen, and takes 2,000 anchors a level, not 6,000 in all.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

WORKERS = Path(__file__).parent / "workers"


class Worker:
    """One model in a process of its own."""

    def __init__(self, name: str, python: str, arguments: list[str], threads: int):
        self.name = name
        environment = os.environ | {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": str(threads),
            "MKL_NUM_THREADS": str(threads),
        }
        command = [python, str(WORKERS / f"{name}_worker.py"), *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not os.environ.get("BENCHMARK_VERBOSE") else None,
            text=True,
            env=environment,
        )
        self.about = self._answer()
        self.steps: list[dict] = []

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


def compare(args, task: str, px: int) -> list[dict]:
    """Measure one task at one size; print and return a row for each model."""
    arguments = ["--task", task, "--px", str(px), "--backbone", args.backbone]
    arguments += ["--threads", str(args.threads), "--batch", str(args.batch)]
    arguments += ["--precision", args.precision]
    pythons = {"smallmass": sys.executable, "torchvision": args.torchvision}
    if args.matterport and task in args.matterport_tasks and px <= args.matterport_px:
        pythons["matterport"] = args.matterport
    workers = [Worker(n, p, arguments, args.threads) for n, p in pythons.items() if p]
    for _ in range(args.rounds):
        for worker in workers:
            worker.step()
    ours = workers[0]
    rows = []
    for worker in workers:
        ratios = [b["wall_s"] / a["wall_s"] for a, b in zip(ours.steps, worker.steps, strict=True)]
        rows.append(
            {
                "model": worker.name,
                "task": task,
                "px": px,
                "wall_s": worker.median("wall_s"),
                "cpu_s": worker.median("cpu_s"),
                "peak_mib": worker.steps[-1]["peak_mib"],
                "ours_faster": statistics.median(ratios),
                "regions": worker.about["regions"],
                "versions": worker.about["versions"],
                "share_of_matrix_rate": share(worker),
            }
        )
        print(line(rows[-1]), flush=True)
        worker.stop()
    return rows


def share(worker: Worker) -> float | None:
    """Return the model's FLOP/s by the machine's own in matrix products, where both are known."""
    about = worker.about
    if not about.get("matrix_flops"):
        return None
    return about["flop"] / worker.median("wall_s") / about["matrix_flops"]


def line(row: dict) -> str:
    """Return a row as text."""
    text = (
        f"{row['task']:5} {row['px']:5} px  {row['model']:12} {row['wall_s']:7.2f} s wall "
        f"{row['cpu_s']:7.2f} s CPU {row['peak_mib']:7.0f} MiB  "
        f"regions {row['regions'].get('regions', '?')}, masks {row['regions'].get('masks', '?')}"
    )
    if row["model"] != "smallmass":
        text += f"  ours is {row['ours_faster']:.2f} x as fast"
    if row["share_of_matrix_rate"]:
        text += f"  {100 * row['share_of_matrix_rate']:.0f} % of the matrix rate"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torchvision", help="interpreter that has torchvision")
    parser.add_argument("--matterport", help="interpreter that has mrcnn 0.2 and TensorFlow 1.15")
    parser.add_argument("--matterport-tasks", nargs="+", default=["train", "read"])
    parser.add_argument("--matterport-px", type=int, default=512, help="largest size for it")
    parser.add_argument("--tasks", nargs="+", default=["train", "read"], choices=["train", "read"])
    parser.add_argument("--px", nargs="+", type=int, default=[256, 512, 1024])
    parser.add_argument("--backbone", default="resnet101", choices=["resnet50", "resnet101"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--output", type=Path, help="write the rows as JSON, too")
    args = parser.parse_args()
    rows = [row for task in args.tasks for px in args.px for row in compare(args, task, px)]
    print("\n" + "\n".join(sorted({f"{row['model']}: {row['versions']}" for row in rows})))
    if args.output:
        args.output.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
