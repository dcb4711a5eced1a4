"""A published file: a row a lesion that a model read without having learnt of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.cohort.roles import without_roots
from smallmass.errors import UserError
from smallmass.evaluation.cases import calls, threshold_of
from smallmass.files import read_csv, read_json
from smallmass.words import Fit, Label, Model, cohort_name

STUDY = "study"
RECORD = "study.json"
"""In a folder of published rivals: what the study was."""
COLUMNS = [
    "case_id",
    "cohort",
    "patient_id",
    "label",
    "diameter_cm",
    "study",
    "split",
    "fit",
    "image_score",
    "image_probability",
    "cutoff",
    "call",
    "found",
    "dice",
]
# Cohorts of which case-level results may be passed on, and on what terms.
TERMS = {
    "phantom": "Phantoms: simulated, no evidence of anything.",
    "busbra": "BUS-BRA: its licence lets derived data be published; cite Gómez-Flores et al., "
    "Med Phys 2024;51:3110.",
    "breast": "BrEaST: CC BY 4.0; cite Pawłowska et al., Sci Data 2024;11:148.",
}


def collect(results: Sequence[Path], of: str = STUDY) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Return the rows of a published file, and what the studies were that they are of.

    Args:
        results: Folders of finished studies; each lesion is read by one of them.
        of: One of `KINDS`: what of the studies is published.

    Raises:
        UserError: If a study is not finished, a cohort must not be passed on, a lesion has no
            honest reading, or more than one. Lists every problem.
    """
    problems: list[str] = []
    kind, tables, records = KINDS[of], [], []
    for folder in results:
        try:
            tables.append(kind.read(folder))
            records.append(kind.record(folder))
        except OSError as error:
            problems.append(f"{folder} {kind.lacking}: {error.filename} is missing")
    if problems:
        raise UserError(problems)
    table = pd.concat(tables, ignore_index=True)
    problems += refused(table["cohort"])
    twice = table.loc[table["case_id"].duplicated(), "case_id"].unique()
    if len(twice):
        problems.append(
            f"{len(twice)} lesions are read by several models, {', '.join(twice[:3])} among them: "
            "publish each study in a file of its own"
        )
    if table.empty:
        problems.append("no lesion is held out or out of fold")
    if problems:
        raise UserError(problems)
    return table, records


def refused(cohorts: pd.Series) -> list[str]:
    """Return why lesions of these cohorts must not be published, a line each."""
    return [
        f"{cohort_name(name)}: its terms are not known to let results of single lesions be "
        f"published. Known: {', '.join(TERMS)}"
        for name in cohorts.unique()
        if name not in TERMS
    ]


def read_published(path: str | Path) -> pd.DataFrame:
    """Return a published file.

    Raises:
        UserError: If columns are missing, a label is none, or a lesion stands there twice.
    """
    table = read_csv(path)
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise UserError(f"{path}: no column {', no column '.join(missing)}")
    problems = []
    if not table["label"].isin(list(Label)).all():
        problems.append(f"{path}: a label is neither of {', '.join(Label)}")
    if table["case_id"].duplicated().any():
        problems.append(f"{path}: a case_id stands there twice")
    if problems:
        raise UserError(problems)
    return table


def _read_study(folder: Path) -> pd.DataFrame:
    """Return a study's rows: what the image model said of lesions that it did not learn of."""
    predictions = read_csv(folder / "predictions.csv")
    honest = predictions[predictions["fit"].isin([Fit.HELD_OUT, Fit.OUT_OF_FOLD])]
    scores = read_csv(folder / "image_model/scores.csv")
    numbers = scores.assign(**{name: pd.to_numeric(scores[name]) for name in ("found", "dice")})
    means = numbers.groupby(["case_id", "fit"], as_index=False)[["found", "dice"]].mean()
    sizes = read_csv(folder / "cohort/cohort.csv")[["case_id", "diameter_cm"]]
    table = honest.merge(means, on=["case_id", "fit"], validate="1:1").merge(sizes, on="case_id")
    cutoff, _ = threshold_of(read_json(folder / "operating_points.json"), Model.IMAGE)
    table = table.assign(
        study=read_json(folder / "run.json")["study"],
        cutoff=cutoff,
        call=pd.array(calls(table["image_call"]), dtype="Int64"),
        found=table["found"].convert_dtypes(),  # 0 or 1, unless several seeds differ
        diameter_cm=table["diameter_cm"].round(3),
    )
    return table[COLUMNS]


def _record(folder: Path) -> dict[str, Any]:
    """Return what a study was: its settings, versions, code and models."""
    run = read_json(folder / "run.json")
    models = {name: value for name, value in run["sha256"].items() if name.endswith("weights.h5")}
    return {
        "study": run["study"],
        "seed": run["settings"]["seed"],
        "sources": without_roots(run["settings"]["cohort"]["sources"]),
        "image_model": run["settings"]["image_model"],
        "git": run["git"],
        "versions": {name: run["versions"][name] for name in ("smallmass", "tensorflow", "keras")},
        "weights_sha256": {name: models[name] for name in models if name.startswith("image_model")},
    }


def _read_folds(folder: Path) -> pd.DataFrame:
    """Return the out-of-fold scores of a study; each fold's model counts as one of its own."""
    cases = read_csv(folder / "rivals/folds/cases.csv")
    table = cases.assign(
        study=folder.name + "/" + cases["fold"],
        fit=Fit.OUT_OF_FOLD.value,
        call=pd.array(cases["call"], dtype="Int64"),
        found=cases["found"].convert_dtypes(),
        diameter_cm=cases["diameter_cm"].round(3),
    )
    return table[COLUMNS]


def _record_of_folds(folder: Path) -> dict[str, Any]:
    """Return what the models of the folds were: settings, start, weights, and of how many cases."""
    models = {
        path.relative_to(folder / "rivals/folds").parent.as_posix(): read_json(path)
        for path in sorted((folder / "rivals/folds").glob("fold_*/seed*/full/model.json"))
    }
    if not models:
        raise FileNotFoundError(2, "", str(folder / "rivals/folds/fold_1/seed0/full/model.json"))
    first = next(iter(models.values()))
    start = first["start"]
    return {
        "study": folder.name,
        "image_model": first["settings"],
        "start": start and {name: start[name] for name in ("name", "sha256")},
        "training_cases": {name: model["training_cases"] for name, model in models.items()},
        "weights_sha256": {name: model["weights_sha256"] for name, model in models.items()},
    }


@dataclass(frozen=True)
class Kind:
    """What of a study is published.

    Attributes:
        read: From its folder to the rows.
        record: From its folder to what the models were.
        lacking: What a folder is in which a file is missing.
    """

    read: Callable[[Path], pd.DataFrame]
    record: Callable[[Path], dict[str, Any]]
    lacking: str


KINDS = {
    STUDY: Kind(_read_study, _record, "is no finished study"),
    # Of `snakemake rival_folds`: the study itself need not be finished.
    "folds": Kind(_read_folds, _record_of_folds, "has no scores out of fold"),
}
"""By the words of ``--of``."""
