"""What the files of a made-up run's models say: their cut-offs, and how they were fitted."""

import pandas as pd

from smallmass.status import FITTED, NO_FACTORS


def operating_points(*, clinical: bool = True) -> list[dict]:
    """Cut-offs of 0.5; the combined models' are missing where there are no clinical factors."""
    return [
        {"model": model, "threshold": 0.5 if known else None, "rule": "youden",
         "chosen_on": "validation", "n": 30, "status": FITTED if known else NO_FACTORS}
        for model in ("image", "regression", "tree")
        for known in [clinical or model == "image"]
    ]  # fmt: skip


def models(cases: pd.DataFrame, parts: pd.DataFrame, *, clinical: bool = True) -> dict[str, dict]:
    """What the JSON files of the clinical, regression and tree models say, by their paths."""
    paths = ("clinical_model/model", "combined/regression", "combined/tree")
    if not clinical:
        place = {"applied_to": "image_negatives", "fitted_on": "validation", "status": NO_FACTORS,
                 "fitted_to": "image_negatives"}  # fmt: skip
        return dict.fromkeys(paths, place)
    joined = cases.merge(parts, on="case_id")
    training, validation = (joined[joined["split"] == name] for name in ("training", "validation"))
    malignant = [int((part["label"] == "malignant").sum()) for part in (training, validation)]
    factors = [
        {"name": name, "known": len(training), "unknown": 0, "onehot": False, "indicator": False,
         "fill": 48.0, "mean": 48.2, "sd": 9.1}
        for name in ("age_years", "family_history", "brca_mutation", "breast_density")
    ]  # fmt: skip
    network = {
        "status": FITTED, "architecture": {"hidden": [30, 60, 120, 60, 30]},
        "chosen": {"of_trials": 12}, "encoding": {"factors": factors, "missing": "impute"},
        "training": {"cases": len(training), "malignant": malignant[0],
                     "validation_cases": len(validation), "validation_malignant": malignant[1]},
    }  # fmt: skip
    combined = {
        "status": FITTED, "applied_to": "image_negatives", "fitted_on": "validation",
        "fitted_to": "image_negatives", "inputs": ["image_score", "clinical_score"], "n": 17,
        "n_malignant": 6, "cutoff": {"chosen_on": "validation"},
    }  # fmt: skip
    regression = combined | {
        "method": "maximum likelihood, unpenalised",
        "coefficients": {"image_score": {}, "clinical_score": {}},
        "formula": "p(malignant) = 1 / (1 + exp(-(-2.5 + 3.1 x image_score)))",
    }
    tree = combined | {"method": "CART, Gini impurity", "depth": 1, "leaves": 2}
    return dict(zip(paths, (network, regression, tree), strict=True))
