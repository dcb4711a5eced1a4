"""What an image model that is trained anew learns from, and which cases it then reads.

It never learns from a case that belongs to one that it reads: of the same patient, of the same
image, or a near-duplicate (`groups.units`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smallmass.cohort.groups import units
from smallmass.evaluation.by_patient import READ, mean_over_seeds
from smallmass.files import read_csv, read_json, write_csv, write_json
from smallmass.words import Label, Split


@dataclass(frozen=True)
class Training:
    """A model to be trained.

    Attributes:
        name: In files, letters, digits and underscores.
        printed: On pages: what it reads, or learns from.
        training: The cases that it learns from.
        reads: The cases that it reads.
        seeds: The numbers of its models' seeds.
    """

    name: str
    printed: str
    training: tuple[str, ...]
    reads: tuple[str, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Dealt:
    """The trainings of a part, and what its data cannot give, each with the reason."""

    trainings: tuple[Training, ...] = ()
    left_out: tuple[str, ...] = ()


def trained_on(cases: pd.DataFrame, split: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of those cohorts that the study trains on, by case; no other ever trains.

    Args:
        cases: ``cohort.csv``.
        split: case_id, split.
    """
    training = set(split.loc[split["split"] == Split.TRAINING, "case_id"])
    names = set(cases.loc[cases["case_id"].isin(training), "cohort"])
    rows = cases[cases["cohort"].isin(names)]
    return rows.sort_values("case_id", ignore_index=True)


def without(cases: pd.DataFrame, read: np.ndarray) -> pd.DataFrame:
    """Return the cases that may train a model which reads some of them.

    Args:
        cases: Rows of the cohort.
        read: bool ``(cases,)``, those that it reads.

    Returns:
        pd.DataFrame: The others with an outline that share no unit with a case that is read.
    """
    unit = units(cases)
    apart = ~unit.isin(set(unit[read]))
    return cases[apart & cases["outline"].notna()]


def lacks_label(cases: pd.DataFrame) -> bool:
    """Return whether cases have one label alone, or are none."""
    return cases["label"].nunique() < len(Label)


def write_trainings(dealt: Dealt, outputs: Any) -> None:
    """Write what is trained: a list, two tables a training, and all cases that are read.

    A table that is there already and the same is left alone, so that no training is repeated for
    its time; one of an earlier deal that is no more is removed.

    Args:
        dealt: The trainings.
        outputs: Paths ``trainings`` (JSON: names, counts, seeds, what is left out), ``splits``
            and ``to_read`` (folders; a split a training as ``split.csv`` has it, and its rows that
            are read) and ``judged`` (CSV, all cases that are read, as test cases).
    """
    names = {f"{training.name}.csv" for training in dealt.trainings}
    for folder in (outputs.splits, outputs.to_read):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path in Path(folder).iterdir():
            if path.name not in names:
                path.unlink()
    for training in dealt.trainings:
        name = f"{training.name}.csv"
        read = _split(training.reads, Split.TEST)
        learnt = _split(training.training, Split.TRAINING)
        both = pd.concat([learnt, read], ignore_index=True)
        _write_changed(Path(outputs.splits) / name, both)
        _write_changed(Path(outputs.to_read) / name, read)
    judged = sorted({case for training in dealt.trainings for case in training.reads})
    _write_changed(outputs.judged, _split(judged, Split.TEST))
    listed = [
        asdict(training)
        | {"training": len(training.training), "reads": len(training.reads)}
        for training in dealt.trainings
    ]  # fmt: skip
    write_json(outputs.trainings, {"trainings": listed, "left_out": list(dealt.left_out)})


def _write_changed(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table of texts, unless the file holds just this."""
    if not (Path(path).is_file() and read_csv(path).equals(table)):
        write_csv(path, table)


def read_trainings(path: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the trainings of a part, with numbers of cases for the cases, and what is left out.

    Args:
        path: ``trainings.json`` of `write_trainings`.
    """
    known = read_json(path)
    return known["trainings"], known["left_out"]


def mean_scores(paths: Sequence[str | Path], names: Sequence[str]) -> pd.DataFrame:
    """Return what each training says of the cases that it reads, a mean over its seeds.

    Args:
        paths: ``scores.csv`` of each training.
        names: Of the trainings.

    Returns:
        pd.DataFrame: training, case_id, image_score, found and dice (NaN without an outline).
    """
    tables = []
    for path, name in zip(paths, names, strict=True):
        tables.append(mean_over_seeds(read_csv(path)).assign(training=name))
    columns = ["training", "case_id", *READ]
    return (
        pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    )


def _split(case_ids: Sequence[str], part: str) -> pd.DataFrame:
    return pd.DataFrame({"case_id": list(case_ids), "split": str(part)}, dtype=str)
