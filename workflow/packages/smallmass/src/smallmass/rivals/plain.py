"""The plain yardstick: logistic regression on sixteen features of the lesion's outline.

It is fitted on training cases alone and its cut-off is chosen as the study's is. An image model
that is not better than this has seen nothing that its outline does not say.
"""

from typing import Any

import numpy as np
import pandas as pd

from smallmass.combined.operating_point import rows_of
from smallmass.rivals.features import Outline
from smallmass.rivals.outline_features import FEATURES
from smallmass.rivals.ridge import ridge
from smallmass.rivals.rival import Part, Rival, called, of_test
from smallmass.settings import OperatingPointSettings
from smallmass.words import Fit, Label, Split

NAME, PRINTED = "plain", "Plain features"
ROWS = ["case_id", "split", "fit", "label"]


def plain_part(
    features: pd.DataFrame, predictions: pd.DataFrame, operating_point: OperatingPointSettings
) -> Part:
    """Return the rivals of plain features: of the predicted outline, and of the true one.

    Args:
        features: Of `features.feature_table`.
        predictions: ``predictions.csv``.
        operating_point: The study's.
    """
    rivals, left_out = [], []
    for outline in Outline:
        found = features[features["outline"] == outline]
        made = _rival(outline, found, predictions[ROWS], operating_point)
        if isinstance(made, str):
            left_out.append(f"Plain features of the {outline.printed}: {made}")
        else:
            rivals.append(made)
    return Part(NAME, PRINTED, tuple(rivals), tuple(left_out))


def _rival(
    outline: Outline,
    features: pd.DataFrame,
    table: pd.DataFrame,
    operating_point: OperatingPointSettings,
) -> Rival | str:
    """Return the regression of one kind of outline, or why there is none."""
    tested = table["split"] == Split.TEST
    # A test set that chose a cut-off is called in-sample; its outlines still are not.
    own = table["fit"].where(~tested, Fit.HELD_OUT)
    by_seed = (
        [part for _, part in features.groupby("seed")]
        if outline is Outline.PREDICTED
        else [features]
    )
    keys = ["case_id", "fit"] if outline is Outline.PREDICTED else ["case_id"]
    scores, records = [], []
    for part in by_seed:
        known = table.assign(fit=own)[[*ROWS]].merge(
            part[[*keys, *FEATURES]], on=keys, how="left", validate="many_to_one"
        )
        made = _fitted(known)
        if isinstance(made, str):
            return made
        # As the image model without a region, whose seeds are averaged with this 0, too.
        scores.append(np.nan_to_num(made[0]) if outline is Outline.PREDICTED else made[0])
        records.append(made[1])
    if not scores:
        return "there is no such outline"
    score = np.mean(scores, axis=0)
    call, point = called(score, table, operating_point)
    return Rival(
        name=f"{NAME}_{outline}",
        printed=f"Plain features, {outline.printed}",
        reads=f"Sixteen features of shape and texture of the {outline.printed}; logistic "
        f"regression on {records[0]['n']} training cases",
        cases=of_test(table, score, call),
        record={"cutoff": point.to_dict(), "regressions": records},
    )


def _fitted(known: pd.DataFrame) -> tuple[np.ndarray, dict[str, Any]] | str:
    """Return the probability of every row, NaN without features, and the regression's record.

    Args:
        known: split, fit, label and `FEATURES` of each row.
    """
    values = known[list(FEATURES)].to_numpy(float)
    malignant = (known["label"] == Label.MALIGNANT).to_numpy()
    try:
        return ridge(values, malignant, rows_of(known, Split.TRAINING), FEATURES)
    except ValueError:
        return "no outlined training cases of both labels"
