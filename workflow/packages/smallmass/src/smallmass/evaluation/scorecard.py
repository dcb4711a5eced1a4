"""``scorecard.csv``: the paper's claims beside this run's results.

The printed values come from the table of printed numbers, by id. A verdict follows from a rule
that is written in the row: the difference of both studies against a margin (`agreement`), a
printed P against alpha and the direction, a claim in words against the test that would show it.
What neither shows nor excludes a claim is too few to tell: few lesions earn no verdict. A simulated
cohort gets one verdict only, whatever its numbers: it is no evidence for a clinical claim.

A gain in sensitivity that the gate and a cut-off chosen anew explain by themselves is no verdict
for the clinical factors: the permuted control of ``gate_null.csv`` decides.
"""

import math
from typing import Any

import pandas as pd

from diagnostic_accuracy.clustered_paired import CLUSTER_DIFFERENCE
from diagnostic_accuracy.paired import PairedTable
from diagnostic_accuracy.paired_differences import non_inferiority
from smallmass.evaluation.agreement import (
    AREA,
    NOT_REPRODUCED,
    POINTS,
    REPRODUCED,
    TOO_FEW,
    Spread,
    difference,
    printed_area,
    printed_percentage,
    verdict,
)
from smallmass.evaluation.cases import SMALL, main_set
from smallmass.evaluation.claims import CLASSES, DIFFERENCES, ESTIMATES, NAMES, Difference, Estimate
from smallmass.evaluation.null_share import permuted_share
from smallmass.evaluation.published import Published
from smallmass.settings import Settings
from smallmass.words import COMBINED, PHANTOM, Fit, cohort_name

COLUMNS = ["claim", "published", "reproduced", "ci_low", "ci_high", "difference",
           "difference_low", "difference_high", "verdict", "rule", "id"]  # fmt: skip
CANNOT_TELL, SIMULATED = "cannot tell", "simulated: no evidence"
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
    alpha = _alpha(settings)
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
        claims += [
            _difference(claim, tests, gate_null, published, settings) for claim in DIFFERENCES
        ]
        claims += [_noninferior(model, tests, settings) for model in COMBINED]
        claims.append(_outperformed(tests, gate_null, published, alpha))
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
    """Hold the difference of this run's number and the printed one against a margin."""
    lines = _measured(numbers, claim.model, claim.metric, claim.fit)
    printed = published[claim.id].value
    confidence = settings.evaluation.confidence
    area = claim.metric == "auroc"
    margin = AREA if area else POINTS
    row = {
        "id": claim.id,
        "claim": claim.claim,
        "published": printed,
        "verdict": CANNOT_TELL,
        "rule": (
            f"reproduced if the {100 * confidence:g}% interval of the difference of both studies "
            f"lies within {f'{margin:.2f}' if area else f'{margin:g} points'} on either side, not "
            "reproduced if it reaches beyond and excludes 0, else too few to tell; the margin is "
            f"{'ours' if area else 'the gain in sensitivity that the paper claims'}"
        ),
        "of": lines,
    }
    if len(lines) != 1:
        row["rule"] += (
            f"; this run has {'several such numbers' if len(lines) else 'no such number'}"
        )
        return row
    line = lines.iloc[0]
    scale = 1 if area else 100
    low, high = scale * line["ci_low"], scale * line["ci_high"]
    row |= {"reproduced": scale * line["estimate"], "ci_low": low, "ci_high": high}
    other = _other_mix(claim, numbers, published) if claim.metric == "accuracy" else ""
    if other:
        row["rule"] += other
        return row
    here = Spread(scale * line["estimate"], low, high)
    if here.known:
        gap = difference(here, _printed(claim, published, confidence))
        row |= {
            "difference": gap.estimate,
            "difference_low": gap.low,
            "difference_high": gap.high,
            "verdict": verdict(gap, margin),
        }
    return row


def _printed(claim: Estimate, published: Published, confidence: float) -> Spread:
    """Return a printed number with the interval that its number of lesions gives it."""
    number = published[claim.id]
    if claim.metric != "auroc":
        return printed_percentage(number.value, number.n, confidence)
    malignant, benign = (published[key].n for key in CLASSES[claim.split])
    return printed_area(number.value, malignant, benign, confidence)


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
    settings: Settings,
) -> dict:
    """Compare a printed P with this run's: a difference must be shown, and so must equality."""
    alpha = _alpha(settings)
    printed = published[claim.id].value
    significant = printed < alpha
    line = _test(tests, claim.model, claim.metric)
    row = {
        "id": claim.id,
        "claim": claim.claim,
        "published": printed,
        "verdict": CANNOT_TELL,
        "of": _compared(tests, claim.model, claim.metric),
    }
    if significant:
        share = permuted_share(gate_null, claim.model)
        row["rule"] = _shown(claim, alpha) + _control(
            alpha, f"gain as much ({_percent(share)} here)"
        )
    else:
        share = math.nan
        row["rule"] = _equal(claim, alpha)
    if line is None:
        return row
    row["reproduced"] = line["p_value"]
    gap = Spread(*(100 * line[name] for name in ("difference", "ci_low", "ci_high")))
    row |= {
        "difference": gap.estimate,
        "difference_low": gap.low,
        "difference_high": gap.high,
    }
    if not significant:
        row["verdict"] = _of_equality(gap, line["p_value"] < alpha)
    elif line["gained"] > line["lost"] and line["p_value"] < alpha:
        row["verdict"] = REPRODUCED if share < alpha else CANNOT_TELL
    else:
        row["verdict"] = TOO_FEW if _may_gain(gap, claim, published) else NOT_REPRODUCED
    return row


def _alpha(settings: Settings) -> float:
    return round(1 - settings.evaluation.confidence, 10)


def _shown(claim: Difference, alpha: float) -> str:
    """Return the rule of a difference that the paper calls significant."""
    return (
        f"reproduced if gained > lost and P < {alpha:g}; not reproduced if the interval of the "
        f"difference lies below the paper’s own difference in {claim.metric}, else too few to tell"
    )


def _equal(claim: Difference, alpha: float) -> str:
    """Return the rule of a difference that the paper calls none."""
    where = "" if claim.direction == "" else "; the paper calls it higher, with this P"
    return (
        f"reproduced if the interval of the difference lies within {POINTS:g} points on either "
        f"side, not reproduced if P < {alpha:g} and it reaches beyond, else too few to tell: a P "
        f"above {alpha:g} is what few lesions give, too{where}"
    )


def _of_equality(gap: Spread, significant: bool) -> str:
    if not gap.known:
        return TOO_FEW
    if gap.low >= -POINTS and gap.high <= POINTS:
        return REPRODUCED
    return NOT_REPRODUCED if significant else TOO_FEW


def _may_gain(gap: Spread, claim: Difference, published: Published) -> bool:
    """Return whether the paper's own gain is still possible by this run's interval."""
    ids = {(c.model, c.metric): c.id for c in ESTIMATES if c.split == "test"}
    combined, image = (published[ids[m, claim.metric]].value for m in (claim.model, "image"))
    return not gap.known or gap.high >= combined - image


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
        "claim": f"noninferior specificity of the {NAMES[model]} (difference, points)",
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
        f"{100 * confidence:g}% interval lies above -{100 * margin:g} points, not reproduced if "
        "the upper end lies below, else too few to tell; the margin is ours, the paper states "
        "none (A35)"
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
        "verdict": REPRODUCED if low > -margin else NOT_REPRODUCED if high < -margin else TOO_FEW,
    }
    return row


def _outperformed(
    tests: pd.DataFrame, gate_null: pd.DataFrame, published: Published, alpha: float
) -> dict:
    """Judge the conclusion: more sensitive, beyond chance and the gate, at no demonstrable cost."""
    row: dict[str, Any] = {
        "id": OUTPERFORMED_ID,
        "claim": OUTPERFORMED,
        "published": "yes",
        "verdict": CANNOT_TELL,
        "of": pd.concat([_compared(tests, model, "sensitivity") for model in COMBINED]),
    }
    known, better, beyond, possible, shares = False, False, False, False, []
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
        gap = Spread(*(100 * sensitivity[name] for name in ("difference", "ci_low", "ci_high")))
        possible |= not costs and _may_gain(
            gap, Difference("", model, "sensitivity", ""), published
        )
        beyond |= here and share < alpha and net < alpha
    row["rule"] = (
        "reproduced if a combined model is more sensitive with Holm-adjusted P < "
        f"{alpha:g} and not less specific with unadjusted P < {alpha:g}, not "
        "reproduced if none can gain what the "
        "paper’s does by the interval of its difference, else too few to tell"
        + _control(
            alpha,
            f"gain as much, and under {100 * alpha:g}% as much less what they lose (here: "
            f"{'; '.join(shares)})",
        )
    )
    if known:
        row["reproduced"] = "yes" if better else "no"
        if not better:
            row["verdict"] = TOO_FEW if possible else NOT_REPRODUCED
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
