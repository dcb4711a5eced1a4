"""Other models' predictions as rivals: the same cases, the same rule for cut-offs."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.outlines import dice
from smallmass.cohort.run_lengths import encode_rle
from smallmass.exchange.predictions import REGIONS_ALONE, model_name, read_predictions, sources
from smallmass.exchange.read import Predicted
from smallmass.image_model.scores import HITS
from smallmass.options import Found
from smallmass.rivals.rival import Part, Rival, called, of_test
from smallmass.settings import OperatingPointSettings
from smallmass.words import Split

NAME, PRINTED = "imported", "Other models"


def imported_part(
    folder: str | Path,
    cohort: pd.DataFrame,
    transforms: pd.DataFrame,
    predictions: pd.DataFrame,
    operating_point: OperatingPointSettings,
    found: str,
) -> tuple[Part, pd.DataFrame]:
    """Return the models whose predictions lie in a folder, and how well they outline.

    Args:
        folder: See `exchange.predictions`.
        cohort: ``cohort.csv``, its paths from the working folder on.
        transforms: ``transforms.csv``, for the images' sizes.
        predictions: ``predictions.csv``.
        operating_point: The study's.
        found: A38, when an outline has found the lesion.

    Returns:
        tuple: The part; rival, case_id, found (0, 1) and dice (a miss is 0) of each test case that
        was read and has a reader's outline.

    Raises:
        UserError: If a prediction cannot be used: every problem of the first model with any.
    """
    shapes = {
        str(row.case_id): (int(row.height), int(row.width)) for row in transforms.itertuples()
    }
    table = predictions.drop_duplicates("case_id")[["case_id", "split", "fit", "label"]]
    rivals, left_out, localised = [], [], []
    for source in sources(folder):
        name, read = model_name(source), read_predictions(source, shapes)
        if source.suffix.lower() == REGIONS_ALONE and not source.is_dir():
            read = _read_splits(read, table)
        made = _rival(name, read, table, operating_point)
        if isinstance(made, str):
            left_out.append(f"{name}: {made}")
            continue
        rivals.append(made)
        localised.append(_localised(made.name, read, table, cohort, found))
    columns = ["rival", "case_id", "found", "dice"]
    outlines = pd.concat(localised) if localised else pd.DataFrame(columns=columns)
    return Part(NAME, PRINTED, tuple(rivals), tuple(left_out)), outlines


def _read_splits(read: Mapping[str, Predicted], table: pd.DataFrame) -> dict[str, Predicted]:
    """Return predictions without the splits in which no case has any: these were not read."""
    kept: dict[str, Predicted] = {}
    for _, part in table.groupby("split"):
        of_part = {case: read[case] for case in part["case_id"] if case in read}
        if any(one.score > 0 or one.outline is not None for one in of_part.values()):
            kept |= of_part
    return kept


def _rival(
    name: str,
    read: Mapping[str, Predicted],
    table: pd.DataFrame,
    operating_point: OperatingPointSettings,
) -> Rival | str:
    """Return one model as a rival, or why it is none."""
    score = np.array([read[case].score if case in read else np.nan for case in table["case_id"]])
    tested = (table["split"] == Split.TEST).to_numpy() & np.isfinite(score)
    if not tested.any():
        return "no test case was read"
    call, point = called(score, table, operating_point)
    known = int(tested.sum())
    reads = f"Predictions of another model, {known} test cases"
    if np.isnan(call).all():
        reads += (
            f"; no cut-off, as it has not read {operating_point.chosen_on} cases of both labels"
        )
    return Rival(
        name=f"{NAME}_{name}",
        printed=name,
        reads=reads,
        cases=of_test(table, score, call),
        record={"cutoff": point.to_dict(), "read": int(np.isfinite(score).sum())},
    )


def _localised(
    name: str, read: Mapping[str, Predicted], table: pd.DataFrame, cohort: pd.DataFrame, rule: str
) -> pd.DataFrame:
    """Return found and Dice of each test case that was read and has a reader's outline."""
    tested = set(table.loc[table["split"] == Split.TEST, "case_id"])
    rows: list[dict] = []
    if all(one.outline is None for one in read.values()):
        return pd.DataFrame(rows, columns=["rival", "case_id", "found", "dice"])
    for case in cohort.itertuples():
        if case.case_id not in tested or case.case_id not in read:
            continue
        if not isinstance(case.outline, str) or not case.outline:
            continue
        outline = read[str(case.case_id)].outline
        hit, overlap = 0, 0.0
        if outline is not None and outline.any():
            truth = read_outline("", case.outline, outline.shape)
            hit = int(HITS[Found(rule)].rule(_Region(outline), truth))
            overlap = dice(outline, truth) if hit else 0.0
        rows.append(
            {"rival": name, "case_id": case.case_id, "found": hit, "dice": round(overlap, 6)}
        )
    return pd.DataFrame(rows, columns=["rival", "case_id", "found", "dice"])


class _Region:
    """An outline as the rules for finding a lesion read a region: box (y1, x1, y2, x2), outline."""

    def __init__(self, outline: np.ndarray):
        y, x = np.nonzero(outline)
        self.y1, self.x1, self.y2, self.x2 = y.min(), x.min(), y.max() + 1, x.max() + 1
        self.outline = encode_rle(outline)
