"""Logic: percentages that cannot be true together, whatever the data were."""

from fractions import Fraction
from typing import Any

from printed_numbers.forms import ID, PERCENT, SIZE, TEXT, Form, Key, rows, words
from printed_numbers.grim import counts
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, prints, show, window
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    IMPOSSIBLE,
    Check,
    Finding,
    Outcome,
)


def gate(paper: Paper, *, rows: list[dict[str, Any]], statement: str, because: str) -> Outcome:
    """Check that a percentage moves only in the direction that a procedure allows.

    Args:
        paper: The paper.
        rows: ``first``, ``second``, ``of`` and ``direction``: gained (cannot fall) or lost
            (cannot rise).
        statement: Id of the sentence that describes the procedure.
        because: Why, in words.
    """
    checks, wrong = [], []
    for row in rows:
        first, second, n = paper[row["first"]], paper[row["second"]], paper.count(row["of"])
        low1, high1 = window(first.value, first.decimals)
        low2, high2 = window(second.value, second.decimals)
        rises = row["direction"] == "gained"
        fits = high2 >= low1 if rises else low2 <= high1
        shown = [_with_count(number, n) for number in (first, second)]
        words = (
            f"{because} {first.name}: {shown[0]} before and {shown[1]} after; it cannot "
            f"{'fall' if rises else 'rise'}."
        )
        verdict = CONSISTENT if fits else IMPOSSIBLE
        checks.append(
            Check.of(
                second,
                "what the procedure allows",
                f"at {'least' if rises else 'most'} {first.text}",
                verdict,
                words,
            )
        )
        if not fits:
            wrong.append((first, second, words))
    number = paper[statement]
    checks.append(
        Check.of(
            number,
            "what the procedure allows",
            ", ".join(second.id for _, second, _ in wrong) or "all directions fit",
            CONTRADICTION if wrong else CONSISTENT,
            wrong[0][2] if wrong else f"{because} All {len(rows)} percentages move so.",
        )
    )
    findings = [
        Finding(
            title=f"The described procedure cannot turn {first.text}% into {second.text}% "
            f"({second.name})",
            verdict=IMPOSSIBLE,
            ids=(second.id, statement),
            arithmetic=(words,),
            shown="The sentence about the procedure and this number cannot both be true.",
            likely="The rule that made this row was not, or not only, the one described: it "
            "changed calls in the other direction too.",
            not_known="Which rule was used, and whether it was used for the other rows as well.",
        )
        for first, second, words in wrong
    ]
    return Outcome(checks, findings)


def _with_count(number: Printed, n: int) -> str:
    possible = counts(number.value, number.decimals, n)
    return f"{number.text}%" + (f" ({possible[0]}/{n})" if possible else f" of {n}")


def accuracy(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check accuracy against sensitivity and specificity at the class sizes."""
    checks, wrong = [], []
    for row in rows:
        number = paper[row["accuracy"]]
        sens, spec = paper[row["sensitivity"]], paper[row["specificity"]]
        pos, neg = paper.count(row["positives"]), paper.count(row["negatives"])
        pairs = [
            (k1, k2)
            for k1 in counts(sens.value, sens.decimals, pos)
            for k2 in counts(spec.value, spec.decimals, neg)
        ]
        total = pos + neg
        if pairs:
            fits = [
                pair
                for pair in pairs
                if prints(Fraction(100 * sum(pair), total), number.value, number.decimals)
            ]
            k1, k2 = (fits or pairs)[0]
            value = Fraction(100 * (k1 + k2), total)
            good = bool(fits)
            words = f"({k1} + {k2})/{total} = {show(value, 2)}%."
        else:
            ends = [
                (
                    window(sens.value, sens.decimals)[i] * pos
                    + window(spec.value, spec.decimals)[i] * neg
                )
                / total
                for i in (0, 1)
            ]
            low, high = window(number.value, number.decimals)
            good = ends[0] <= high and low <= ends[1]
            value = (sens.value * pos + spec.value * neg) / total
            words = (
                f"({sens.text} × {pos} + {spec.text} × {neg})/{total} = {show(value, 2)}%, from "
                "percentages, since there are no counts."
            )
        verdict = CONSISTENT if good else IMPOSSIBLE
        checks.append(
            Check.of(
                number,
                "accuracy from sensitivity and specificity",
                show(value, number.decimals),
                verdict,
                words,
            )
        )
        if not good:
            wrong.append((row, words))
    return Outcome(
        checks,
        [
            Finding(
                title=f"Accuracy {paper[row['accuracy']].text}% does not follow from sensitivity "
                "and specificity",
                verdict=IMPOSSIBLE,
                ids=(row["accuracy"], row["sensitivity"], row["specificity"]),
                arithmetic=(words,),
                shown="Accuracy is their mean, weighted by the class sizes; these three cannot "
                "all be right.",
                not_known="Which of the three is wrong.",
            )
            for row, words in wrong
        ],
    )


FORMS = {
    "gate": Form(
        gate,
        "percentages that a procedure lets move in one direction only",
        {
            "rows": rows(
                {
                    "first": Key(PERCENT, "before"),
                    "second": Key(PERCENT, "after"),
                    "of": Key(SIZE, "their denominator"),
                    "direction": Key(
                        words("gained", "lost"), "gained: cannot fall; lost: cannot rise"
                    ),
                }
            ),
            "statement": Key(ID, "the sentence that describes the procedure"),
            "because": Key(TEXT, "why, in words"),
        },
    ),
    "accuracy": Form(
        accuracy,
        "accuracy with sensitivity and specificity",
        {
            "rows": rows(
                {
                    "accuracy": Key(PERCENT, "the accuracy"),
                    "sensitivity": Key(PERCENT, "the sensitivity"),
                    "specificity": Key(PERCENT, "the specificity"),
                    "positives": Key(SIZE, "positive cases"),
                    "negatives": Key(SIZE, "negative cases"),
                }
            )
        },
    ),
}
