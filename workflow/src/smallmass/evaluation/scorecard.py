"""``scorecard.csv``: the paper's claims for its test set beside this run's results.

A verdict follows from a rule that is written in the row. A simulated cohort gets one verdict
only, whatever its numbers: it is no evidence for a clinical claim.
"""

import math
from dataclasses import dataclass

import pandas as pd

from smallmass.evaluation.cases import WHOLE

COLUMNS = ["claim", "published", "reproduced", "ci_low", "ci_high", "verdict", "rule"]
REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
CANNOT_TELL, SIMULATED = "cannot tell", "simulated: no evidence"
PHANTOM = "phantom"
_NAMES = {
    "image": "image model",
    "regression": "combined model (regression)",
    "tree": "combined model (decision tree)",
}


@dataclass(frozen=True)
class Estimate:
    """A number that the paper prints for its test set; proportions in percent, as printed."""

    model: str
    metric: str
    published: float

    @property
    def claim(self) -> str:
        """The claim in words."""
        metric = "AUROC" if self.metric == "auroc" else f"{self.metric} (%)"
        return f"{metric} of the {_NAMES[self.model]}"


@dataclass(frozen=True)
class Difference:
    """A P value that the paper prints, of a combined model against the image model.

    Attributes:
        model: regression or tree.
        metric: sensitivity or specificity.
        published: The printed P.
        direction: ``higher``, ``lower``, or empty where the paper names none.
    """

    model: str
    metric: str
    published: float
    direction: str

    @property
    def claim(self) -> str:
        """The claim in words."""
        words = {"higher": "higher than", "lower": "lower than", "": "not different from"}
        return (
            f"{self.metric} of the {_NAMES[self.model]} {words[self.direction]} "
            "the image model’s (P)"
        )


ESTIMATES = (  # Figure 2; Table 2, test set
    Estimate("image", "auroc", 0.85),
    Estimate("image", "sensitivity", 63.3),
    Estimate("image", "specificity", 90.0),
    Estimate("regression", "sensitivity", 78.3),
    Estimate("regression", "specificity", 85.0),
    Estimate("tree", "sensitivity", 75.0),
    Estimate("tree", "specificity", 91.7),
)
DIFFERENCES = (  # abstract and results
    Difference("regression", "sensitivity", 0.003, "higher"),
    Difference("regression", "specificity", 0.083, ""),
    Difference("tree", "sensitivity", 0.081, "higher"),
    Difference("tree", "specificity", 0.748, ""),
)
OUTPERFORMED = "the combined model outperformed the image model"


def scorecard(performance: pd.DataFrame, comparisons: pd.DataFrame, settings: dict) -> pd.DataFrame:
    """Return ``scorecard.csv``.

    Args:
        performance: ``evaluation/performance.csv``.
        comparisons: ``evaluation/comparisons.csv``.
        settings: The study's ``evaluation``; alpha is 1 - confidence.
    """
    alpha = round(1 - settings["evaluation"]["confidence"], 10)
    tested = performance[(performance["split"] == "test") & (performance["subset"] == WHOLE)]
    paired = comparisons[(comparisons["split"] == "test") & (comparisons["subset"] == WHOLE)]
    cohorts = list(tested["cohort"].drop_duplicates())
    rows = []
    for cohort in cohorts:
        numbers = tested[(tested["cohort"] == cohort) & (tested["seed"].astype(str) == "all")]
        tests = paired[paired["cohort"] == cohort]
        found = [_estimate(claim, numbers, settings) for claim in ESTIMATES]
        found += [_difference(claim, tests, alpha) for claim in DIFFERENCES]
        found.append(_outperformed(tests, alpha))
        for row in found:
            if len(cohorts) > 1:
                row["claim"] = f"{row['claim']} [{cohort}]"
            if cohort == PHANTOM:
                row["verdict"] = SIMULATED
        rows += found
    return pd.DataFrame(rows, columns=COLUMNS)


def _estimate(claim: Estimate, numbers: pd.DataFrame, settings: dict) -> dict:
    """Compare a printed number with this run's interval."""
    found = numbers[(numbers["model"] == claim.model) & (numbers["metric"] == claim.metric)]
    confidence = f"{100 * settings['evaluation']['confidence']:g}%"
    row = {
        "claim": claim.claim,
        "published": claim.published,
        "verdict": CANNOT_TELL,
        "rule": f"reproduced if the published value lies in this run's {confidence} interval",
    }
    if not len(found):
        return row
    line = found.iloc[0]
    scale = 1 if claim.metric == "auroc" else 100
    low, high = scale * line["ci_low"], scale * line["ci_high"]
    row |= {"reproduced": scale * line["estimate"], "ci_low": low, "ci_high": high}
    if math.isfinite(low) and math.isfinite(high):
        row["verdict"] = REPRODUCED if low <= claim.published <= high else NOT_REPRODUCED
    return row


def _difference(claim: Difference, tests: pd.DataFrame, alpha: float) -> dict:
    """Compare a printed P with this run's: the same side of alpha, and the same direction."""
    significant = claim.published < alpha
    side = "<" if significant else ">="
    direction = {"higher": "gained > lost and ", "lower": "lost > gained and ", "": ""}
    caveat = "" if significant else "; a P above alpha does not show equality"
    row = {
        "claim": claim.claim,
        "published": claim.published,
        "verdict": CANNOT_TELL,
        "rule": f"reproduced if {direction[claim.direction]}P {side} {alpha:g}{caveat}",
    }
    line = _test(tests, claim.model, claim.metric)
    if line is None:
        return row
    gain = line["gained"] - line["lost"]
    agrees = {"higher": gain > 0, "lower": gain < 0, "": True}[claim.direction]
    same = (line["p_value"] < alpha) == significant
    row["reproduced"] = line["p_value"]
    row["verdict"] = REPRODUCED if agrees and same else NOT_REPRODUCED
    return row


def _outperformed(tests: pd.DataFrame, alpha: float) -> dict:
    """Judge the conclusion: more sensitive, beyond chance, at no demonstrable cost."""
    rule = (
        "reproduced if a combined model is more sensitive with Holm-adjusted P < "
        f"{alpha:g} and not less specific with unadjusted P < {alpha:g}; the gate alone can only "
        "raise sensitivity: see evaluation/gate_null.csv"
    )
    row = {"claim": OUTPERFORMED, "published": "yes", "verdict": CANNOT_TELL, "rule": rule}
    known, better = False, False
    for model in ("regression", "tree"):
        sensitivity = _test(tests, model, "sensitivity")
        specificity = _test(tests, model, "specificity")
        if sensitivity is None or specificity is None:
            continue
        known = True
        gains = sensitivity["gained"] > sensitivity["lost"] and sensitivity["p_holm"] < alpha
        costs = specificity["lost"] > specificity["gained"] and specificity["p_value"] < alpha
        better |= bool(gains and not costs)
    if known:
        row["reproduced"] = "yes" if better else "no"
        row["verdict"] = REPRODUCED if better else NOT_REPRODUCED
    return row


def _test(tests: pd.DataFrame, model: str, metric: str) -> pd.Series | None:
    """Return the comparison of one model and metric, or None if it has no P."""
    found = tests[(tests["model_b"] == model) & (tests["metric"] == metric)]
    if not len(found) or pd.isna(found.iloc[0]["p_value"]):
        return None
    return found.iloc[0]
