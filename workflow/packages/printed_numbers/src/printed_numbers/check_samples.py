"""Single values behind printed means: binary data, examples of samples, and repeated cells."""

import math
from collections import Counter
from fractions import Fraction
from itertools import combinations
from typing import Any

from printed_numbers.check_means import ROWS, limits_in_order
from printed_numbers.forms import DECIMAL, NUMBER, POSITIVE, TEXT, Form, Key, ListOf, rows
from printed_numbers.grim import multiples
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, prints, show
from printed_numbers.samples import example
from printed_numbers.verdicts import (
    CONSISTENT,
    IMPOSSIBLE,
    NOT_CHECKABLE,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
)

LEAST = 3  # so many equal numbers make two lists worth a look
RARE = 0.01  # and no larger chance


def debit(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check mean and SD of values that are 0 or 1: the one gives the other (DEBIT).

    Args:
        paper: The paper.
        rows: ``mean`` (0 to 1), ``sd`` and ``of``.

    Source: Heathers & Brown 2019, DEBIT (osf.io/5vb3u).
    """
    checks = [_binary(paper, row) for row in rows]
    findings = [
        Finding(
            title=f"Mean and SD of {check.id} are not those of values 0 and 1",
            verdict=IMPOSSIBLE,
            ids=(check.id,),
            arithmetic=(check.explanation,),
            shown="No values of 0 and 1 have this mean and this SD.",
            not_known="Which of mean, SD and n is wrong, and whether the values are 0 and 1.",
        )
        for check in checks
        if check.kind == IMPOSSIBLE
    ]
    return Outcome(checks, findings)


def _binary(paper: Paper, row: dict[str, Any]) -> Check:
    """Judge one SD of values that are 0 or 1."""
    mean, sd, n = paper[row["mean"]], paper[row["sd"]], paper.count(row["of"])
    totals = [k for k in multiples(mean.value, mean.decimals, n, 1) if 0 <= k <= n]
    spreads = [
        math.sqrt(k * (n - k) / n / divisor) for k in totals for divisor in (n - 1, n)
    ]  # fmt: skip
    fits = any(prints(x, sd.value, sd.decimals) for x in spreads)
    shown = " or ".join(sorted({show(x, sd.decimals + 1) for x in spreads}))
    words = (
        f"{totals[0]} of {n} have a mean of {mean.text} and an SD of √(p(1 − p)) = {shown}; "
        f"printed is {sd.text}."
        if totals
        else f"No count of {n} has a mean of {mean.text}."
    )
    return Check.of(sd, "DEBIT: values 0 and 1", shown, CONSISTENT if fits else IMPOSSIBLE, words)


def samples(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    limits: list[str | float],
    unit: str | float,
    measure: str = "",
) -> Outcome:
    """Show for each mean and SD a sample that has them (SPRITE).

    That none is found proves nothing: `means` says what is impossible.

    Args:
        paper: The paper.
        rows: ``mean``, ``sd`` and ``of`` of each group.
        limits: The smallest and the largest value.
        unit: The step in which single values are recorded.
        measure: The unit's name.
    """
    ends = Fraction(str(limits[0])), Fraction(str(limits[1]))
    checks = []
    for row in rows:
        mean, sd, n = paper[row["mean"]], paper[row["sd"]], paper.count(row["of"])
        sample = example(
            mean.value, sd.value, (mean.decimals, sd.decimals), n, ends, Fraction(str(unit))
        )
        verdict = CONSISTENT if sample else NOT_CHECKABLE
        words = (
            f"{_listed(sample)} {measure}".strip() + f" have {mean.text}±{sd.text}: one of many."
            if sample
            else f"The search found no sample with {mean.text}±{sd.text}, which proves nothing."
        )
        checks.append(Check.of(sd, "a possible sample (SPRITE)", "", verdict, words))
    return Outcome(checks)


def _listed(sample: Counter[Fraction]) -> str:
    """Return a sample in words: how often each value occurs."""
    return ", ".join(f"{count} × {float(value):g}" for value, count in sample.items())


def duplicates(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Look for lists of numbers that repeat one another cell by cell.

    Args:
        paper: The paper.
        rows: ``name`` and ``lists``: columns, or rows, of ids that stand beside one another.
    """
    checks: list[Check] = []
    findings: list[Finding] = []
    for row in rows:
        lists = [[paper[name] for name in names] for names in row["lists"]]
        share = _agreement(lists)
        pairs = list(combinations(lists, 2))
        for first, second in pairs:
            same = [(a, b) for a, b in zip(first, second, strict=False) if a.shown == b.shown]
            ways = len(pairs) * math.comb(min(len(first), len(second)), len(same))
            chance = ways * share ** len(same)
            odd = len(same) >= LEAST and chance < RARE
            words = (
                f"{row['name']}: {len(same)} of {min(len(first), len(second))} cells are the same"
                + (f" ({', '.join(a.shown for a, _ in same)})" if odd else "")
                + (f"; by chance about {min(chance, 1):.1g} such pairs." if odd else ".")
            )
            verdict = NOT_EXPLAINED if odd else CONSISTENT
            some = same if odd else list(zip(first, second, strict=False))[:1]
            pair = [number for both in some for number in both]
            checks += [Check.of(n, "repeated cells", str(len(same)), verdict, words) for n in pair]
            if odd:
                findings.append(_repeated(row["name"], pair, words))
    return Outcome(list(dict.fromkeys(checks)), findings)


def _agreement(lists: list[list[Printed]]) -> float:
    """Return how often two cells that do not belong together are the same, at least 1 in 100."""
    apart = [
        (a.shown, b.shown)
        for first, second in combinations(lists, 2)
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if i != j
    ]
    return max(sum(a == b for a, b in apart) / len(apart) if apart else 1.0, 0.01)


def _repeated(name: str, numbers: list[Printed], words: str) -> Finding:
    """Return the finding that two lists repeat one another."""
    return Finding(
        title=f"{name}: two lists repeat {len(numbers) // 2} numbers",
        verdict=NOT_EXPLAINED,
        ids=tuple(number.id for number in numbers),
        arithmetic=(words,),
        shown="More cells are the same than the other cells of these lists make likely.",
        not_known="Whether one list was copied over the other, or both are alike by their nature.",
    )


FORMS = {
    "debit": Form(
        debit,
        "mean and SD of values that are 0 or 1 (DEBIT)",
        {"rows": rows(ROWS)},
    ),
    "samples": Form(
        samples,
        "a mean and an SD with an example of single values that have them (SPRITE)",
        {
            "rows": rows(ROWS),
            "limits": Key(ListOf(DECIMAL, 2, 2), "the smallest and the largest value"),
            "unit": Key(POSITIVE, "the step in which single values are recorded"),
            "measure": Key(TEXT, "the unit's name", required=False),
        },
        also=limits_in_order,
    ),
    "duplicates": Form(
        duplicates,
        "columns or rows of a table with one another, cell by cell",
        {
            "rows": rows(
                {
                    "name": Key(TEXT, "name of the table"),
                    "lists": Key(ListOf(ListOf(NUMBER, LEAST), 2), "columns or rows of ids"),
                }
            )
        },
    ),
}
