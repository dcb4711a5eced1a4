"""Sums, and percentages of printed counts."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from printed_numbers.forms import (
    AMOUNT,
    COUNT,
    NUMBER,
    PERCENT,
    SIZE,
    TEXT,
    Form,
    Key,
    ListOf,
    rows,
)
from printed_numbers.grim import counts
from printed_numbers.paper import Paper
from printed_numbers.printed import NEAREST, ROUNDING_RULES, Printed, prints, show, window
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    IMPOSSIBLE,
    Check,
    Finding,
    Outcome,
    only_with,
    worst,
)

_OTHER_RULES = tuple(rule for rule in ROUNDING_RULES if rule not in NEAREST)
_RULE_WORDS = {"cut off": "cutting off digits", "rounded up": "rounding every number up"}


def sums(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check that parts add to their total; the total may be a number, for instance 100.

    Parts that are rounded may miss a total by half a unit each.
    """
    checks, wrong = [], []
    for row in rows:
        parts = [paper[name] for name in row["parts"]]
        literal = not isinstance(row["total"], str)
        total = paper.amount(row["total"])
        added = sum((part.value for part in parts), Fraction(0))
        # Whole numbers are exact; anything else was rounded.
        slack = sum(
            (
                part.value - window(part.value, part.decimals)[0]
                for part in parts
                if part.decimals > 0
            ),
            Fraction(0),
        )
        fits = abs(added - total) <= slack
        arithmetic = " + ".join(part.text for part in parts) + f" = {float(added):g}"
        words = f"{arithmetic}; the total is {float(total):g}."
        ids = [part.id for part in parts] + ([] if literal else [row["total"]])
        verdict = CONSISTENT if fits else CONTRADICTION
        checks += [
            Check.of(paper[name], "sum", f"{float(added):g}", verdict, words) for name in ids
        ]
        if not fits:
            wrong.append((ids, words))
    findings = [
        Finding(
            title="Parts that do not add to their total",
            verdict=CONTRADICTION,
            ids=tuple(ids),
            arithmetic=(words,),
            shown="At least one of these numbers is not what it is said to be.",
            not_known="Which of them is wrong.",
        )
        for ids, words in wrong
    ]
    return Outcome(checks, findings)


def percentages(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    wholes: Sequence[dict[str, Any]] = (),
    table: str = "a table",
) -> Outcome:
    """Check percentages against their printed counts, and that one rounding gives them all.

    Args:
        paper: The paper.
        rows: ``percent``, ``count`` and ``of`` of each.
        wholes: ``percents`` that together are everybody, to see why one may be off.
        table: Its name in sentences.
    """
    shares = {
        row["percent"]: Fraction(100 * paper.count(row["count"]), paper.count(row["of"]))
        for row in rows
    }
    checks = [_percentage(paper, row, shares, table) for row in rows]
    wrong = [check for check in checks if check.kind != CONSISTENT]
    if not wrong:
        return Outcome(checks)
    hints = [_adds_to_100(paper, shares, check.id, wholes) for check in wrong]
    return Outcome(
        checks,
        [
            Finding(
                title=f"{len(wrong)} of {len(checks)} percentages of {table} "
                + ("is" if len(wrong) == 1 else "are")
                + " not the percentage of the count beside it",
                verdict=worst(wrong).kind,
                ids=tuple(check.id for check in wrong),
                arithmetic=tuple(check.explanation for check in wrong),
                shown="The printed percentage and the printed count do not belong together "
                "under one rounding of the table.",
                likely=" ".join(hint for hint in hints if hint),
                not_known="Whether the count or the percentage is the slip.",
            )
        ],
    )


def _percentage(
    paper: Paper, row: dict[str, Any], shares: dict[str, Fraction], table: str
) -> Check:
    """Check one percentage against its count."""
    number, share = paper[row["percent"]], shares[row["percent"]]
    exact = f"{paper.count(row['count'])}/{paper.count(row['of'])} = {show(share, 3)}%"
    recomputed = show(share, number.decimals)
    verdict, words = CONSISTENT, f"{exact}, which prints as {recomputed}."
    if not prints(share, number.value, number.decimals):
        rule = next(
            (r for r in _OTHER_RULES if prints(share, number.value, number.decimals, (r,))), None
        )
        refuted = rule and next(
            (
                name
                for name, other in shares.items()
                if not prints(other, paper[name].value, paper[name].decimals, (rule,))
                and prints(other, paper[name].value, paper[name].decimals)
            ),
            None,
        )
        words = f"{exact}, which prints as {recomputed}, not {number.text}."
        verdict = IMPOSSIBLE
        if rule and refuted:
            other = paper[refuted]
            words += (
                f" Only {_RULE_WORDS[rule]} gives {number.text}, and the same table refutes it: "
                f"{show(shares[refuted], 3)}% is printed as {other.text} ({refuted})."
            )
        elif rule:
            verdict = only_with(_RULE_WORDS[rule])
            words += f" {_RULE_WORDS[rule].capitalize()} gives {number.text}."
        else:
            possible = counts(number.value, number.decimals, paper.count(row["of"]))
            words += (
                f" {number.text}% would be a count of {' or '.join(map(str, possible))}."
                if possible
                else f" No count of {paper.count(row['of'])} gives {number.text}%."
            )
    return Check.of(number, "percentage of its count", recomputed, verdict, words)


def _adds_to_100(
    paper: Paper, shares: dict[str, Fraction], name: str, wholes: Sequence[dict[str, Any]]
) -> str:
    """Return the sentence that a percentage was fitted so that its column adds to 100, if so."""
    for whole in wholes:
        if name not in whole["percents"]:
            continue
        numbers: list[Printed] = [paper[part] for part in whole["percents"]]
        printed = sum((number.value for number in numbers), Fraction(0))
        rounded = sum(
            (Fraction(show(shares[number.id], number.decimals)) for number in numbers), Fraction(0)
        )
        if printed == 100 != rounded:
            return (
                f"{name} was fitted so that its column adds to 100.0: as printed "
                + " + ".join(number.text for number in numbers)
                + f" = 100.0, rounded correctly it would be {float(rounded):.1f}."
            )
    return ""


FORMS = {
    "sums": Form(
        sums,
        "parts with their total",
        {
            "rows": rows(
                {
                    "total": Key(AMOUNT, "the total; a number, for instance 100, may stand here"),
                    "parts": Key(ListOf(NUMBER, 2), "what adds to it"),
                }
            )
        },
    ),
    "percentages": Form(
        percentages,
        "percentages with the counts beside them; one rounding for all",
        {
            "rows": rows(
                {
                    "percent": Key(PERCENT, "the percentage"),
                    "count": Key(COUNT, "its count"),
                    "of": Key(SIZE, "its denominator"),
                }
            ),
            "wholes": rows(
                {"percents": Key(ListOf(PERCENT, 2), "percentages that together are everybody")},
                "to see whether one was fitted so that its column adds to 100",
                least=0,
                required=False,
            ),
            "table": Key(TEXT, "name of the table in sentences", required=False),
        },
    ),
}
