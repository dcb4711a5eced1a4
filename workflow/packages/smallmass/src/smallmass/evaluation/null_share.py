"""How often a second look that knows nothing does as well: shares of ``gate_null.csv``."""

import math

import pandas as pd

GAIN, LOSS = "gain_sensitivity", "loss_specificity"
OBSERVED, PERMUTED = "observed", "permuted"
ROUNDING = 1e-9  # two counts divided alike may differ in the last bit


def reached(draws: pd.DataFrame, observed: pd.Series, *, net: bool = False) -> float:
    """Return the share of draws that do at least as well as what was observed.

    The observed second reading counts as one draw (Davison & Hinkley 1997, 4.2), so the share is
    never nought.

    Args:
        draws: Rows of one model and control.
        observed: The observed row.
        net: Compare the gain less the loss, and not the gain alone.
    """
    value, own = (part[GAIN] - (part[LOSS] if net else 0) for part in (draws, observed))
    return (1 + int((value >= own - ROUNDING).sum())) / (1 + len(draws))


def permuted_share(draws: pd.DataFrame, model: str, *, net: bool = False) -> float:
    """Return `reached` of a model's permuted control; NaN without a draw.

    Args:
        draws: ``evaluation/gate_null.csv``.
        model: regression or tree.
        net: See `reached`.
    """
    part = draws[draws["model"] == model].dropna(subset=[GAIN, LOSS])
    observed, permuted = (part[part["null"] == null] for null in (OBSERVED, PERMUTED))
    if observed.empty or permuted.empty:
        return math.nan
    return reached(permuted, observed.iloc[0], net=net)
