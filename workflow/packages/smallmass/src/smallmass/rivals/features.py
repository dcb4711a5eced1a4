"""``rivals/features.csv``: plain features of every lesion, of predicted and of true outlines."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from smallmass.cohort.images import read_grey
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.run_lengths import decode_rle
from smallmass.rivals.outline_features import FEATURES, outline_features
from smallmass.words import Word

COLUMNS = ["case_id", "outline", "seed", "fit", *FEATURES]


class Outline(Word):
    """Whose outline features are of."""

    PREDICTED = "predicted", "predicted outline"
    TRUE = "true", "reader’s outline"


def read_outlines(path: str | Path) -> pd.DataFrame:
    """Read of ``detections.csv`` what `feature_table` needs of it."""
    return pd.read_csv(
        path,
        usecols=["case_id", "fit", "detection", "outline"],
        dtype={"case_id": str},
        keep_default_na=False,
        na_values=[""],
    )


def feature_table(
    cohort: pd.DataFrame,
    scores: pd.DataFrame,
    detections: Mapping[int, Iterable[pd.DataFrame]],
) -> pd.DataFrame:
    """Return the features of the regions that gave the image scores, and of the true outlines.

    Args:
        cohort: ``cohort.csv``, its paths from the working folder on.
        scores: ``image_model/scores.csv``.
        detections: By seed the tables of `read_outlines`.

    Returns:
        DataFrame: `COLUMNS`; seed and fit are empty of a true outline. An outline that is not there
        has no row.
    """
    # A case without a region has a row, too, with nothing in it.
    read = scores.dropna(subset=["detection"]).astype({"seed": str, "detection": "Int64"})
    keys = ["case_id", "fit", "detection"]
    chosen = pd.concat(
        [
            table.astype({"detection": "Int64"}).merge(
                read.loc[read["seed"] == str(seed), [*keys, "seed"]], on=keys
            )
            for seed, parts in detections.items()
            for table in parts
        ]
    )
    of_case = {case_id: part for case_id, part in chosen.groupby("case_id", sort=False)}
    rows = []
    for case in cohort.itertuples():
        grey = read_grey(case.image, None if pd.isna(case.frame) else int(case.frame))
        if isinstance(case.outline, str) and case.outline:
            found = outline_features(grey, read_outline("", case.outline, grey.shape))
            rows.append({"case_id": case.case_id, "outline": Outline.TRUE, **(found or {})})
        for region in of_case.get(case.case_id, chosen.iloc[:0]).itertuples():
            found = outline_features(grey, decode_rle(region.outline))
            rows.append(
                {
                    "case_id": case.case_id,
                    "outline": Outline.PREDICTED,
                    "seed": region.seed,
                    "fit": region.fit,
                    **(found or {}),
                }
            )
    table = pd.DataFrame(rows, columns=COLUMNS).dropna(subset=["size"])
    return table.round(dict.fromkeys(FEATURES, 6)).reset_index(drop=True)
