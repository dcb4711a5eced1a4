"""Logistic regression with a ridge penalty on standardised inputs: one fit, many cases read."""

from collections.abc import Sequence
from typing import Any

import numpy as np

PENALTY = 1.0
"""Inverse strength of the penalty: scikit-learn's own default. It keeps few cases from infinity."""


def ridge(
    values: np.ndarray, malignant: np.ndarray, learnt: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the probability of every case, NaN where an input is, and the fit's record.

    Args:
        values: float ``(cases, inputs)``, NaN unknown.
        malignant: bool ``(cases,)``.
        learnt: bool ``(cases,)``, those to learn from; without unknown inputs both labels remain.
        names: Of the inputs.

    Raises:
        ValueError: If one label alone is left to learn from.
    """
    from sklearn.linear_model import LogisticRegression

    known = np.isfinite(values).all(axis=1)
    rows = learnt & known
    if not rows.any() or malignant[rows].all() or not malignant[rows].any():
        raise ValueError("there are not both labels to learn from")
    mean, spread = values[rows].mean(axis=0), values[rows].std(axis=0)
    scaled = (values - mean) / np.where(spread > 0, spread, 1.0)
    model = LogisticRegression(C=PENALTY, max_iter=1000, tol=1e-8)
    model.fit(scaled[rows], malignant[rows])
    score = np.full(len(values), np.nan)
    score[known] = model.predict_proba(scaled[known])[:, 1]
    return score, {
        "n": int(rows.sum()),
        "n_malignant": int(malignant[rows].sum()),
        "penalty": f"ridge, C = {PENALTY:g}, on standardised inputs",
        "intercept": round(float(model.intercept_[0]), 6),
        "coefficients": dict(zip(names, model.coef_[0].round(6).tolist(), strict=True)),
        "mean": dict(zip(names, mean.round(6).tolist(), strict=True)),
        "sd": dict(zip(names, spread.round(6).tolist(), strict=True)),
    }
