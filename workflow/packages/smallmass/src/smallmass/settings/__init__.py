"""The settings of a study: what they may be, how they are resolved, and how a rule picks its own.

A setting has one name everywhere, ``combined_model.cutoff``: in ``config.yaml``, as a text where a
rule picks it, and as ``settings.combined_model.cutoff`` where it is used.
"""

from smallmass.settings.model import (
    AugmentationSettings,
    ClinicalModelSettings,
    CohortSettings,
    CombinedModelSettings,
    CrossFittingSettings,
    DicomSettings,
    EvaluationSettings,
    ImageModelSettings,
    OperatingPointSettings,
    Settings,
    SplitSettings,
)

__all__ = [
    "AugmentationSettings",
    "ClinicalModelSettings",
    "CohortSettings",
    "CombinedModelSettings",
    "CrossFittingSettings",
    "DicomSettings",
    "EvaluationSettings",
    "ImageModelSettings",
    "OperatingPointSettings",
    "Settings",
    "SplitSettings",
]
