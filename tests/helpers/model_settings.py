"""Settings of the clinical and combined models, as small as the tests want them."""

import copy

FACTORS = ["age_years", "family_history", "brca_mutation", "breast_density"]
CLINICAL = {
    "factors": FACTORS,
    "density": "ordinal",
    "missing": "impute",
    "hidden": [8, 8],
    "architecture": "printed",
    "trials": 2,
    "epochs": 3,
    "batch": 32,
}
COMBINED = {
    "operating_point": {
        "rule": "youden",
        "chosen_on": "validation",
        "tie": "specificity",
        "threshold": "observed",
    },
    "combined_model": {
        "inputs": "scores",
        "fitted_on": "validation",
        "fitted_to": "image_negatives",
        "applied_to": "image_negatives",
        "cutoff": "youden_gated",
        "tree_max_depth": 3,
        "tree_min_leaf": 20,
        "tree_depth": "fixed",
    },
}


def with_settings(**changes):
    """Return the settings with some keys of either section changed."""
    changed = copy.deepcopy(COMBINED)
    for name, value in changes.items():
        section = "operating_point" if name in COMBINED["operating_point"] else "combined_model"
        changed[section][name] = value
    return changed
