"""The classifier from labels alone as a rival of the study's models."""

from typing import Any

import pandas as pd

from smallmass.rivals.rival import Part, Rival, called, of_test
from smallmass.settings import OperatingPointSettings
from smallmass.words import Split

NAME, PRINTED = "weak", "Labels alone"


def cases_to_read(
    cohort: pd.DataFrame, split: pd.DataFrame, operating_point: OperatingPointSettings
) -> pd.DataFrame:
    """Return case_id and split of the cases that are read: test, validation, what a cut-off needs.

    Args:
        cohort: ``cohort.csv``.
        split: ``cohort/split.csv``.
        operating_point: The study's.
    """
    wanted = {Split.TEST, Split.VALIDATION, Split(operating_point.chosen_on)}
    known = split[split["split"].isin(wanted) & split["case_id"].isin(cohort["case_id"])]
    return known[["case_id", "split"]].sort_values("case_id", ignore_index=True)


def weak_part(
    scores: pd.DataFrame,
    predictions: pd.DataFrame,
    record: dict[str, Any],
    share: float | None,
    operating_point: OperatingPointSettings,
) -> Part:
    """Return the part with its one rival.

    Args:
        scores: case_id and score of the cases that were read.
        predictions: ``predictions.csv``.
        record: Of the trained network.
        share: Of a map's highest value, from which a region is outlined; chosen on validation.
        operating_point: The study's.
    """
    table = predictions[["case_id", "split", "fit", "label"]]
    score = table["case_id"].map(scores.set_index("case_id")["score"]).to_numpy(float)
    call, point = called(score, table, operating_point)
    rival = Rival(
        name=NAME,
        printed=PRINTED,
        reads=f"An image classifier that learnt from the labels of {record['training_images']} "
        f"images, without an outline, {_began(record)}: a map of the whole image, its "
        f"{record['design']['patches']} best patches, and both together",
        cases=of_test(table, score, call),
        record={
            "cutoff": point.to_dict(),
            "map_share": share,
            **{name: record[name] for name in ("backbone", "design", "parameters", "steps")},
        },
    )
    return Part(NAME, PRINTED, (rival,))


def _began(record: dict[str, Any]) -> str:
    """Return what a network started from, in words."""
    start = record["start"]
    if start is None:
        return "from random weights"
    return (
        f"from where the image model starts ({start['name']}; what taught that may have outlines)"
    )
