"""A study's rivals, published: what each says of each test case, and the study's own models.

A folder of them holds ``predictions.csv`` (the study's models), a CSV and a JSON file a part, and
``study.json``: settings of the evaluation and what each part cost. The table and the forest plot
are made of nothing else. What models that were trained anew read lies beside it
(`published.retrained`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from smallmass.errors import UserError
from smallmass.files import read_csv, read_json, write_csv, write_json
from smallmass.paper.page_notes import PageNotes
from smallmass.published.cases import RECORD, TERMS, refused
from smallmass.published.retrained import made_anew, publish_cases
from smallmass.rivals.comparison import STUDY
from smallmass.rivals.rival import Part, read_part, write_part
from smallmass.settings import Settings
from smallmass.settings.picking import chosen
from smallmass.words import CALLING, Model, Split

OF_EVALUATION = (
    "proportion_interval",
    "mcnemar",
    "difference_interval",
    "auroc_interval",
    "replicates",
    "confidence",
)
LIMITS = ("max_diameter_cm", "inclusive")
KEPT = [
    "case_id",
    "cohort",
    "patient_id",
    "label",
    "diameter_cm",
    "split",
    "fit",
    *(f"{model}_score" for model in Model),
    *(f"{model}_call" for model in CALLING),
]


@dataclass(frozen=True)
class PublishedRivals:
    """What a folder of published rivals holds.

    Attributes:
        parts: The rivals.
        predictions: As ``predictions.csv``, with the lesions' sizes.
        settings: The study's ``seed``, ``cohort`` and ``evaluation``, as far as they are needed.
        costs: Core-minutes by part.
        notes: What must be said of the study beneath every table.
    """

    parts: tuple[Part, ...]
    predictions: pd.DataFrame
    settings: Settings
    costs: Mapping[str, float]
    notes: tuple[str, ...]


def publish(folder: Path, results: Path) -> int:
    """Write the rivals of a finished study as a folder, and return the number of its test cases.

    Args:
        folder: Where to.
        results: The study's results, with ``rivals.csv``.

    Raises:
        UserError: If the study has no rivals, or a cohort must not be passed on.
    """
    try:
        run, table = read_json(results / "run.json"), read_csv(results / "rivals.csv")
        predictions = read_csv(results / "predictions.csv")
        sizes = read_csv(results / "cohort/cohort.csv").set_index("case_id")["diameter_cm"]
        notes = PageNotes(**read_json(results / "notes.json")).every
    except OSError as error:
        raise UserError(
            f"{results} has no rivals: {error.filename} is missing. Make them: uv run snakemake "
            f"rivals --config study={results.name}"
        ) from error
    tested = predictions[predictions["split"] == Split.TEST]
    tested = tested.assign(diameter_cm=tested["case_id"].map(sizes).round(3))
    anew = made_anew(results)
    # These hold lesions of sets that train alone, too.
    cohorts = pd.concat([tested["cohort"], *(cases["cohort"] for cases in anew.values())])
    if problems := refused(cohorts):
        raise UserError(problems)
    costs = table.dropna(subset=["core_minutes"]).groupby("part")["core_minutes"].first()
    further = [name for name in ("clinical_fit",) if name in tested]
    write_csv(folder / "predictions.csv", tested[[*KEPT, *further]])
    # Of what was imported from a folder of somebody's own nothing is passed on.
    names = [name for name in table["part"].unique() if name not in (STUDY, "imported")]
    for name in names:
        part = read_part(
            scores=results / f"rivals/{name}.csv", record=results / f"rivals/{name}.json"
        )
        write_part(part, scores=folder / f"{name}.csv", record=folder / f"{name}.json")
    settings = run["settings"]
    record: dict[str, Any] = {
        "study": run["study"],
        "git": run["git"],
        "settings": {
            "seed": settings["seed"],
            "cohort": {name: settings["cohort"][name] for name in LIMITS},
            "evaluation": {name: settings["evaluation"][name] for name in OF_EVALUATION},
        },
        "parts": names,
        "trained_anew": publish_cases(folder, results, anew),
        "core_minutes": {name: float(costs[name]) for name in (STUDY, *names) if name in costs},
        "notes": notes,
        "terms": [TERMS[name] for name in tested["cohort"].unique()],
    }
    write_json(folder / RECORD, record)
    return len(tested)


def read_rivals(folder: Path) -> PublishedRivals:
    """Read what `publish` wrote."""
    record = read_json(folder / RECORD)
    parts = [
        read_part(scores=folder / f"{name}.csv", record=folder / f"{name}.json")
        for name in record["parts"]
    ]
    return PublishedRivals(
        parts=tuple(parts),
        predictions=read_csv(folder / "predictions.csv"),
        settings=chosen(record["settings"]),
        costs=record["core_minutes"],
        notes=(*record["notes"], *record["terms"]),
    )
