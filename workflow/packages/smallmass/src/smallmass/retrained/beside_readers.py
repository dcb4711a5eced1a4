"""Out-of-fold scores beside the categories that readers recorded of the same lesions."""

from dataclasses import replace
from typing import Any

import pandas as pd

from diagnostic_accuracy.clustered_roc import clustered_auroc, clustered_auroc_test
from diagnostic_accuracy.roc import fewest
from smallmass.evaluation.by_patient import arrays, cells
from smallmass.rivals.birads import categories, ranks

READERS, LESS_READERS = "birads_auroc", "auroc_less_birads"
"""The AUROC of BI-RADS, and the model's less this."""


def beside_readers(lesions: pd.DataFrame, confidence: float) -> list[dict[str, Any]]:
    """Return rows of `READERS` and `LESS_READERS`, of the lesions with a category.

    Both are DeLong's with Obuchowski's variance. No row where fewer than two patients of either
    label have a category.

    Args:
        lesions: Of `out_of_fold.lesions_of`, with ``birads`` as the cohort has it.
        confidence: Of the intervals, in (0, 1).
    """
    rank = ranks(categories(lesions["birads"]))
    known = pd.notna(rank)
    score, malignant, patient = arrays(lesions[known])
    if not known.any() or fewest(malignant, patient) < 2:
        return []
    readers = clustered_auroc(rank[known], malignant, patient, confidence=confidence)
    less = clustered_auroc_test(score, rank[known], malignant, patient, confidence=confidence)
    note = "" if known.all() else f"of {known.sum()} lesions with a category"
    return [
        cells(replace(readers, name=READERS, note=note)),
        cells(replace(less, name=LESS_READERS, note=note)) | {"p_value": less.p_value},
    ]
