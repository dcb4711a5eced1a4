"""``scorecard.csv``: the paper's claims beside this run's results.

The printed values come from the table of printed numbers, by id. A verdict follows from a rule
that is written in the row: a printed value against this run's interval, a printed P against alpha
and the direction, a claim in words against the test that would show it. A simulated cohort gets
one verdict only, whatever its numbers: it is no evidence for a clinical claim.

A gain in sensitivity that the gate and a cut-off chosen anew explain by themselves is no verdict
for the clinical factors: the permuted control of ``gate_null.csv`` decides.
"""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from diagnostic_accuracy.clustered_paired import CLUSTER_DIFFERENCE
from diagnostic_accuracy.paired import PairedTable
from diagnostic_accuracy.paired_differences import non_inferiority
from smallmass.evaluation.cases import SMALL, main_set
from smallmass.evaluation.null_share import permuted_share
from smallmass.evaluation.published import Published
from smallmass.settings import Settings
from smallmass.words import COMBINED, PHANTOM, Fit, cohort_name

COLUMNS = ["claim", "published", "reproduced", "ci_low", "ci_high", "verdict", "rule", "id"]
REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
CANNOT_TELL, SIMULATED = "cannot tell", "simulated: no evidence"
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
        where = "" if self.split == "test" else f", {self.split} set, {Fit(self.fit).printed}"
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
    *,
    performance: pd.DataFrame,
    comparisons: pd.DataFrame,
    gate_null: pd.DataFrame,
    published: Published,
    settings: Settings,
) -> pd.DataFrame:
    """Return ``scorecard.csv``, on the main analysis set: see `cases.main_set`.

    Args:
        performance: ``evaluation/performance.csv``.
        comparisons: ``evaluation/comparisons.csv``.
        gate_null: ``evaluation/gate_null.csv``, of all test cohorts together.
        published: The paper's printed numbers.
        settings: The study's ``evaluation``; alpha is 1 - confidence.
    """
    alpha = round(1 - settings.evaluation.confidence, 10)
    whole = main_set(performance)
    whole = whole[whole["seed"].astype(str) == "all"]
    paired = main_set(comparisons[comparisons["split"] == "test"])
    cohorts = list(whole[whole["split"] == "test"]["cohort"].drop_duplicates())
    rows = []
    for cohort in cohorts:
        numbers, tests = (t[t["cohort"] == cohort] for t in (whole, paired))
        numbers = numbers[numbers["split"] == "test"]
        trained = _training(whole, cohort)
        claims = [
            _estimate(claim, numbers if claim.split == "test" else trained, published, settings)
            for claim in ESTIMATES
        ]
        claims += [_difference(claim, tests, gate_null, published, alpha) for claim in DIFFERENCES]
        claims += [_noninferior(model, tests, settings) for model in COMBINED]
        claims.append(_outperformed(tests, gate_null, alpha))
        several = whole["cohort"].nunique() > 1
        for row in claims:
            where = _where(row.pop("of"), several)
            row["claim"] += f" [{where}]" if where else ""
            if cohort == PHANTOM:
                row["verdict"] = SIMULATED
        rows += claims
    return pd.DataFrame(rows, columns=COLUMNS)


def _training(whole: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Return the training rows of a test cohort's models: its own, or those of another cohort."""
    training = whole[whole["split"] == "training"]
    own = training[training["cohort"] == cohort]
    return own if len(own) else training


def _where(rows: pd.DataFrame, several: bool) -> str:
    """Return which cases a claim was held against, where that is not all of one cohort, held out.

    Args:
        rows: Of an evaluation table, those that the claim was held against.
        several: Whether the run has more cohorts than one.
    """
    if not len(rows):
        return ""
    words = [cohort_name(name) for name in rows["cohort"].unique()] if several else []
    words += ["under 1 cm"] if (rows["subset"] == SMALL).any() else []
    words += [Fit.OUT_OF_FOLD.printed] if (rows["fit"] == Fit.OUT_OF_FOLD).any() else []
    return ", ".join(words)


def _estimate(
    claim: Estimate, numbers: pd.DataFrame, published: Published, settings: Settings
) -> dict:
    """Compare a printed number with this run's interval."""
    lines = _measured(numbers, claim.model, claim.metric, claim.fit)
    printed = published[claim.id].value
    confidence = f"{100 * settings.evaluation.confidence:g}%"
    row = {
        "id": claim.id,
        "claim": claim.claim,
        "published": printed,
        "verdict": CANNOT_TELL,
        "rule": f"reproduced if the published value lies in this run's {confidence} interval",
        "of": lines,
    }
    if len(lines) != 1:
        row["rule"] += (
            f"; this run has {'several such numbers' if len(lines) else 'no such number'}"
        )
        return row
    line = lines.iloc[0]
    scale = 1 if claim.metric == "auroc" else 100
    low, high = scale * line["ci_low"], scale * line["ci_high"]
    row |= {"reproduced": scale * line["estimate"], "ci_low": low, "ci_high": high}
    other = _other_mix(claim, numbers, published) if claim.metric == "accuracy" else ""
    if other:
        row["rule"] += other
    elif math.isfinite(low) and math.isfinite(high):
        row["verdict"] = REPRODUCED if low <= printed <= high else NOT_REPRODUCED
    return row


def _measured(numbers: pd.DataFrame, model: str, metric: str, fit: str = "") -> pd.DataFrame:
    """Return the rows of ``performance.csv`` of a model and metric."""
    rows = numbers[(numbers["model"] == model) & (numbers["metric"] == metric)]
    return rows[rows["fit"] == fit] if fit else rows


def _other_mix(claim: Estimate, numbers: pd.DataFrame, published: Published) -> str:
    """Return why an accuracy is not to be compared, or nothing where it is.

    Accuracy is the mean of sensitivity and specificity, weighted by the share of malignant
    lesions: at another share the paper's own two proportions give another accuracy.
    """
    ids = {c.metric: c.id for c in ESTIMATES if c.model == claim.model and c.split == claim.split}
    high, low = (_measured(numbers, claim.model, name) for name in ("sensitivity", "specificity"))
    if not len(high) or not len(low):
        return ""
    malignant, benign = high["denominator"].iloc[0], low["denominator"].iloc[0]
    if not malignant + benign > 0:  # also where either is unknown
        return ""
    here = malignant / (malignant + benign)
    sensitivity, specificity = published[ids["sensitivity"]], published[ids["specificity"]]
    there = sensitivity.n / (sensitivity.n + specificity.n)
    if round(100 * here) == round(100 * there):
        return ""
    again = here * sensitivity.value + (1 - here) * specificity.value
    return (
        f", where the share of malignant lesions is the paper’s {100 * there:.0f}%; here it is "
        f"{100 * here:.0f}%, at which the paper’s own sensitivity and specificity give "
        f"{again:.1f}%"
    )


def _difference(
    claim: Difference,
    tests: pd.DataFrame,
    gate_null: pd.DataFrame,
    published: Published,
    alpha: float,
) -> dict:
    """Compare a printed P with this run's: the same side of alpha, and the same direction."""
    printed = published[claim.id].value
    significant = printed < alpha
    side = "<" if significant else ">="
    direction = {"higher": "gained > lost and ", "lower": "lost > gained and ", "": ""}
    caveat = "" if significant else "; a P above alpha does not show equality"
    line = _test(tests, claim.model, claim.metric)
    row = {
        "id": claim.id,
        "claim": claim.claim,
        "published": printed,
        "verdict": CANNOT_TELL,
        "rule": f"reproduced if {direction[claim.direction]}P {side} {alpha:g}{caveat}",
        "of": _compared(tests, claim.model, claim.metric),
    }
    share = permuted_share(gate_null, claim.model)
    if claim.direction == "higher":
        row["rule"] += _control(alpha, f"gain as much ({_percent(share)} here)")
    if line is None:
        return row
    gain = line["gained"] - line["lost"]
    agrees = {"higher": gain > 0, "lower": gain < 0, "": True}[claim.direction]
    same = (line["p_value"] < alpha) == significant
    row["reproduced"] = line["p_value"]
    if not (agrees and same):
        row["verdict"] = NOT_REPRODUCED
    elif claim.direction != "higher" or share < alpha:
        row["verdict"] = REPRODUCED
    return row


def _control(alpha: float, does: str) -> str:
    """Return what else a rule asks for where a gain in sensitivity is claimed."""
    return (
        f"; then cannot tell unless under {100 * alpha:g}% of draws with the clinical score "
        f"permuted {does}: the gate and a cut-off chosen anew can raise sensitivity by themselves, "
        "see evaluation/gate_null.csv"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%" if math.isfinite(share) else "no draw"


def _noninferior(model: str, tests: pd.DataFrame, settings: Settings) -> dict:
    """Judge "noninferior specificity" by a margin that the paper does not state (A35)."""
    margin = settings.evaluation.noninferiority_margin
    row: dict[str, Any] = {
        "id": NONINFERIOR,
        "claim": f"noninferior specificity of the {_NAMES[model]} (difference, points)",
        "published": "yes",
        "verdict": CANNOT_TELL,
        "rule": "not judged: the paper states no margin (A35)",
        "of": _compared(tests, model, "specificity"),
    }
    if margin is None:
        return row
    confidence = settings.evaluation.confidence
    test = _test(tests, model, "specificity")
    by_patient = (
        test is not None
        and test["ci_method"] == CLUSTER_DIFFERENCE[0]
        and test["ci_low"] < test["ci_high"]  # of no discordant pair it has no width: no evidence
    )
    row["rule"] = (
        f"reproduced if the lower end of {'the cluster-robust' if by_patient else 'Tango’s'} "
        f"{100 * confidence:g}% interval lies above -{100 * margin:g} points; the margin is ours, "
        "the paper states none (A35)"
    )
    if test is None:
        return row
    table = PairedTable(*(int(test[cell]) for cell in ("both", "gained", "lost", "neither")))
    tango = non_inferiority(table, margin, confidence=confidence)
    low, high = (test["ci_low"], test["ci_high"]) if by_patient else (tango.low, tango.high)
    row |= {
        "reproduced": 100 * tango.estimate,
        "ci_low": 100 * low,
        "ci_high": 100 * high,
        "verdict": REPRODUCED if low > -margin else NOT_REPRODUCED,
    }
    return row


def _outperformed(tests: pd.DataFrame, gate_null: pd.DataFrame, alpha: float) -> dict:
    """Judge the conclusion: more sensitive, beyond chance and the gate, at no demonstrable cost."""
    row: dict[str, Any] = {
        "id": OUTPERFORMED_ID,
        "claim": OUTPERFORMED,
        "published": "yes",
        "verdict": CANNOT_TELL,
        "of": pd.concat([_compared(tests, model, "sensitivity") for model in COMBINED]),
    }
    known, better, beyond, shares = False, False, False, []
    for model in COMBINED:
        share, net = (permuted_share(gate_null, model, net=n) for n in (False, True))
        shares.append(f"{model} {_percent(share)} and {_percent(net)}")
        sensitivity = _test(tests, model, "sensitivity")
        specificity = _test(tests, model, "specificity")
        if sensitivity is None or specificity is None:
            continue
        known = True
        gains = sensitivity["gained"] > sensitivity["lost"] and sensitivity["p_holm"] < alpha
        costs = specificity["lost"] > specificity["gained"] and specificity["p_value"] < alpha
        here = bool(gains and not costs)
        better |= here
        beyond |= here and share < alpha and net < alpha
    row["rule"] = (
        "reproduced if a combined model is more sensitive with Holm-adjusted P < "
        f"{alpha:g} and not less specific with unadjusted P < {alpha:g}"
        + _control(
            alpha,
            f"gain as much, and under {100 * alpha:g}% as much less what they lose (here: "
            f"{'; '.join(shares)})",
        )
    )
    if known:
        row["reproduced"] = "yes" if better else "no"
        if not better:
            row["verdict"] = NOT_REPRODUCED
        elif beyond:
            row["verdict"] = REPRODUCED
    return row


def _compared(tests: pd.DataFrame, model: str, metric: str) -> pd.DataFrame:
    """Return the rows of ``comparisons.csv`` of a model and metric."""
    return tests[(tests["model_b"] == model) & (tests["metric"] == metric)]


def _test(tests: pd.DataFrame, model: str, metric: str) -> pd.Series | None:
    """Return the comparison of one model and metric, or None if it has no P."""
    rows = _compared(tests, model, metric)
    if not len(rows) or pd.isna(rows.iloc[0]["p_value"]):
        return None
    return rows.iloc[0]
