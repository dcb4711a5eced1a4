"""Columns of percentages that their stated denominators cannot give: which ones could?"""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from printed_numbers.denominators import Denominator, search
from printed_numbers.grim import counts
from printed_numbers.intervals import INTERVAL_METHODS, NAMES, matching
from printed_numbers.printed import Printed, prints, show
from printed_numbers.relations import Paper
from printed_numbers.verdicts import (
    CONSISTENT,
    IMPOSSIBLE,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    only_with,
)

NAME = "denominator of its column"


def denominators(
    paper: Paper,
    *,
    columns: list[dict[str, Any]],
    totals: Sequence[str] = (),
    everyone: str | int | None = None,
    others: Sequence[str] = (),
    table: str,
) -> Outcome:
    """Search the denominators that explain columns of percentages with their intervals.

    Args:
        paper: The paper.
        columns: ``name``, ``of`` (the stated denominator) and ``values`` of each column; the
            first two columns are the two classes.
        totals: Percentages of both classes together, row by row in the columns' order.
        everyone: Every case of the study: the largest denominator that is tried.
        others: Sizes of the sets that these columns are not about.
        table: Its name in sentences.
    """
    checks: list[Check] = []
    chosen: list[Denominator | None] = []
    for column in columns:
        rows = [paper[name] for name in column["values"]]
        stated = paper.count(column["of"])
        if all_possible(rows, stated):
            found = search(rows, [stated])
            chosen.append(found[0])
            checks += [
                Check(row.id, NAME, row.shown, str(stated), CONSISTENT,
                      f"All {len(rows)} percentages of the column have a count of {stated}.")
                for row in rows
            ]  # fmt: skip
            continue
        largest = paper.count(everyone) if everyone else 10 * stated
        candidates = search(rows, range(2, largest + 1))
        best = [candidate for candidate in candidates if candidate.explains_all]
        chosen.append(best[0] if len(best) == 1 else None)
        checks += [_judged(row, i, stated, largest, candidates, best) for i, row in enumerate(rows)]
    if all_stated(paper, columns, chosen):
        return Outcome(checks)
    known = [d for d in chosen if d is not None]
    if len(known) == len(columns) and totals:
        checks += _totals(paper, totals, known)
    return Outcome(
        checks, [_finding(paper, columns, chosen, totals, checks, everyone, others, table)]
    )


def all_possible(rows: list[Printed], n: int) -> bool:
    """Return whether every percentage has a count of n."""
    return not any(not counts(row.value, row.decimals, n) for row in rows)


def all_stated(
    paper: Paper, columns: list[dict[str, Any]], chosen: list[Denominator | None]
) -> bool:
    """Return whether the stated denominators already explain every percentage."""
    return not any(
        d is None or d.n != paper.count(column["of"])
        for column, d in zip(columns, chosen, strict=True)
    )


def _judged(
    row: Printed,
    index: int,
    stated: int,
    largest: int,
    candidates: list[Denominator],
    best: list[Denominator],
) -> Check:
    """Judge one row of a column that its stated denominator cannot give."""
    searched = _searched(largest, candidates, best)
    if not best:
        return Check(row.id, NAME, row.shown, "", NOT_EXPLAINED, f"{searched}.")
    shown = ", ".join(str(d.n) for d in best[:5])
    return Check(
        row.id,
        NAME,
        row.shown,
        shown,
        only_with(f"a denominator of {shown}, not {stated}"),
        f"{_fraction(index, best[0])}. {searched}: {shown}.",
    )


def _searched(largest: int, candidates: list[Denominator], best: list[Denominator]) -> str:
    """Return how many denominators explain a column, in words."""
    return (
        f"Of all denominators up to {largest}, {len(candidates)} give every percentage of the "
        f"column and {len(best)} every interval too"
    )


def _fraction(index: int, found: Denominator) -> str:
    """Return a row's count, percentage and method at a denominator, in words."""
    hits = found.methods[index]
    count, method = hits[0] if hits else (found.counts[index][0], "")
    words = f"{count}/{found.n} = {show(Fraction(100 * count, found.n), 2)}%"
    return f"{words} with the {NAMES[method]} interval" if method else words


def _totals(paper: Paper, totals: Sequence[str], known: list[Denominator]) -> list[Check]:
    """Check percentages of both classes together against the denominators found."""
    n = sum(d.n for d in known)
    checks = []
    for i, name in enumerate(totals):
        row = paper[name]
        summed = {sum(ks) for ks in itertools.product(*(d.counts[i] for d in known))}
        fits = [k for k in sorted(summed) if prints(Fraction(100 * k, n), row.value, row.decimals)]
        if not fits:
            k = min(summed)
            verdict, words = NOT_EXPLAINED, f"{k}/{n} = {show(Fraction(100 * k, n), 2)}%."
        else:
            k = fits[0]
            methods = matching(row, k, n) if row.low else []
            verdict = only_with(f"a denominator of {n}")
            words = f"{k}/{n} = {show(Fraction(100 * k, n), 2)}%"
            if methods:
                words += f" with the {NAMES[methods[0]]} interval"
            elif row.low:
                words += "; its interval comes from no method at this denominator"
            words += "."
        checks.append(Check(row.id, NAME, row.shown, f"{k}/{n}", verdict, words))
    return checks


def _finding(
    paper: Paper,
    columns: list[dict[str, Any]],
    chosen: list[Denominator | None],
    totals: Sequence[str],
    checks: list[Check],
    everyone: str | int | None,
    others: Sequence[str],
    table: str,
) -> Finding:
    """Return what the search means for the split."""
    stated = [paper.count(column["of"]) for column in columns]
    lines = []
    for column, n, found in zip(columns, stated, chosen, strict=True):
        rows = [paper[name] for name in column["values"]]
        bad = [row.text for row in rows if not counts(row.value, row.decimals, n)]
        texts = f"no count gives {', '.join(f'{text}%' for text in bad)}"
        lines.append(f"{column['name']}, stated n = {n}: {texts if bad else 'every one fits'}.")
        if found and bad:
            searched = next(c.explanation for c in checks if c.id == rows[0].id)
            lines.append(f"{column['name']}: {searched[searched.index('Of all') :]}")
            lines += [f"{row.id}: {_fraction(i, found)}." for i, row in enumerate(rows)]
    bad = [name for name in totals
           if not counts(paper[name].value, paper[name].decimals, sum(stated))]  # fmt: skip
    if bad:
        texts = ", ".join(f"{paper[name].text}%" for name in bad)
        lines.append(f"both classes, stated n = {sum(stated)}: no count gives {texts}.")
    lines += [f"{name}: {_of(checks, name)}" for name in totals if _of(checks, name)]
    explained = [d.n for d in chosen if d is not None]
    shown = "The percentages of these columns are not proportions of the stated numbers of cases."
    if len(explained) < len(columns):
        return Finding(
            title=f"{table}: percentages that the stated denominators cannot give",
            verdict=IMPOSSIBLE,
            ids=tuple(dict.fromkeys(check.id for check in checks)),
            arithmetic=tuple(lines),
            shown=shown,
            not_known="What the denominators were: no single one explains each column.",
        )
    total, said = sum(explained), sum(stated)
    parts = " + ".join(map(str, explained))
    shown += (
        f" One denominator a class, and no other up to the size of the study, gives all "
        f"percentages and all their intervals, each interval from a count by one of the "
        f"{len(INTERVAL_METHODS)} methods compared: {parts} = {total} cases, where {said} are "
        "stated."
    )
    if everyone and others:
        rest, needed = paper.count(everyone) - total, sum(paper.count(name) for name in others)
        lines.append(
            f"{paper.count(everyone)} − {total} = {rest} cases are left for the other sets, which "
            f"are stated to hold {needed}: {needed - rest} too few."
        )
        if rest < needed:
            shown += (
                f" If the totals hold, at least {needed - rest} cases of these rows belong to "
                "another set as the paper describes it, or the division behind these rows was "
                "another one."
            )
    return Finding(
        title=f"{table}: the rows fit {total} cases ({parts}), not the {said} stated",
        verdict=IMPOSSIBLE,
        ids=tuple(dict.fromkeys([check.id for check in checks] + list(totals))),
        arithmetic=tuple(lines),
        shown=shown,
        likely="The rows were computed on another division of the same cases than the one that "
        "the paper describes: one denominator for each class explains every model's percentage "
        "and interval at once, which single slips would not.",
        not_known="Whether cases of the other sets were used for training, and whether the "
        "remaining rows of the table stem from the described division.",
    )


def _of(checks: list[Check], name: str) -> str:
    """Return what was found about a number; empty if nothing."""
    return next((check.explanation for check in checks if check.id == name), "")
