"""A made-up run's files, with the contract's columns, for the tests of the paper's output."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from diagnostic_accuracy.paired import PairedTable
from diagnostic_accuracy.printing import PrintedTable, as_csv
from paper_models import models, operating_points
from printed import PUBLISHED
from smallmass.cohort.findings import COLUMNS as FINDINGS
from smallmass.cohort.run_lengths import encode_rle
from smallmass.evaluation.choices import COLUMNS, OPTIONS, own_choice
from smallmass.evaluation.further import further_results
from smallmass.evaluation.published import Published
from smallmass.evaluation.simulated_studies import simulated_studies
from smallmass.evaluation.tallies import Tally
from smallmass.files import read_csv, write_bytes, write_csv, write_json
from smallmass.paper.checklists import CHECKLISTS, checklist
from smallmass.paper.page_notes import page_notes
from smallmass.paper.run_files import RunFiles
from smallmass.status import NO_FACTORS
from study_settings import study_settings

REPOSITORY = Path(__file__).resolve().parents[2]
REASON = str(NO_FACTORS)
METRICS = ("sensitivity", "specificity", "accuracy", "ppv", "npv", "auroc", "brier")
MODELS = ("image", "clinical", "regression", "tree")


def cohort(n: int = 120, *, clinical: bool = True, name: str = "phantom") -> pd.DataFrame:
    """A cohort whose first cases are training, then validation, then test."""
    rng = np.random.default_rng(7)
    malignant = np.arange(n) % 2 == 1
    table = pd.DataFrame({
        "case_id": [f"case{i:04d}" for i in range(n)],
        "cohort": name,
        "patient_id": [f"p{i:04d}" for i in range(n)],
        "group_id": [f"g{i:04d}" for i in range(n)],
        "image": [f"images/case{i:04d}.png" for i in range(n)],
        "outline": [f"outlines/case{i:04d}.png" for i in range(n)],
        "label": np.where(malignant, "malignant", "benign"),
        "diameter_cm": np.round(rng.uniform(0.3, 0.99, n), 2),
        "age_years": np.round(rng.normal(48, 9, n)),
        "family_history": rng.choice(["yes", "no"], n, p=[0.2, 0.8]),
        "brca_mutation": "no",
        "breast_density": rng.choice(["fatty", "scattered", "heterogeneous", "extreme"], n),
        "histology": np.nan,
    })  # fmt: skip
    if not clinical:
        table[["age_years", "diameter_cm"]] = np.nan
        table[["family_history", "brca_mutation", "breast_density"]] = "unknown"
    return table


def split(cases: pd.DataFrame) -> pd.DataFrame:
    """Half of the cases train, a quarter validates, a quarter tests."""
    n = len(cases)
    part = np.where(np.arange(n) < n // 2, "training",
                    np.where(np.arange(n) < 3 * n // 4, "validation", "test"))  # fmt: skip
    return pd.DataFrame({"case_id": cases["case_id"], "split": part})


def predictions(cases: pd.DataFrame, parts: pd.DataFrame, *, clinical: bool = True) -> pd.DataFrame:
    """Scores that carry some signal, and the calls of cut-offs at 0.5, gated."""
    rng = np.random.default_rng(11)
    malignant = (cases["label"] == "malignant").to_numpy()
    draw = lambda d: 1 / (1 + np.exp(-rng.normal(np.where(malignant, d, -d))))  # noqa: E731
    table = cases[["case_id", "patient_id", "cohort"]].merge(parts, on="case_id")
    table["fit"] = np.where(table["split"] == "test", "held_out", "in_sample")
    table["label"] = cases["label"]
    table["image_score"] = draw(1.0)
    table["image_call"] = (table["image_score"] >= 0.5).astype(int)
    for name, strength in (("clinical", 0.4), ("regression", 0.8), ("tree", 0.7)):
        table[f"{name}_score"] = draw(strength) if clinical else np.nan
    for name in ("regression", "tree"):
        call = (table[f"{name}_score"] >= 0.5) | (table["image_call"] == 1)
        table[f"{name}_call"] = call.astype(int) if clinical else np.nan
    return table


def performance(scores: pd.DataFrame, *, clinical: bool = True) -> pd.DataFrame:
    """Counts of the calls; the intervals are made up (estimate ± 0.08)."""
    rows = []
    for name, part in scores.groupby("split", sort=False):
        fit = part["fit"].iloc[0]
        for model in MODELS:
            known = clinical or model == "image"
            counts = _counts(part, model) if known and model != "clinical" else {}
            for metric in METRICS:
                if model == "clinical" and metric not in ("auroc", "brier"):
                    continue
                line = {"cohort": part["cohort"].iloc[0], "subset": "all", "split": name,
                        "fit": fit, "seed": "all", "model": model, "metric": metric,
                        "estimate": np.nan, "ci_low": np.nan, "ci_high": np.nan,
                        "numerator": np.nan, "denominator": np.nan, "ci_method": "",
                        "note": "" if known else REASON}  # fmt: skip
                if known and metric in counts:
                    hit, among = counts[metric]
                    line["numerator"], line["denominator"] = int(hit.sum()), int(among.sum())
                    line["estimate"] = line["numerator"] / line["denominator"]
                    line["ci_method"] = "Clopper-Pearson"
                elif known:
                    score, malignant = part[f"{model}_score"], part["label"] == "malignant"
                    line["estimate"] = _auroc(score, malignant) if metric == "auroc" else float(
                        ((score - malignant) ** 2).mean())  # fmt: skip
                    line["ci_method"] = "DeLong" if metric == "auroc" else "Student's t"
                if known:
                    line["ci_low"] = max(0.0, line["estimate"] - 0.08)
                    line["ci_high"] = min(1.0, line["estimate"] + 0.08)
                rows.append(line)
    return pd.DataFrame(rows)


def crossed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of results as if tested in BrEaST, by cross-fitting but for the image model.

    Training and validation are of BUS-BRA; the test set is of small lesions.
    """
    test = table["split"] == "test"
    table = table.assign(cohort=np.where(test, "breast", "busbra"))
    table["subset"] = np.where(test, "under_1cm", "all")
    model = table["model" if "model" in table else "model_b"]
    table["fit"] = table["fit"].mask(test & (model != "image"), "out_of_fold")
    return table


def bootstrap(table: pd.DataFrame) -> pd.DataFrame:
    """The keys of a performance table with percentile and BCa intervals."""
    key = ["cohort", "subset", "split", "fit", "seed", "model", "metric", "estimate"]
    result = table[key].assign(threshold="fixed")
    for name, wide in (("percentile", 0.09), ("bca", 0.1)):
        result[f"{name}_low"] = (table["estimate"] - wide).clip(lower=0)
        result[f"{name}_high"] = (table["estimate"] + wide).clip(upper=1)
    return result.assign(replicates=200, note="")


def intervals(table: pd.DataFrame) -> pd.DataFrame:
    """The proportions of a performance table by two methods; intervals that are made up."""
    known = table[table["numerator"].notna()]
    methods = (("wilson", "Wilson", 0.0625), ("cluster", "cluster-robust, t", 0.125))
    return pd.concat([
        known.assign(method=method, ci_method=name, ci_low=known["estimate"] - wide,
                     ci_high=known["estimate"] + wide)
        for method, name, wide in methods
    ])  # fmt: skip


def comparisons(scores: pd.DataFrame, *, clinical: bool = True) -> pd.DataFrame:
    """Discordant pairs, with P values that are made up."""
    rows = []
    for name, part in scores.groupby("split", sort=False):
        for model in ("regression", "tree"):
            for metric, label in (("sensitivity", "malignant"), ("specificity", "benign")):
                cases = part[part["label"] == label]
                right = int(label == "malignant")
                a = cases["image_call"] == right
                b = cases[f"{model}_call"] == right
                b_c = [int((b & ~a).sum()), int((a & ~b).sum())]
                change = (b_c[0] - b_c[1]) / len(cases) if clinical else np.nan
                rows.append({
                    "cohort": part["cohort"].iloc[0], "subset": "all", "split": name,
                    "fit": part["fit"].iloc[0],
                    "model_a": "image", "model_b": model, "metric": metric,
                    "gained": b_c[0] if clinical else np.nan,
                    "lost": b_c[1] if clinical else np.nan,
                    "test": "exact McNemar" if clinical else "",
                    "statistic": np.nan, "p_value": 0.003 if clinical else np.nan,
                    "p_holm": 0.012 if clinical else np.nan, "difference": change,
                    "ci_low": change - 0.125, "ci_high": change + 0.125,
                    "ci_method": "Newcombe, method 10" if clinical else "",
                    "note": "" if clinical else REASON,
                })  # fmt: skip
    return pd.DataFrame(rows)


def roc(scores: pd.DataFrame) -> pd.DataFrame:
    """Every observed threshold of every model and split."""
    rows = []
    for name, part in scores.groupby("split", sort=False):
        malignant = part["label"] == "malignant"
        for model in MODELS:
            score = part[f"{model}_score"]
            if score.isna().all():
                continue
            for cut in [np.inf, *sorted(score, reverse=True)]:
                rows.append({"cohort": part["cohort"].iloc[0], "split": name, "model": model,
                             "threshold": cut,
                             "false_positive_rate": float((score[~malignant] >= cut).mean()),
                             "true_positive_rate": float((score[malignant] >= cut).mean())},
                            )  # fmt: skip
    return pd.DataFrame(rows)


def pictures(root: Path, cases: pd.DataFrame, size: int = 96) -> pd.DataFrame:
    """Write a grey image with a dark disc, and its outline; return the regions found."""
    rows = []
    y, x = np.mgrid[:size, :size]
    for i, case in enumerate(cases.to_dict("records")):
        rng = np.random.default_rng(i)
        row, column = rng.uniform(0.35, 0.65, 2) * size
        disc = (y - row) ** 2 + (x - column) ** 2 < (size / 6) ** 2
        speckle = rng.rayleigh(40 + 30 * (1 - y / size), (size, size))
        image = np.clip(np.where(disc, speckle / 3, speckle), 0, 255).astype(np.uint8)
        _write_png(root / case["image"], image)
        _write_png(root / case["outline"], disc.astype(np.uint8) * 255)
        found = (y - row - 2) ** 2 + (x - column) ** 2 < (size / 6.5) ** 2
        rows.append({"case_id": case["case_id"], "fit": "in_sample", "detection": 0,
                     "p_background": 0.05, "p_benign": 0.5, "p_malignant": 0.45,
                     "y1": row - size / 6, "x1": column - size / 6, "y2": row + size / 6,
                     "x2": column + size / 6, "area_px": int(found.sum()),
                     "outline": encode_rle(found), "dice": 0.9})  # fmt: skip
    return pd.DataFrame(rows)


def image_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """``image_model/scores.csv`` of one seed."""
    return pd.DataFrame({"case_id": scores["case_id"], "seed": "0", "fit": scores["fit"],
                         "image_score": scores["image_score"], "found": 1, "dice": 0.9,
                         "detection": 0})  # fmt: skip


def calibration(scores: pd.DataFrame) -> pd.DataFrame:
    """Five bins of every model's score."""
    rows = []
    for name, part in scores.groupby("split", sort=False):
        for model in MODELS:
            score = part[f"{model}_score"]
            if score.isna().all():
                continue
            for number, (_, cases) in enumerate(part.groupby(pd.qcut(score, 5), observed=True)):
                observed = float((cases["label"] == "malignant").mean())
                rows.append({"cohort": part["cohort"].iloc[0], "subset": "all", "split": name,
                             "fit": part["fit"].iloc[0], "model": model, "bin": number,
                             "n": len(cases), "mean_score": cases[f"{model}_score"].mean(),
                             "observed": observed, "ci_low": max(0, observed - 0.2),
                             "ci_high": min(1, observed + 0.2)})  # fmt: skip
    columns = ["cohort", "split", "model", "mean_score", "observed"]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)


def gate_null(*, clinical: bool = True) -> pd.DataFrame:
    """Nineteen draws of each null, and what was observed: more than any draw gains."""
    columns = ["null", "draw", "model", "gain_sensitivity", "loss_specificity", "note"]
    if not clinical:
        return pd.DataFrame([{"note": REASON}], columns=columns)
    rows = []
    for model in ("regression", "tree"):
        rows.append(["observed", 0, model, 0.25, 0.05, ""])
        for null in ("permuted", "coin"):
            rows += [[null, i, model, 0.01 * i, 0.02, ""] for i in range(1, 20)]
    return pd.DataFrame(rows, columns=columns)


def choices(*, clinical: bool = True) -> pd.DataFrame:
    """Some combinations around the settings' own, with counts that are made up."""
    if not clinical:
        return pd.DataFrame([{"note": REASON}], columns=COLUMNS)
    own = own_choice(study_settings())
    rng = np.random.default_rng(3)
    rows = []
    for name, (_, values) in OPTIONS.items():
        for value in values:
            if (rows and value == own[name]) or value == "training_out_of_fold":
                continue
            row = {**own, name: value, "main": int(value == own[name]), "note": ""}
            for model in ("regression", "tree"):
                gained, lost = rng.integers(0, 9, 2)
                tally = Tally(PairedTable(38, int(gained), 0, 22 - int(gained)),
                              PairedTable(50, 0, int(lost), 10 - int(lost)))  # fmt: skip
                row |= {f"{model}_{key}": number for key, number in tally.numbers().items()}
            rows.append(row | {"image_sensitivity": 38 / 60, "image_specificity": 54 / 60})
    return pd.DataFrame(rows, columns=COLUMNS)


def scorecard(simulated: bool) -> pd.DataFrame:
    """Two claims."""
    return pd.DataFrame({
        "claim": ["AUROC of the image model, test", "sensitivity, image"],
        "published": [0.85, 0.633], "reproduced": [0.83, 0.6], "ci_low": [0.75, 0.5],
        "ci_high": [0.9, 0.7], "verdict": "simulated: no evidence" if simulated else "reproduced",
        "rule": "interval against the published value", "id": ["R01", "T2_01"],
    })  # fmt: skip


def _counts(part: pd.DataFrame, model: str) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Return which calls are right, and among which cases, of each measure of a model's calls."""
    malignant = part["label"] == "malignant"
    call = part[f"{model}_call"] == 1
    return {
        "sensitivity": (call & malignant, malignant),
        "specificity": (~call & ~malignant, ~malignant),
        "accuracy": (call == malignant, malignant | True),
        "ppv": (call & malignant, call),
        "npv": (~call & ~malignant, ~call),
    }


def _auroc(score: pd.Series, malignant: pd.Series) -> float:
    above = score[malignant].to_numpy()[:, None] > score[~malignant].to_numpy()[None]
    return float(above.mean())


def _write_png(path: Path, pixels: np.ndarray) -> None:
    from PIL import Image

    with io.BytesIO() as buffer:
        Image.fromarray(pixels).save(buffer, format="PNG")
        write_bytes(path, buffer.getvalue())


def printed_frame(table: PrintedTable) -> pd.DataFrame:
    """Return what a printed table's CSV holds, all of it text."""
    return pd.read_csv(io.StringIO(as_csv(table)), dtype=str, keep_default_na=False)


def write_run(root: Path, *, clinical: bool = True, name: str = "phantom") -> dict[str, Path]:
    """Write a run's files under ``root`` and return their paths by name."""
    cases = cohort(clinical=clinical, name=name)
    parts = split(cases)
    scores = predictions(cases, parts, clinical=clinical)
    table = performance(scores, clinical=clinical)
    regions = pictures(root / "data", cases)
    integrity = pd.DataFrame(columns=list(FINDINGS))
    integrity.loc[0] = ["caseX", "dropped", "L009", "diameter over the limit", "1.4 cm", "none"]
    integrity.loc[1] = ["case0001", "warning", "C011", "near-duplicate image", "as another", ""]
    published = read_csv(PUBLISHED)
    fits = models(cases, parts, clinical=clinical)
    settings = study_settings().changed({"cohort.sources": {name: "published"}})
    points = operating_points(clinical=clinical)
    run = RunFiles("synthetic", settings, cases, parts, integrity, table, points, *fits.values(),
                   notes=page_notes(cases, "synthetic", settings))  # fmt: skip
    frames = {
        "cohort/cohort": cases, "cohort/split": parts, "cohort/integrity": integrity,
        "predictions": scores, "image_model/detections": regions,
        "image_model/scores": image_scores(scores), "evaluation/performance": table,
        "evaluation/bootstrap": bootstrap(table), "evaluation/intervals": intervals(table),
        "evaluation/comparisons": comparisons(scores, clinical=clinical),
        "evaluation/roc": roc(scores), "evaluation/calibration": calibration(scores),
        "evaluation/gate_null": gate_null(clinical=clinical),
        "evaluation/choices": choices(clinical=clinical),
        "evaluation/simulated_studies": simulated_studies(Published(published), 100, 1),
        "published": published, "audit": read_csv(PUBLISHED.with_name("findings.csv")),
        **{f"checklists/{name}": printed_frame(checklist(run, name)) for name in CHECKLISTS},
        "scorecard": scorecard(name == "phantom"),
    }  # fmt: skip
    further = further_results(
        predictions=scores, scores=image_scores(scores), cohort=cases, performance=table,
        settings=settings.changed({"evaluation.replicates": 100}),
    )  # fmt: skip
    frames |= {f"evaluation/{name}": frame for name, frame in further.items()}
    paths = {"root": root / "data"}
    for key, frame in frames.items():
        paths[key.rpartition("/")[2]] = root / f"{key}.csv"
        write_csv(root / f"{key}.csv", frame)
    paths["image_scores"] = paths.pop("scores")
    paths["operating_points"] = root / "operating_points.json"
    write_json(paths["operating_points"], operating_points(clinical=clinical))
    benchmark = "s\th:m:s\tmax_rss\tcpu_time\n61.5\t0:01:01\t812.4\t100.2\n"
    write_bytes(root / "benchmarks" / "image_model" / "seed0.tsv", benchmark.encode())
    paths["benchmarks"] = root / "benchmarks"
    return paths
