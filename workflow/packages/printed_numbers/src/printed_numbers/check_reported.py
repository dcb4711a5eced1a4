"""Reported statistics with their degrees of freedom and P, as statcheck compares them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scipy import stats

from printed_numbers.forms import AMOUNT, NUMBER, Form, Key, Numbers, P, rows, words
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, show_p, window
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    only_with,
)

NAME = "P of the reported statistic"
_CORRECTED = range(2, 21)  # comparisons that a Bonferroni correction may be for


def _of_r(r: float, df: float, _: float) -> float:
    """Return the P of a correlation with n - 2 degrees of freedom."""
    return 0.0 if r >= 1 else float(2 * stats.t.sf(r * (df / (1 - r * r)) ** 0.5, df))


# kind -> P of a statistic without its sign and of one or two degrees of freedom
KINDS: dict[str, Callable[[float, float, float], float]] = {
    "t": lambda x, df, _: float(2 * stats.t.sf(x, df)),
    "z": lambda x, _, __: float(2 * stats.norm.sf(x)),
    "chi2": lambda x, df, _: float(stats.chi2.sf(x, df)),
    "F": lambda x, df, df2: float(stats.f.sf(x, df, df2)),
    "r": _of_r,
}
_ONE_SIDED = ("t", "z", "r")
_DF = {"t": 1, "z": 0, "chi2": 1, "F": 2, "r": 1}


def reported_statistics(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check P values against the statistics that they are printed with.

    Args:
        paper: The paper.
        rows: ``statistic``, ``kind`` (one of `KINDS`), ``p``, and ``df`` and ``df2`` as the kind
            needs them.
    """
    checks = [_judged(paper, row) for row in rows]
    return Outcome(checks, [_finding(c) for c in checks if c.kind != CONSISTENT])


def _judged(paper: Paper, row: dict[str, Any]) -> Check:
    """Judge one P value."""
    number, statistic = paper[row["p"]], paper[row["statistic"]]
    low, high = _range(paper, statistic, row)
    data = f"{row['kind']}{_df_words(paper, row)} = {statistic.text}"
    shown = _shown(low, high)
    words = f"{data} gives P = {shown}, two-sided where it has sides."
    if number.admits_range(low, high):
        return Check.of(number, NAME, shown, CONSISTENT, words)
    if row["kind"] in _ONE_SIDED and number.admits_range(low / 2, high / 2):
        return Check.of(number, NAME, shown, only_with("a one-sided test"), words)
    for k in _CORRECTED:
        if number.admits_range(min(k * low, 1.0), min(k * high, 1.0)):
            verdict = only_with(f"a Bonferroni correction for {k} comparisons")
            return Check.of(number, NAME, shown, verdict, words)
    if not number.sign and float(number.value) > high:
        words += f" Printed is {number.text}: an adjusted P may be larger."
        return Check.of(number, NAME, shown, NOT_EXPLAINED, words)
    words += f" Printed is {number.text}, and no adjustment makes a P smaller."
    return Check.of(number, NAME, shown, CONTRADICTION, words)


def _range(paper: Paper, statistic: Printed, row: dict[str, Any]) -> tuple[float, float]:
    """Return the smallest and the largest P that the statistic's rounding allows."""
    df, df2 = (float(paper.amount(row.get(key, 1))) for key in ("df", "df2"))
    ends = [float(end) for end in window(abs(statistic.value), statistic.decimals)]
    p = KINDS[row["kind"]]
    return p(ends[1], df, df2), p(max(ends[0], 0.0), df, df2)


def _shown(low: float, high: float) -> str:
    return show_p(low) if show_p(low) == show_p(high) else f"{show_p(low)} to {show_p(high)}"


def _df_words(paper: Paper, row: dict[str, Any]) -> str:
    given = [f"{float(paper.amount(row[key])):g}" for key in ("df", "df2") if key in row]
    return f"({', '.join(given)})" if given else ""


def _finding(check: Check) -> Finding:
    """Return the finding about one P value."""
    return Finding(
        title=f"P = {check.printed} is not that of the statistic beside it",
        verdict=check.kind,
        ids=(check.id,),
        arithmetic=(check.explanation,),
        shown="Statistic, degrees of freedom and P do not belong together as they stand.",
        not_known="Which of them is a slip, and whether P was adjusted.",
    )


def _degrees(_: Numbers, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield degrees of freedom that a kind of statistic needs."""
    needed = ("df", "df2")[: _DF[row["kind"]]]
    yield from (f"{key} is missing; {row['kind']} needs it" for key in needed if key not in row)


FORMS = {
    "reported_statistics": Form(
        reported_statistics,
        "P with the statistic and the degrees of freedom that it is printed with",
        {
            "rows": rows(
                {
                    "statistic": Key(NUMBER, "the statistic"),
                    "kind": Key(words(*KINDS), "what it is"),
                    "p": Key(P, "its P value"),
                    "df": Key(
                        AMOUNT, "degrees of freedom; of F those of the effect", required=False
                    ),
                    "df2": Key(AMOUNT, "of F those of the error", required=False),
                },
                also=_degrees,
            )
        },
    ),
}
