"""A model that is fitted to one set and read on another: which set it suits better."""

from fractions import Fraction
from statistics import NormalDist
from typing import Any

from printed_numbers.forms import PERCENT, SIZE, TEXT, Fields, Form, Key, rows
from printed_numbers.paper import Paper
from printed_numbers.printed import show, show_p
from printed_numbers.verdicts import CONSISTENT, Check, Finding, Outcome

NAME = "Youden index of both sets"


def transfer(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Compare the Youden index of the set that a model is fitted to with that of another set.

    A model and its cut-off fit the chance of their own set and lose on others, on average.

    Args:
        paper: The paper.
        rows: ``name``, ``fitted`` and ``other``: of both sets sensitivity, specificity, positives
            and negatives.
    """
    checks, findings = [], []
    for row in rows:
        (first, error1), (second, error2) = (
            _youden(paper, row[key]) for key in ("fitted", "other")
        )
        spread = (error1 + error2) ** 0.5
        gap = float(second - first)
        p = 1 - NormalDist().cdf(gap / spread) if spread else float(gap <= 0)
        words = (
            f"{row['name']}: J = {show(first, 3)} in the set that the model is fitted to and "
            f"{show(second, 3)} in the other set; if both had one J, a difference of at least "
            f"{show(second - first, 3)} would have a probability of {show_p(p)}."
        )
        number = paper[row["other"]["sensitivity"]]
        checks.append(Check.of(number, NAME, show(second, 3), CONSISTENT, words))
        if second > first:
            findings.append(
                Finding(
                    title=f"{row['name']}: the Youden index is higher in the other set "
                    f"({show(second, 3)}) than in the one that the model is fitted to "
                    f"({show(first, 3)})",
                    verdict=CONSISTENT,
                    ids=(number.id, row["other"]["specificity"]),
                    arithmetic=(words,),
                    shown="On average a model and its cut-off lose in cases that they were not "
                    "fitted to; here they do not. Chance alone can do this.",
                    not_known="Which cases chose the cut-off.",
                )
            )
    return Outcome(checks, findings)


def _youden(paper: Paper, row: dict[str, Any]) -> tuple[Fraction, float]:
    """Return J and the variance of its estimate."""
    total, variance = Fraction(-1), 0.0
    for rate, of in (("sensitivity", "positives"), ("specificity", "negatives")):
        share = paper[row[rate]].value / 100
        total += share
        variance += float(share * (1 - share)) / paper.count(row[of])
    return total, variance


_SET = Key(
    Fields(
        {
            "sensitivity": Key(PERCENT, "at the cut-off"),
            "specificity": Key(PERCENT, "at the cut-off"),
            "positives": Key(SIZE, "positive cases"),
            "negatives": Key(SIZE, "negative cases"),
        }
    )
)
FORMS = {
    "transfer": Form(
        transfer,
        "the Youden index in the set that a model is fitted to with that in another set",
        {"rows": rows({"name": Key(TEXT, "the model"), "fitted": _SET, "other": _SET})},
    ),
}
