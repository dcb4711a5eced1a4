"""Columns of percentages that their stated denominators cannot give: which ones could?"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from printed_numbers.denominators import DRAWS, Denominator, coincidences, search
from printed_numbers.forms import PERCENT, SIZE, TEXT, Form, Key, ListOf, rows
from printed_numbers.grim import counts
from printed_numbers.intervals import INTERVAL_METHODS, NAMES, matching
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, prints, show
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
NAMED = 5  # at most so many denominators are named
NO_PROPORTIONS = (
    "The percentages of these columns are not proportions of the stated numbers of cases."
)


@dataclass(frozen=True)
class Column:
    """A column of percentages, its stated denominator, and the one that explains it.

    Attributes:
        name: Its name in sentences: the class.
        rows: Its percentages, each with or without an interval.
        stated: The denominator that the paper states.
        largest: The largest denominator that is tried.
        searched: Every denominator tried that gives each percentage; only the stated one where
            that gives them all.
        chosen: The one denominator that explains every percentage and interval; the stated one
            where that gives every percentage; None if there is none, or several.
    """

    name: str
    rows: list[Printed]
    stated: int
    largest: int
    searched: list[Denominator]
    chosen: Denominator | None

    @property
    def possible(self) -> bool:
        """Whether the stated denominator gives every percentage."""
        return all(_has_count(row, self.stated) for row in self.rows)

    @property
    def has_intervals(self) -> bool:
        """Whether some percentage of the column has an interval."""
        return any(row.low for row in self.rows)

    @property
    def explaining(self) -> list[Denominator]:
        """The denominators that give every percentage and every interval."""
        return [candidate for candidate in self.searched if candidate.explains_all]


def denominators(
    paper: Paper,
    *,
    columns: list[dict[str, Any]],
    totals: Sequence[str] = (),
    everyone: str | int | None = None,
    others: Sequence[str | int] = (),
    table: str,
    likely: str = "",
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
        likely: A sentence for the finding, where other denominators explain every number.
    """
    searched = [_column(paper, column, everyone) for column in columns]
    checks = [check for column in searched for check in _column_checks(column)]
    if all(column.chosen and column.chosen.n == column.stated for column in searched):
        return Outcome(checks)
    known = [column.chosen for column in searched if column.chosen]
    if len(known) == len(columns) and totals:
        checks += _totals(paper, totals, known)
    explanations = {check.id: check.explanation for check in reversed(checks)}
    lines = [line for column in searched for line in _column_lines(column)]
    lines += _total_lines(paper, totals, searched, explanations)
    ids = tuple(dict.fromkeys(check.id for check in checks))
    if len(known) < len(columns):
        return Outcome(checks, [_without_denominator(table, ids, lines)])
    ids = tuple(dict.fromkeys((*ids, *totals)))
    rest = _rest(paper, everyone, others, sum(candidate.n for candidate in known))
    return Outcome(checks, [_other_division(table, ids, lines, searched, known, rest, likely)])


def _column(paper: Paper, column: dict[str, Any], everyone: str | int | None) -> Column:
    """Search the denominators of one column; only the stated one where it gives every row."""
    rows = [paper[name] for name in column["values"]]
    stated = paper.count(column["of"])
    largest = paper.count(everyone) if everyone else 10 * stated
    if all(_has_count(row, stated) for row in rows):
        searched = search(rows, [stated])
        chosen: Denominator | None = searched[0]
    else:
        searched = search(rows, range(2, largest + 1))
        explaining = [candidate for candidate in searched if candidate.explains_all]
        chosen = explaining[0] if len(explaining) == 1 else None
    return Column(column["name"], rows, stated, largest, searched, chosen)


def _column_checks(column: Column) -> list[Check]:
    """Return the check of each row of a column."""
    if not column.possible:
        return [_judged(column, row, index) for index, row in enumerate(column.rows)]
    words = f"All {len(column.rows)} percentages of the column have a count of {column.stated}."
    return [Check.of(row, NAME, str(column.stated), CONSISTENT, words) for row in column.rows]


def _judged(column: Column, row: Printed, index: int) -> Check:
    """Judge one row of a column that its stated denominator cannot give."""
    searched, explaining = _searched(column), column.explaining
    if not explaining:
        return Check.of(row, NAME, "", NOT_EXPLAINED, f"{searched}.")
    shown = ", ".join(str(candidate.n) for candidate in explaining[:NAMED])
    shown += f" and {len(explaining) - NAMED} more" if len(explaining) > NAMED else ""
    return Check.of(
        row,
        NAME,
        shown,
        only_with(f"a denominator of {shown}, not {column.stated}"),
        f"{_fraction(index, explaining[0])}. {searched}: {shown}.",
    )


def _searched(column: Column) -> str:
    """Return how many denominators explain a column, in words."""
    searched = [candidate.n for candidate in column.searched]
    words = (
        f"Of all denominators up to {column.largest}, {len(searched)} "
        f"give{'s' if len(searched) == 1 else ''} every percentage of the column"
    )
    if not column.has_intervals:
        return words
    # A few are worth a name also where the intervals come from none of the methods tried.
    words += f" ({', '.join(map(str, searched))})" if 0 < len(searched) <= NAMED else ""
    return f"{words} and {len(column.explaining) or 'none'} every interval too"


def _fraction(index: int, denominator: Denominator) -> str:
    """Return a row's count, percentage and method at a denominator, in words."""
    n, methods = denominator.n, denominator.methods[index]
    count, method = methods[0] if methods else (denominator.counts[index][0], "")
    words = f"{count}/{n} = {show(Fraction(100 * count, n), 2)}%"
    return f"{words} with the {NAMES[method]} interval" if method else words


def _totals(paper: Paper, totals: Sequence[str], known: list[Denominator]) -> list[Check]:
    """Check percentages of both classes together against the denominators of each."""
    n = sum(candidate.n for candidate in known)
    checks = []
    for i, name in enumerate(totals):
        row = paper[name]
        sums = sorted({sum(ks) for ks in itertools.product(*(c.counts[i] for c in known))})
        fits = [k for k in sums if prints(Fraction(100 * k, n), row.value, row.decimals)]
        k = fits[0] if fits else sums[0]
        words = f"{k}/{n} = {show(Fraction(100 * k, n), 2)}%"
        if fits and row.low:
            words += _interval_words(matching(row, k, n))
        verdict = only_with(f"a denominator of {n}") if fits else NOT_EXPLAINED
        checks.append(Check.of(row, NAME, f"{k}/{n}", verdict, f"{words}."))
    return checks


def _interval_words(methods: list[str]) -> str:
    """Return which method gives a row's interval, to stand after its fraction."""
    if methods:
        return f" with the {NAMES[methods[0]]} interval"
    return f"; its interval comes from none of the {len(INTERVAL_METHODS)} methods tried"


def _column_lines(column: Column) -> list[str]:
    """Return the arithmetic of one column, for the finding."""
    bad = [f"{row.text}%" for row in column.rows if not _has_count(row, column.stated)]
    words = f"no count gives {', '.join(bad)}" if bad else "every one fits"
    lines = [f"{column.name}, stated n = {column.stated}: {words}."]
    if bad and not column.chosen:
        lines.append(f"{column.name}: {_searched(column)}.")
    if column.chosen and bad:
        lines.append(f"{column.name}: {_searched(column)}: {column.chosen.n}.")
        lines.append(f"{column.name}: {_chance(column)}")
        lines += [f"{row.id}: {_fraction(i, column.chosen)}." for i, row in enumerate(column.rows)]
    return lines


def _chance(column: Column) -> str:
    """Return in how many random columns some other denominator fits, in words."""
    hits = coincidences(column.rows, column.stated, range(2, column.largest + 1))
    numbers = "every percentage and interval" if column.has_intervals else "every percentage"
    return (
        f"in {hits} of {DRAWS} random columns of n = {column.stated} with one slip, some other "
        f"denominator up to {column.largest} gives {numbers}."
    )


def _total_lines(
    paper: Paper, totals: Sequence[str], columns: list[Column], explanations: dict[str, str]
) -> list[str]:
    """Return the arithmetic of the percentages of both classes together."""
    n = sum(column.stated for column in columns)
    bad = [f"{paper[name].text}%" for name in totals if not _has_count(paper[name], n)]
    lines = [f"both classes, stated n = {n}: no count gives {', '.join(bad)}."] if bad else []
    return lines + [f"{name}: {explanations[name]}" for name in totals if name in explanations]


def _has_count(row: Printed, n: int) -> bool:
    """Return whether a percentage is that of a count of n."""
    return bool(counts(row.value, row.decimals, n))


def _without_denominator(table: str, ids: tuple[str, ...], lines: list[str]) -> Finding:
    """Return the finding where not every column has a denominator that explains it."""
    return Finding(
        title=f"{table}: percentages that the stated denominators cannot give",
        verdict=IMPOSSIBLE,
        ids=ids,
        arithmetic=tuple(lines),
        shown=NO_PROPORTIONS,
        not_known="What the denominators were: not every column has just one that gives its "
        "percentages and, by the methods tried, its intervals.",
    )


def _rest(
    paper: Paper, everyone: str | int | None, others: Sequence[str | int], explained: int
) -> tuple[str, str]:
    """Return a line and a sentence on the cases that are left for the other sets.

    Args:
        paper: The paper.
        everyone: Every case of the study.
        others: Sizes of the other sets.
        explained: Cases of the denominators that explain the columns.
    """
    if not (everyone and others):
        return "", ""
    study, needed = paper.count(everyone), sum(paper.count(name) for name in others)
    missing = needed - (study - explained)
    line = (
        f"{study} − {explained} = {study - explained} cases are left for the other sets, which "
        f"are stated to hold {needed}: {missing} too few."
    )
    if missing <= 0:
        return line, ""
    return line, (
        f" If the totals hold, at least {missing} cases of these rows belong to another set as "
        "the paper describes it, or the division behind these rows was another one."
    )


def _other_division(
    table: str,
    ids: tuple[str, ...],
    lines: list[str],
    columns: list[Column],
    known: list[Denominator],
    rest: tuple[str, str],
    likely: str,
) -> Finding:
    """Return the finding where one denominator a class explains every number."""
    total, stated = sum(c.n for c in known), sum(column.stated for column in columns)
    parts = " + ".join(str(candidate.n) for candidate in known)
    line, sentence = rest
    several = len(known) > 1
    intervals = any(column.has_intervals for column in columns)
    return Finding(
        title=f"{table}: the rows fit {total} cases{f' ({parts})' if several else ''}, not the "
        f"{stated} stated",
        verdict=IMPOSSIBLE,
        ids=ids,
        arithmetic=(*lines, line) if line else tuple(lines),
        shown=f"{NO_PROPORTIONS} One denominator{' a column' if several else ''}, and no other up "
        f"to {columns[0].largest}, gives all percentages"
        + (
            " and all their intervals, each interval from a count by one of the "
            f"{len(INTERVAL_METHODS)} methods tried"
            if intervals
            else ""
        )
        + f": {f'{parts} = ' if several else ''}{total} cases, where {stated} are stated."
        + sentence,
        likely=likely,
        not_known="Which cases these are, and why they are others than the stated ones: missing "
        "results and another division of the cases look the same in print.",
    )


FORMS = {
    "denominators": Form(
        denominators,
        "columns that their stated denominator cannot give: which one could",
        {
            "columns": rows(
                {
                    "name": Key(TEXT, "its name in sentences"),
                    "of": Key(SIZE, "its stated denominator"),
                    "values": Key(ListOf(PERCENT), "its percentages, with or without intervals"),
                },
                "the columns; the first two are the two classes",
            ),
            "table": Key(TEXT, "name of the table in sentences"),
            "totals": Key(
                ListOf(PERCENT, 0),
                "percentages of all columns together, row by row",
                required=False,
            ),
            "everyone": Key(SIZE, "cases of the study: the largest one tried", required=False),
            "others": Key(ListOf(SIZE, 0), "sizes of the other sets", required=False),
            "likely": Key(TEXT, "a sentence for the finding", required=False),
        },
    ),
}
