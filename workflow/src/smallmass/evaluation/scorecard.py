"""``scorecard.csv``: the paper's claims beside this run's results.

The printed values come from the table of printed numbers, by id. A verdict follows from a rule
that is written in the row: a printed value against this run's interval, a printed P against alpha
and the direction, a claim in words against the test that would show it. A simulated cohort gets
one verdict only, whatever its numbers: it is no evidence for a clinical claim.
"""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from smallmass.evaluation.cases import main_set
from smallmass.evaluation.published import Published
from smallmass.statistics.paired import PairedTable
from smallmass.statistics.paired_difference import non_inferiority

COLUMNS = ["claim", "published", "reproduced", "ci_low", "ci_high", "verdict", "rule", "id"]
REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
CANNOT_TELL, SIMULATED = "cannot tell", "simulated: no evidence"
PHANTOM = "phantom"
COMBINED = ("regression", "tree")
_NAMES = {
    "image": "image model",
    "regression": "combined model (regression)",
    "tree": "combined model (decision tree)",
}


@dataclass(frozen=True)
class Estimate:
    """A number that the paper prints; proportions in percent, as printed.

    Attributes:
        id: In the table of printed numbers.
        model: image, regression or tree.
        metric: As in ``performance.csv``.
        split: test or training.
        fit: held_out; of training in_sample, as the paper's must be (A28).
    """

    id: str
    model: str
    metric: str
    split: str = "test"
    fit: str = ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        metric = "AUROC" if self.metric == "auroc" else f"{self.metric} (%)"
        where = "" if self.split == "test" else f", {self.split} set, {self.fit.replace('_', '-')}"
        return f"{metric} of the {_NAMES[self.model]}{where}"


@dataclass(frozen=True)
class Difference:
    """A P value that the paper prints, of a combined model against the image model.

    Attributes:
        id: In the table of printed numbers.
        model: regression or tree.
        metric: sensitivity or specificity.
        direction: ``higher``, ``lower``, or empty where the paper names none.
    """

    id: str
    model: str
    metric: str
    direction: str

    @property
    def claim(self) -> str:
        """The claim in words."""
        words = {"higher": "higher than", "lower": "lower than", "": "not different from"}
        return (
            f"{self.metric} of the {_NAMES[self.model]} {words[self.direction]} "
            "the image model’s (P)"
        )


ESTIMATES = (  # Figure 2; Table 2
    Estimate("R01", "image", "auroc"),
    Estimate("T2_01", "image", "sensitivity"),
    Estimate("T2_02", "image", "specificity"),
    Estimate("T2_03", "image", "accuracy"),
    Estimate("T2_04", "regression", "sensitivity"),
    Estimate("T2_05", "regression", "specificity"),
    Estimate("T2_06", "regression", "accuracy"),
    Estimate("T2_07", "tree", "sensitivity"),
    Estimate("T2_08", "tree", "specificity"),
    Estimate("T2_09", "tree", "accuracy"),
    Estimate("R02", "image", "auroc", "training", "in_sample"),
)
DIFFERENCES = (  # abstract and results
    Difference("P01", "regression", "sensitivity", "higher"),
    Difference("P02", "regression", "specificity", ""),
    Difference("P03", "tree", "sensitivity", "higher"),
    Difference("P04", "tree", "specificity", ""),
)
NONINFERIOR, OUTPERFORMED_ID = "X05", "X06"
OUTPERFORMED = "the combined model outperformed the image model"


def scorecard(
    performance: pd.DataFrame,
    comparisons: pd.DataFrame,
    published: Published,
    settings: dict,
) -> pd.DataFrame:
    """Return ``scorecard.csv``, on the main analysis set: see `cases.main_set`.

    Args:
        performance: ``evaluation/performance.csv``.
        comparisons: ``evaluation/comparisons.csv``.
        published: The paper's printed numbers.
        settings: The study's ``evaluation``; alpha is 1 - confidence.
    """
    alpha = round(1 - settings["evaluation"]["confidence"], 10)
    whole = main_set(performance)
    whole = whole[whole["seed"].astype(str) == "all"]
    paired = main_set(comparisons[comparisons["split"] == "test"])
    cohorts = list(whole[whole["split"] == "test"]["cohort"].drop_duplicates())
    rows = []
    for cohort in cohorts:
        numbers, tests = (t[t["cohort"] == cohort] for t in (whole, paired))
        found = [_estimate(claim, numbers, published, settings) for claim in ESTIMATES]
        found += [_difference(claim, tests, published, alpha) for claim in DIFFERENCES]
        found += [_noninferior(model, tests, settings) for model in COMBINED]
        found.append(_outperformed(tests, alpha))
        for row in found:
            if len(cohorts) > 1:
                row["claim"] = f"{row['claim']} [{cohort}]"
            if cohort == PHANTOM:
                row["verdict"] = SIMULATED
        rows += found
    return pd.DataFrame(rows, columns=COLUMNS)


def _estimate(claim: Estimate, numbers: pd.DataFrame, published: Published, settings: dict) -> dict:
    """Compare a printed number with this run's interval."""
    line = _measured(numbers, claim.model, claim.metric, claim.split, claim.fit)
    printed = published[claim.id].value
    confidence = f"{100 * settings['evaluation']['confidence']:g}%"
    row = {
        "id": claim.id,
        "claim": claim.claim,
        "published": printed,
        "verdict": CANNOT_TELL,
        "rule": f"reproduced if the published value lies in this run's {confidence} interval",
    }
    if line is None:
        return row
    scale = 1 if claim.metric == "auroc" else 100
    low, high = scale * line["ci_low"], scale * line["ci_high"]
    row |= {"reproduced": scale * line["estimate"], "ci_low": low, "ci_high": high}
    if math.isfinite(low) and math.isfinite(high):
        row["verdict"] = REPRODUCED if low <= printed <= high else NOT_REPRODUCED
    return row


def _measured(
    numbers: pd.DataFrame, model: str, metric: str, split: str = "test", fit: str = ""
) -> pd.Series | None:
    """Return a row of ``performance.csv``, or None if there is none."""
    found = numbers[
        (numbers["model"] == model) & (numbers["metric"] == metric) & (numbers["split"] == split)
    ]
    found = found[found["fit"] == fit] if fit else found
    return found.iloc[0] if len(found) else None


def _difference(claim: Difference, tests: pd.DataFrame, published: Published, alpha: float) -> dict:
    """Compare a printed P with this run's: the same side of alpha, and the same direction."""
    printed = published[claim.id].value
    significant = printed < alpha
    side = "<" if significant else ">="
    direction = {"higher": "gained > lost and ", "lower": "lost > gained and ", "": ""}
    caveat = "" if significant else "; a P above alpha does not show equality"
    row = {
        "id": claim.id,
        "claim": claim.claim,
        "published": printed,
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


def _noninferior(model: str, tests: pd.DataFrame, settings: dict) -> dict:
    """Judge "noninferior specificity" by a margin that the paper does not state (A35)."""
    margin = settings["evaluation"]["noninferiority_margin"]
    row: dict[str, Any] = {
        "id": NONINFERIOR,
        "claim": f"noninferior specificity of the {_NAMES[model]} (difference, points)",
        "published": "yes",
        "verdict": CANNOT_TELL,
        "rule": "not judged: the paper states no margin (A35)",
    }
    if margin is None:
        return row
    confidence = settings["evaluation"]["confidence"]
    row["rule"] = (
        f"reproduced if the lower end of Tango’s {100 * confidence:g}% interval lies above "
        f"-{100 * margin:g} points; the margin is ours, the paper states none (A35)"
    )
    test = _test(tests, model, "specificity")
    if test is None:
        return row
    table = PairedTable(*(int(test[cell]) for cell in ("both", "gained", "lost", "neither")))
    found = non_inferiority(table, margin, confidence=confidence)
    row |= {
        "reproduced": 100 * found.estimate,
        "ci_low": 100 * found.low,
        "ci_high": 100 * found.high,
        "verdict": REPRODUCED if found.low > -margin else NOT_REPRODUCED,
    }
    return row


def _outperformed(tests: pd.DataFrame, alpha: float) -> dict:
    """Judge the conclusion: more sensitive, beyond chance, at no demonstrable cost."""
    rule = (
        "reproduced if a combined model is more sensitive with Holm-adjusted P < "
        f"{alpha:g} and not less specific with unadjusted P < {alpha:g}; the gate alone can only "
        "raise sensitivity: see evaluation/gate_null.csv"
    )
    row = {
        "id": OUTPERFORMED_ID,
        "claim": OUTPERFORMED,
        "published": "yes",
        "verdict": CANNOT_TELL,
        "rule": rule,
    }
    known, better = False, False
    for model in COMBINED:
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
