"""BUS-BRA to train on, BrEaST to test on: the paper's claim on other patients.

No case of BrEaST trains or validates the image model. Of BUS-BRA's official folds one validates and
the others train; none is kept for a test, as BrEaST is the test. Both sets number their patients
from 1, so a patient's name says which set it is of.
"""

from pathlib import Path

import pandas as pd

from smallmass.cohort.sources import breast, busbra
from smallmass.cohort.sources.reading import Reading, Source
from smallmass.errors import UserError

VALIDATION_FOLD = "2"  # as in the study of BUS-BRA alone


def read(root: Path, settings: dict) -> Reading:
    """Read both sets below ``root``, the folder of public datasets.

    Raises:
        UserError: If either set cannot be read. Lists every problem of both.
    """
    readings, problems = [], []
    for source in (busbra, breast):
        try:
            readings.append(source.read(root, settings))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(problems)
    trained, tested = (reading.cases for reading in readings)
    fold = trained["x_fold"]
    # A case without a fold has no role: the split then says so.
    trained["published_split"] = fold.where(fold.isna(), "training").mask(
        fold == VALIDATION_FOLD, "validation"
    )
    tested["published_split"] = "test"
    cases = pd.concat([trained, tested], ignore_index=True)
    known = cases["patient_id"] != ""
    named = cases["cohort"] + " " + cases["patient_id"]
    cases["patient_id"] = named.where(known, "")
    return Reading(
        cases,
        [finding for reading in readings for finding in reading.dropped],
        [finding for reading in readings for finding in reading.findings],
    )


SOURCE = Source(
    name="busbra_breast",
    title="BUS-BRA and BrEaST",
    expected=(*busbra.SOURCE.expected, *breast.SOURCE.expected),
    public=True,
    reader=read,
)
