"""How long the bootstrap of every metric of every model takes, beside other ways to do it.

    uv run --with confidenceinterval python benchmarks/resampling.py [--replicates 10000]
        [--largest 100000] [--whole]

A made-up study of n lesions, up to two of one patient, has scores of four models and calls of
three. Resampled are patients within classes; measured are AUROC and Brier score of four models,
and sensitivity, specificity, accuracy, PPV and NPV of three, with the threshold fixed and with the
operating points (the combined models' behind the gate) selected again in each replicate. Printed
are seconds of wall and of processor time: on a shared machine only the latter says much.

Three ways at n = 120: the study's own; scikit-learn in a loop, the same work, fewer replicates and
scaled; and, where it is installed, the package confidenceinterval, which resamples cases one
metric at a time and knows no patients, no classes, no Brier score and no selection again. Then the
study's own up to n = 100,000: with --whole all replicates, else fewer of the larger studies,
scaled, and without the acceleration of BCa, which is computed once whatever the replicates.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as Snakemake does for this rule

import numpy as np
import pandas as pd
from sklearn import metrics

from diagnostic_accuracy import bootstrap as resampling
from diagnostic_accuracy.bootstrap import youden_thresholds
from smallmass.evaluation.bootstrap import bootstrap
from smallmass.settings.picking import chosen

MODELS = ("image", "clinical", "regression", "tree")
CALLED = ("image", "regression", "tree")
CONFIDENCE = 0.95
SIZES = (120, 1_000, 10_000, 100_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=100, help="replicates of the slow ways")
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--whole", action="store_true")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")  # of scikit-learn, where a resample has no positive call

    table = study(120)
    own = timed(lambda: ours(table, args.replicates))
    print(f"{args.replicates:,} replicates, n = 120     wall s   processor s   ratio")
    show("smallmass", own, own)
    loop = scaled(lambda: sklearn_loop(table, args.loop), args.replicates / args.loop)
    show("scikit-learn in a loop", loop, own)
    other = confidenceinterval(table, args.loop)
    if other is None:
        print("confidenceinterval: not installed; run with uv run --with confidenceinterval")
    else:
        show("confidenceinterval (less)", scaled(other, args.replicates / args.loop), own)

    print(f"\n{args.replicates:,} replicates           wall s   processor s   ns a case, replicate")
    for n in SIZES:
        if n > args.largest:
            break
        wall, work = (t * args.replicates for t in of_one(study(n), n, args))
        print(f"n = {n:>7,} {wall:>20.2f} {work:>13.2f} {1e9 * work / n / args.replicates:>14.0f}")


def study(n: int) -> pd.DataFrame:
    """Return ``predictions.csv`` of a made-up test set that also chose the operating points."""
    rng = np.random.default_rng(n)
    malignant = rng.random(n) < 0.5
    logit = rng.normal(size=n) + 1.2 * malignant
    clinical = rng.normal(size=n) + 0.7 * malignant
    both = logit + 0.6 * clinical
    scores = {"image": logit, "clinical": clinical, "regression": both}
    table = pd.DataFrame({
        "case_id": [f"c{i}" for i in range(n)],
        "patient_id": [f"p{i // 1.2:.0f}" for i in range(n)],
        "cohort": "made up",
        "split": "test",
        "fit": "held_out",
        "label": np.where(malignant, "malignant", "benign"),
        **{f"{name}_score": 1 / (1 + np.exp(-score)) for name, score in scores.items()},
    })  # fmt: skip
    table["tree_score"] = np.floor(8 * table["regression_score"]) / 8  # a tree has few leaves
    for name, cutoff in cutoffs(table).items():
        call = table[f"{name}_score"] >= cutoff
        table[f"{name}_call"] = (call if name == "image" else call | table["image_call"]).astype(
            int
        )
    table["clinical_call"] = np.nan
    return table


def cutoffs(table: pd.DataFrame) -> dict[str, float]:
    """Return the Youden thresholds, the combined models' behind the gate."""
    malignant = (table["label"] == "malignant").to_numpy()
    ones = np.ones((1, len(table)))
    image = table["image_score"].to_numpy()
    first = youden_thresholds(ones, image, malignant)[0]
    found = {"image": first}
    for name in CALLED[1:]:
        score = table[f"{name}_score"].to_numpy()
        found[name] = youden_thresholds(
            ones, score, malignant, candidates=image < first, nobody=True
        )[0]
    return found


def ours(table: pd.DataFrame, replicates: int) -> pd.DataFrame:
    """Return ``bootstrap.csv``."""
    points = [
        {"model": name, "threshold": cutoff if np.isfinite(cutoff) else None, "chosen_on": "test"}
        for name, cutoff in cutoffs(table).items()
    ]
    sizes = pd.DataFrame({"case_id": table["case_id"], "diameter_cm": np.nan})
    settings = chosen({
        "seed": 1,
        "cohort": {"max_diameter_cm": 1.0, "inclusive": False},
        "operating_point": {"tie": "specificity", "threshold": "observed"},
        "combined_model": {"cutoff": "youden_gated", "applied_to": "image_negatives"},
        "evaluation": {"replicates": replicates, "confidence": CONFIDENCE},
    })  # fmt: skip
    found = bootstrap(
        predictions=table,
        cohort=sizes,
        operating_points=points,
        clinical_model={},
        settings=settings,
    )
    again = found["threshold"] == "reselected"
    if again.sum() != 5 * len(CALLED):
        raise RuntimeError("an operating point was not selected again: the study is not as meant")
    return found


def sklearn_loop(table: pd.DataFrame, replicates: int) -> np.ndarray:
    """Return the same metrics of resamples, one resample at a time."""
    rng = np.random.default_rng(1)
    label = (table["label"] == "malignant").to_numpy()
    scores = {name: table[f"{name}_score"].to_numpy() for name in MODELS}
    calls = {name: table[f"{name}_call"].to_numpy() == 1 for name in CALLED}
    rows = [np.flatnonzero(table["patient_id"] == p) for p in table["patient_id"].unique()]
    kinds = [tuple(np.unique(label[of])) for of in rows]
    strata = [[of for of, k in zip(rows, kinds, strict=True) if k == kind] for kind in set(kinds)]
    found = []
    for _ in range(replicates):
        drawn = np.concatenate([
            stratum[i] for stratum in strata for i in rng.integers(0, len(stratum), len(stratum))
        ])  # fmt: skip
        y = label[drawn]
        line = []
        for name in MODELS:
            line.append(metrics.roc_auc_score(y, scores[name][drawn]))
            line.append(metrics.brier_score_loss(y, scores[name][drawn]))
        first = best_threshold(y, scores["image"][drawn])
        for name in CALLED:
            line += of_calls(y, calls[name][drawn])
            score, call = scores[name][drawn], scores["image"][drawn] >= first
            if name != "image":
                again = ~call
                call = call | (score >= best_threshold(y[again], score[again]))
            line += of_calls(y, call)
        found.append(line)
    return np.array(found)


def best_threshold(y: np.ndarray, score: np.ndarray) -> float:
    """Return the Youden threshold by scikit-learn."""
    if y.all() or not y.any():
        return np.inf
    false, true, threshold = metrics.roc_curve(y, score)
    return float(threshold[np.argmax(true - false)])


def of_calls(y: np.ndarray, call: np.ndarray) -> list[float]:
    """Return five metrics of calls by scikit-learn."""
    return [
        metrics.recall_score(y, call),
        metrics.recall_score(~y, ~call),
        metrics.accuracy_score(y, call),
        metrics.precision_score(y, call, zero_division=np.nan),
        metrics.precision_score(~y, ~call, zero_division=np.nan),
    ]


def confidenceinterval(table: pd.DataFrame, replicates: int) -> Callable[[], None] | None:
    """Return a function that runs the package's percentile bootstrap, or None without it."""
    try:
        import confidenceinterval as package
        from confidenceinterval.bootstrap import bootstrap_ci
    except ImportError:
        return None
    label = (table["label"] == "malignant").astype(int).tolist()
    options = {"method": "bootstrap_percentile", "n_resamples": replicates}
    of_call = (package.tpr_score, package.tnr_score, package.accuracy_score, package.ppv_score,
               package.npv_score)  # fmt: skip

    def run() -> None:
        for name in MODELS:
            score = table[f"{name}_score"].tolist()
            bootstrap_ci(label, score, metric=metrics.roc_auc_score, **options)
        for name in CALLED:
            for metric in of_call:
                metric(label, table[f"{name}_call"].tolist(), **options)

    return run


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds, the better of two runs."""
    found = []
    for _ in range(2):
        wall, work = time.perf_counter(), time.process_time()
        run()
        found.append((time.perf_counter() - wall, time.process_time() - work))
    return min(found, key=lambda pair: pair[1])


def scaled(run: Callable[[], object], factor: float) -> tuple[float, float]:
    """Return wall and processor seconds of ``factor`` times the work."""
    wall, work = timed(run)
    return wall * factor, work * factor


def of_one(table: pd.DataFrame, n: int, args: argparse.Namespace) -> tuple[float, float]:
    """Return wall and processor seconds of one replicate."""
    if args.whole or n <= SIZES[1]:
        wall, work = timed(lambda: ours(table, args.replicates))
        return wall / args.replicates, work / args.replicates
    few = max(args.replicates // (n // 100), 300)
    resampling.MOST_LEFT_OUT = 1
    wall, work = timed(lambda: ours(table, few))
    return wall / few, work / few


def show(name: str, seconds: tuple[float, float], own: tuple[float, float]) -> None:
    ratio = seconds[1] / own[1]
    print(f"{name:<30} {seconds[0]:>9.2f} {seconds[1]:>13.2f} {ratio:>7.1f}")


if __name__ == "__main__":
    main()
