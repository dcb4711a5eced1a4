"""Several images of a patient as one reading: their mean score, beside the readers' category.

A reader's category is given to what all of a patient's images show, a model's score to one image.
Where all images of a patient bear one label they are taken for views of one lesion. It is the mean,
not the highest score that ``evaluation.unit: patient`` takes (A37), since the highest of several
grows with their number. What the highest gives on BUS-BRA stands in ``docs/rivals.md``, too.
"""

import numpy as np
import pandas as pd

from smallmass.rivals.birads import categories, ranks


def per_patient(lesions: pd.DataFrame) -> pd.DataFrame:
    """Return a row a patient whose cases bear one label; none where no patient has several cases.

    Args:
        lesions: Of `out_of_fold.lesions_of`, with ``birads`` as the cohort has it.

    Returns:
        pd.DataFrame: patient, malignant, image_score (the mean), birads (the highest category).
    """
    labels = lesions.groupby("patient")["malignant"].transform("nunique")
    one = lesions[labels == 1]
    if not one["patient"].duplicated().any():
        return one.iloc[:0]
    # The highest category of a patient first; a case without one comes last.
    rank = np.nan_to_num(ranks(categories(one["birads"])), nan=-np.inf)
    ordered = one.iloc[np.argsort(-rank, kind="stable")]
    groups = ordered.groupby("patient", sort=True)
    table = groups[["malignant", "birads"]].first()  # the first that is recorded
    return table.assign(image_score=groups["image_score"].mean()).reset_index()
