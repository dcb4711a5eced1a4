"""What a study costs, and what gives way when it has 100,000 images.

    uv run python benchmarks/scale.py steps
    uv run python benchmarks/scale.py cost [--train-seconds S] [--read-seconds S]
    uv run python benchmarks/scale.py dag --n 1041 100000
    uv run python benchmarks/scale.py folders --n 1041 100000
    uv run python benchmarks/scale.py duplicates --n 1041 10000
    uv run python benchmarks/scale.py tables --n 1041 10000 100000

`cost` builds the study's network, saves it, and multiplies measured sizes and seconds by the
study's seeds, folds, epochs and images. Its seconds an image are a CPU core's: put in those that
`steps` prints on your GPU, and its hours are GPU hours. `tables` runs the light rules on tables
made of those of results/synthetic, which must have been run. Each rule is a process of its own; of
the bootstrap 20 replicates are drawn, of the null models 2, and of the choices one scoring's are
made. Everything is made in a temporary folder, and removed.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from smallmass.settings import Settings
from smallmass.settings.resolve import resolve

RULES = (
    "split", "image_scores", "combined_models", "performance", "intervals", "bootstrap",
    "comparisons", "curves", "gate_null", "choices", "page_notes", "table1", "table2", "figure2",
)  # fmt: skip
SHARE = {"training": 801 / 1041, "validation": 120 / 1041, "test": 120 / 1041}  # the paper's
PICTURES = 40  # of the cohort, whose prepared size is measured


def settings_of(study: str, override: dict | None = None) -> Settings:
    """Return all settings of a study in config.yaml, with some replaced."""
    config = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))
    config |= {"study": study, "override": override or {}}
    return resolve(config).settings


def print_table(header: list[str], rows: list[list]) -> None:
    """Print a table in Markdown."""
    print("|", " | ".join(header), "|")
    print("|", " | ".join("---" for _ in header), "|")
    for row in rows:
        print("|", " | ".join(str(cell) for cell in row), "|", flush=True)


def work(settings: Settings, n: int) -> dict[str, float]:
    """Return how many images a study trains on, validates on and reads, all jobs together.

    Trained are the training images of each fit (a fold's without that fold) in every epoch,
    validated all validation images after each epoch; the full fit of a seed reads every image, a
    fold's reads the fold.

    Args:
        settings: All settings of the study.
        n: Images of the cohort, split as the paper's.
    """
    model = settings.image_model
    seeds, folds, epochs = model.seeds, model.folds, model.epochs
    training = SHARE["training"] * n
    in_folds = training * (folds - 1) if folds else 0.0  # k fits on (k - 1) / k of them
    return {
        "jobs": seeds * (1 + folds),
        "trained": seeds * (training + in_folds) * epochs,
        "validated": seeds * (1 + folds) * SHARE["validation"] * n * epochs,
        "read": seeds * (n + (training if folds else 0.0)),
        "longest": training * epochs,
    }


def cost(args) -> None:
    """Print what a study costs in files, and in hours for given seconds an image."""
    settings = settings_of(args.study)
    sizes = file_sizes(settings, args.source, args.phantoms)
    seconds = {"trained": args.train_seconds, "validated": args.validate_seconds,
               "read": args.read_seconds}  # fmt: skip
    rows = []
    for n in args.n:
        done = work(settings, n)
        hours = {name: done[name] * s / 3600 for name, s in seconds.items()}
        longest = done["longest"] * args.train_seconds
        longest += done["validated"] / done["jobs"] * args.validate_seconds
        rows += [
            [n, "training, validation and reading jobs", f"{done['jobs']} + {done['jobs']}"],
            [n, "images trained on, all jobs and epochs", f"{done['trained']:,.0f}"],
            [n, "images validated on", f"{done['validated']:,.0f}"],
            [n, "images read", f"{done['read']:,.0f}"],
            [n, "hours of training", f"{hours['trained']:,.1f}"],
            [n, "hours of validation", f"{hours['validated']:,.1f}"],
            [n, "hours of reading", f"{hours['read']:,.1f}"],
            [n, "hours of the longest job (a full fit)", f"{longest / 3600:,.1f}"],
            [n, "GB of trained weights", f"{done['jobs'] * sizes['weights'] / 1e9:,.2f}"],
            [n, "GB of checkpoints, all jobs at once",
             f"{done['jobs'] * sizes['checkpoint'] / 1e9:,.2f}"],
            [n, "GB of prepared images and masks",
             f"{n * (sizes['image'] + sizes['mask']) / 1e9:,.2f}"],
            [n, "GB of detections.csv, all jobs",
             f"{done['read'] * sizes['detections'] / 1e9:,.2f}"],
        ]  # fmt: skip
    print_table(["measured", "bytes"], [[k, f"{v:,.0f}"] for k, v in sizes.items()])
    print_table(["images", "computed", ""], rows)


def file_sizes(settings: Settings, source: Path, phantoms: Path) -> dict[str, float]:
    """Return the bytes of the network's files, of prepared pictures, of a case's regions."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from mrcnn.checkpoint import save_checkpoint
    from mrcnn.model import MaskRCNN
    from smallmass.image_model.configuration import make_config

    config = make_config(settings.image_model)
    with tempfile.TemporaryDirectory() as folder:
        network = MaskRCNN("training", config, model_dir=folder)
        network.compile(config.LEARNING_RATE, config.LEARNING_MOMENTUM)
        network.keras_model.optimizer.build(network.keras_model.trainable_variables)
        weights, checkpoint = Path(folder, "weights.h5"), Path(folder, "checkpoint.h5")
        network.save_weights(weights)
        save_checkpoint(checkpoint, network.keras_model, [])
        found = {
            "parameters": network.keras_model.count_params(),
            "weights": weights.stat().st_size,
            "checkpoint": checkpoint.stat().st_size,
        }
        found |= prepared_sizes(settings, phantoms, Path(folder))
    return found | {"detections": detection_bytes(source)}


def detection_bytes(source: Path) -> float:
    """Return the bytes of a case in detections.csv."""
    from smallmass.files import read_csv

    path = source / "image_model" / "seed0" / "full" / "detections.csv"
    return path.stat().st_size / read_csv(path)["case_id"].nunique()


def prepared_sizes(settings: Settings, phantoms: Path, folder: Path) -> dict[str, float]:
    """Return the mean bytes of prepared images and masks, from some of the phantoms."""
    from smallmass.cohort.images import pixel_sha256, read_grey
    from smallmass.cohort.prepare import prepare
    from smallmass.files import read_csv

    cases = read_csv(phantoms / "cohort.csv")
    cases = cases.iloc[:: max(1, len(cases) // PICTURES)].assign(frame=np.nan)
    cases["pixel_sha256"] = [pixel_sha256(read_grey(phantoms / path)) for path in cases["image"]]
    folders = {name: folder / f"{name}s" for name in ("image", "mask")}
    prepare(cases, phantoms, *folders.values(), size_px=settings.image_model.size_px,
            resize="pad")  # fmt: skip
    return {
        name: float(np.mean([path.stat().st_size for path in place.iterdir()]))
        for name, place in folders.items()
    }


def steps(args) -> None:
    """Print seconds an image of the study's network on this machine, for `cost`."""
    from workers.study_steps import measure_steps

    override = {"image_model": {"batch": args.batch}} if args.batch else {}
    with tempfile.TemporaryDirectory() as folder:
        found = measure_steps(
            settings_of(args.study, override), args.phantoms, Path(folder), args.steps
        )
    print_table(list(found), [[f"{value:.3g}" for value in found.values()]])


def dag(args) -> None:
    """Print how long Snakemake takes to plan a study of n images, and its peak memory."""
    rows = []
    for n in args.n:
        override = f"override={{cohort: {{n: {n}, root: {tempfile.gettempdir()}/no-such-{n}}}}}"
        command = ["-m", "snakemake", "-n", "--nolock", "--quiet", "all", "--config",
                   f"study={args.study}", override]  # fmt: skip
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"snakemake -n failed at {n} images")
        seconds = time.perf_counter() - began
        rows.append([n, f"{seconds:.1f}", f"{usage.ru_maxrss / 1024:.0f}"])
    print_table(["images", "s for snakemake -n", "peak MiB"], rows)


SNAKEFILE = """
rule all:
    input: "images", expand("used{i}.txt", i=range(60))
rule prepare:
    output: directory("images")
    shell: "mkdir -p images && python make.py"
rule use:
    input: "images"
    output: touch("used{i}.txt")
"""
MAKE = "for i in range({n}): open(f'images/{{i:07d}}.png', 'wb').write(b'x' * 1000)\n"


def folders(args) -> None:
    """Print what a folder of n files that 60 jobs read costs Snakemake, and its fingerprint."""
    from smallmass.cohort.listing import fingerprint

    rows = []
    for n in args.n:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
            Path(folder, "make.py").write_text(MAKE.format(n=n), encoding="utf-8")
            times = [_snakemake_seconds(folder) for _ in range(2)]
            began = time.perf_counter()
            fingerprint(Path(folder, "images"))
            rows.append([n, *(f"{t:.1f}" for t in times), f"{time.perf_counter() - began:.2f}"])
    print_table(["files", "s to make", "s to do nothing", "s for the fingerprint"], rows)


def _snakemake_seconds(folder: str) -> float:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", "all"]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def duplicates(args) -> None:
    """Print how long the search for near-duplicates takes among n images.

    All pairs are compared coarsely, and those that look alike are laid over one another. The
    first is timed on noise, of which no two look alike; the second on the images of --images, whose
    share of pairs that look alike and seconds a pair then give the time among n.
    """
    from smallmass.cohort.images import read_grey
    from smallmass.cohort.near_duplicates import find
    from smallmass.cohort.thumbnails import THUMBNAIL_PX, thumbnail

    paths = sorted((args.images or args.phantoms / "images").glob("*.png"))
    real = np.stack([thumbnail(read_grey(path)) for path in paths])
    rng = np.random.default_rng(6)
    pairs = len(real) * (len(real) - 1) / 2
    rows, began = [], time.perf_counter()
    find(real)
    among_real = time.perf_counter() - began
    for n in [len(real), *args.n]:
        noise = rng.integers(0, 256, (n, THUMBNAIL_PX, THUMBNAIL_PX), dtype=np.uint8)
        began = time.perf_counter()
        find(noise)
        coarse = time.perf_counter() - began
        if n == len(real):
            closely = max(among_real - coarse, 0) / pairs
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append([n, f"{coarse:.1f}", f"{closely * n * (n - 1) / 2:.1f}", f"{peak:.0f}"])
    header = ["images", "s, all pairs coarsely", "s, pairs that look alike (computed)", "peak MiB"]
    print(f"{len(real)} images: {among_real:.1f} s, {len(find(real))} near-duplicates")
    print_table(header, rows)


def tables(args) -> None:
    """Print seconds and peak memory of the light rules on made-up studies of n cases."""
    from workers.light_rules import LightRules
    from workers.made_study import MadeStudy

    settings = settings_of(args.study, {"image_model": {"seeds": args.seeds, "folds": args.folds}})
    for n in args.n:
        with tempfile.TemporaryDirectory(dir=args.folder) as folder:
            study = MadeStudy(args.source, Path(folder), n, args.seeds, args.folds)
            rules = LightRules(study, settings, args.phantoms.resolve(), args.limit)
            study.make_cohort()
            print(f"\n{n} cases, {args.seeds} seeds, {args.folds} folds\n")
            print_table(["rule", "s", "CPU s", "peak MiB"], [])
            for rule in args.rules or RULES:
                if rule == "image_scores":
                    rules.make_inputs()
                took = rules.run(rule)
                print("|", rule, *(f"| {value}" for value in took.values()), "|", flush=True)


def main() -> None:
    """Read the command line and print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    for function in (steps, cost, dag, folders, duplicates, tables):
        command = commands.add_parser(function.__name__, help=function.__doc__.partition("\n")[0])
        command.set_defaults(function=function)
        command.add_argument("--n", type=int, nargs="+", default=[1041, 100_000])
        command.add_argument("--study", default="paper")
        command.add_argument("--source", type=Path, default=Path("results", "synthetic"))
        command.add_argument("--phantoms", type=Path, default=Path("data"))
        if function is steps:
            command.add_argument("--batch", type=int, help="images a step; else the study's")
            command.add_argument("--steps", type=int, default=3, help="timed steps of each kind")
        if function is duplicates:
            command.add_argument("--images", type=Path, help="a folder of PNG; else the phantoms")
        if function is cost:  # processor seconds of `steps`, ResNet101 at 1,024 px, 2.3 GHz
            command.add_argument("--train-seconds", type=float, default=17.1, help="an image")
            command.add_argument("--validate-seconds", type=float, default=5.0, help="an image")
            command.add_argument("--read-seconds", type=float, default=5.1, help="an image")
        if function is tables:
            command.add_argument("--seeds", type=int, default=1)
            command.add_argument("--folds", type=int, default=5)
            command.add_argument("--rules", nargs="+", choices=RULES)
            command.add_argument("--limit", type=float, default=1800, help="seconds a rule")
            command.add_argument("--folder", help="where the temporary folder is made")
    args = parser.parse_args()
    args.function(args)


if __name__ == "__main__":
    main()
