"""What calls are worth to a patient: predictive values at a prevalence, and net benefit."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from diagnostic_accuracy import checked
from diagnostic_accuracy.proportions import proportion
from diagnostic_accuracy.results import Result, not_estimable
from diagnostic_accuracy.rounding import half_up

MERCALDO = "Mercaldo, Lau & Zhou 2007 (Stat Med 26:2170)"
VICKERS = "Vickers & Elkin 2006 (Med Decis Making 26:565)"
PREDICTIVE_VALUES = ("ppv", "npv")


@dataclass(frozen=True)
class CallTable:
    """Calls against truth.

    Attributes:
        true_positive: Malignant, called malignant.
        false_negative: Malignant, called benign.
        false_positive: Benign, called malignant.
        true_negative: Benign, called benign.

    Example:
        >>> CallTable.of([True, True, False], [True, False, False])
        CallTable(true_positive=1, false_negative=0, false_positive=1, true_negative=1)
    """

    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int

    def __post_init__(self) -> None:
        """Refuse cells that are no counts."""
        for name in ("true_positive", "false_negative", "false_positive", "true_negative"):
            checked.count(getattr(self, name), name)

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.malignant + self.benign

    @property
    def malignant(self) -> int:
        """Number of malignant cases."""
        return self.true_positive + self.false_negative

    @property
    def benign(self) -> int:
        """Number of benign cases."""
        return self.false_positive + self.true_negative

    @property
    def cells(self) -> tuple[tuple[str, int], ...]:
        """The four cells with their names."""
        return (
            ("true positive", self.true_positive),
            ("false negative", self.false_negative),
            ("false positive", self.false_positive),
            ("true negative", self.true_negative),
        )

    @classmethod
    def of(cls, call: np.ndarray, malignant: np.ndarray) -> "CallTable":
        """Count two bool arrays ``(cases,)``: called malignant, and malignant."""
        call, malignant = checked.labels(call, "calls"), checked.labels(malignant, "labels")
        if call.shape != malignant.shape:
            raise ValueError(f"calls {call.shape} and labels {malignant.shape} of different cases")
        cells = (call & malignant, ~call & malignant, call & ~malignant, ~call & ~malignant)
        return cls(*(int(cell.sum()) for cell in cells))


def predictive_value(
    table: CallTable,
    which: str,
    *,
    prevalence: float | None = None,
    method: str = "clopper-pearson",
    confidence: float = 0.95,
) -> Result:
    """Return the positive or negative predictive value, of the study or at another prevalence.

    A study that takes as many malignant as benign cases has the predictive values of no clinic:
    they follow from sensitivity, specificity and the clinic's prevalence by Bayes' rule.

    Args:
        table: Calls against truth.
        which: One of `PREDICTIVE_VALUES`.
        prevalence: In (0, 1); None: the study's own, a proportion among the calls.
        method: Interval at the study's prevalence, see `proportions.PROPORTION_INTERVALS`; at
            another prevalence it is the logit interval of Mercaldo et al.
        confidence: Of the interval, in (0, 1).

    Raises:
        ValueError: If ``which`` is unknown or the prevalence lies outside (0, 1).

    Example:
        >>> table = CallTable(38, false_negative=22, false_positive=6, true_negative=54)
        >>> print(predictive_value(table, "ppv", prevalence=0.1).value())
        0.413 (0.243–0.606)
    """
    if which not in PREDICTIVE_VALUES:
        raise ValueError(f"predictive value is {which!r}; allowed: {', '.join(PREDICTIVE_VALUES)}")
    if prevalence is None:
        right, wrong = (
            (table.true_positive, table.false_positive)
            if which == "ppv"
            else (table.true_negative, table.false_negative)
        )
        return proportion(right, right + wrong, name=which, method=method, confidence=confidence)
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence is {prevalence:g}; it lies between 0 and 1")
    return _at_prevalence(table, which, prevalence, confidence)


def net_benefit(
    score: np.ndarray, malignant: np.ndarray, threshold: float, *, confidence: float = 0.95
) -> Result:
    """Return the net benefit of calling cases with at least a threshold probability.

    True positives per case, less false positives per case at the threshold's odds. It is the mean
    of one number a case, whose standard error gives the interval; the threshold is given, not
    chosen from the data.

    Args:
        score: float ``(cases,)``, probabilities in [0, 1].
        malignant: bool ``(cases,)``.
        threshold: Probability from which a patient would choose a biopsy, in (0, 1).
        confidence: Of the interval, in (0, 1).

    Raises:
        ValueError: If there are no cases, a score is no probability or the threshold lies outside
            (0, 1).

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> print(net_benefit(score, malignant, 0.2).value())
        0.417 (-0.100 to 0.933)
    """
    checked.confidence(confidence)
    score, malignant = np.asarray(score, np.float64), checked.labels(malignant, "labels")
    if not len(score) or not ((score >= 0) & (score <= 1)).all():
        raise ValueError("net benefit needs cases with probabilities in [0, 1]")
    worth = _worth(score >= threshold, malignant, threshold)
    reach = math.nan
    if len(worth) > 1:
        error = float(worth.std(ddof=1)) / math.sqrt(len(worth))
        reach = float(stats.norm.isf((1 - confidence) / 2)) * error
    estimate = float(worth.mean())
    return Result(
        name=f"net benefit at {half_up(100 * threshold, 1)}%",
        estimate=estimate,
        low=estimate - reach,
        high=estimate + reach,
        confidence=confidence,
        method="mean of the cases' worth, normal",
        source=VICKERS,
        n=len(worth),
        note=f"calling everybody: {half_up(float(_worth_of_all(malignant, threshold)), 3)}, "
        "nobody: 0",
    )


def decision_curve(
    score: np.ndarray, malignant: np.ndarray, thresholds: np.ndarray
) -> dict[str, np.ndarray]:
    """Return net benefits over thresholds, of the score and of calling everybody.

    Args:
        score: float ``(cases,)``, probabilities in [0, 1].
        malignant: bool ``(cases,)``.
        thresholds: float ``(thresholds,)``, each in (0, 1).

    Returns:
        dict: ``threshold``, ``score``, ``everybody`` and ``nobody``, each ``(thresholds,)``.

    Example:
        >>> score = [0.1, 0.3, 0.4, 0.6, 0.7, 0.9]
        >>> malignant = [False, False, True, False, True, True]
        >>> curve = decision_curve(score, malignant, [0.2, 0.5])
        >>> curve["score"].round(3), curve["everybody"].round(3)
        (array([0.417, 0.167]), array([0.375, 0.   ]))
    """
    thresholds = np.asarray(thresholds, np.float64)
    malignant = checked.labels(malignant, "labels")
    of_score = [net_benefit(score, malignant, float(t)).estimate for t in thresholds]
    everybody = [_worth_of_all(malignant, float(t)) for t in thresholds]
    return {
        "threshold": thresholds,
        "score": np.array(of_score),
        "everybody": np.array(everybody),
        "nobody": np.zeros(len(thresholds)),
    }


def _at_prevalence(table: CallTable, which: str, prevalence: float, confidence: float) -> Result:
    """Return Bayes' rule with an interval on the logit's scale."""
    checked.confidence(confidence)
    estimate = low = high = math.nan
    note = not_estimable("no malignant or no benign cases")
    if table.malignant and table.benign:
        sensitivity = table.true_positive / table.malignant
        specificity = table.true_negative / table.benign
        estimate = _bayes(which, sensitivity, specificity, prevalence)
        note = not_estimable("nobody is called so")
    if not math.isnan(estimate):
        z = float(stats.norm.isf((1 - confidence) / 2))
        note = f"at a prevalence of {half_up(100 * prevalence, 1)}%"
        # At 0% or 100% the logit is infinite: the article's adjustment of both proportions.
        adjusted = not (0 < sensitivity < 1 and 0 < specificity < 1)
        extra = z * z if adjusted else 0.0
        m, b = table.malignant + extra, table.benign + extra
        sensitivity = (table.true_positive + extra / 2) / m
        specificity = (table.true_negative + extra / 2) / b
        middle = special.logit(_bayes(which, sensitivity, specificity, prevalence))
        reach = z * math.sqrt(_logit_variance(which, sensitivity, specificity, m, b))
        low, high = float(special.expit(middle - reach)), float(special.expit(middle + reach))
        # The adjusted interval of 0% or 100% need not hold the estimate.
        low, high = (min(low, estimate), max(high, estimate)) if adjusted else (low, high)
        note += "; interval from adjusted sensitivity and specificity" if adjusted else ""
    return Result(
        name=which,
        estimate=estimate,
        low=low,
        high=high,
        confidence=confidence,
        method="Bayes' rule, logit",
        source=MERCALDO,
        n=table.n,
        note=note,
        cells=table.cells,
    )


def _bayes(which: str, sensitivity: float, specificity: float, prevalence: float) -> float:
    """Return a predictive value; NaN where nobody is called so."""
    if which == "ppv":
        right, wrong = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    else:
        right, wrong = specificity * (1 - prevalence), (1 - sensitivity) * prevalence
    return right / (right + wrong) if right + wrong > 0 else math.nan


def _logit_variance(
    which: str, sensitivity: float, specificity: float, malignant: float, benign: float
) -> float:
    """Return the variance of a predictive value's logit by the delta method."""
    miss, alarm = 1 - sensitivity, 1 - specificity
    if which == "ppv":
        return miss / sensitivity / malignant + specificity / alarm / benign
    return sensitivity / miss / malignant + alarm / specificity / benign


def _worth(call: np.ndarray, malignant: np.ndarray, threshold: float) -> np.ndarray:
    if not 0 < threshold < 1:
        raise ValueError(f"threshold is {threshold:g}; it lies between 0 and 1")
    odds = threshold / (1 - threshold)
    return np.where(call, np.where(malignant, 1.0, -odds), 0.0)


def _worth_of_all(malignant: np.ndarray, threshold: float) -> float:
    return float(_worth(np.ones(len(malignant), bool), malignant, threshold).mean())
