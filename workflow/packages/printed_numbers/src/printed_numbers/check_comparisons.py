"""P values of comparisons of groups, recomputed from counts and from means."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from printed_numbers.check_means import ROWS
from printed_numbers.comparisons import COUNT_TESTS, MEAN_TESTS, Rounded, of_counts, of_means
from printed_numbers.forms import (
    COUNT,
    LEVEL,
    Fields,
    Form,
    Key,
    ListOf,
    Numbers,
    P,
    rows,
    words,
)
from printed_numbers.p_values import NAMED_TESTS
from printed_numbers.paper import Paper
from printed_numbers.possible_p import finding, judge
from printed_numbers.printed import window
from printed_numbers.verdicts import NOT_CHECKABLE, Check, Outcome

OTHER = "other"  # a test that needs the single values, or that is not known here


def compared_counts(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    stated: str | None = None,
    alpha: str | float = 0.05,
) -> Outcome:
    """Check P values against tests of the printed counts.

    Args:
        paper: The paper.
        rows: ``p`` and ``groups``: for each group the counts of every category.
        stated: The test that is named, one of `COUNT_TESTS`.
        alpha: The level of significance, or its id.
    """
    named = _named(stated)
    level = float(paper.amount(alpha))
    checks = []
    for row in rows:
        table = np.array([[paper.count(name) for name in group] for group in row["groups"]])
        data = " against ".join("/".join(map(str, group)) for group in table.tolist())
        possible = of_counts(table)
        if not possible:
            words = f"{data}: nothing can differ, and no test is needed."
            checks.append(Check.of(paper[row["p"]], "P of counts", "", NOT_CHECKABLE, words))
            continue
        checks.append(judge(paper[row["p"]], "P of counts", possible, named, data, level))
    return _outcome(
        checks, COUNT_TESTS.get(stated or "", ""), "Which test was used, on which cases."
    )


def _named(stated: str | None) -> tuple[str, ...]:
    """Return the tests that a named test may mean."""
    if stated is None:
        return ()
    if stated == "fisher":
        return ("fisher", "fisher-freeman-halton")
    return NAMED_TESTS[stated][0] if stated in NAMED_TESTS else (stated,)


def compared_means(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    stated: str | None = None,
    alpha: str | float = 0.05,
) -> Outcome:
    """Check P values against tests of the printed means, SDs and n of independent groups.

    Args:
        paper: The paper.
        rows: ``p`` and ``members``: for each group mean, sd and of.
        stated: The test that is named, one of `MEAN_TESTS`, or `OTHER`: a rank test, for
            instance, which nothing printed can give.
        alpha: The level of significance, or its id.
    """
    level = float(paper.amount(alpha))
    checks = []
    for row in rows:
        number = paper[row["p"]]
        groups = [rounded(paper, member) for member in row["members"]]
        data = " against ".join(
            f"{paper[m['mean']].text}±{paper[m['sd']].text} of {paper.count(m['of'])}"
            for m in row["members"]
        )
        possible = of_means(groups)
        if stated == OTHER or not possible:
            words = f"{data}: the test needs the single values, or an SD is 0."
            checks.append(Check.of(number, "P of means", "", NOT_CHECKABLE, words))
        else:
            named = (stated,) if stated else ()
            checks.append(judge(number, "P of means", possible, named, data, level))
    not_known = "Whether ranks or paired values were tested: both need the single values."
    return _outcome(checks, MEAN_TESTS.get(stated or "", ""), not_known)


def rounded(paper: Paper, member: dict[str, Any]) -> Rounded:
    """Return a group with the ends of its rounding."""
    mean, sd = (paper[member[key]] for key in ("mean", "sd"))
    first, second = (window(number.value, number.decimals) for number in (mean, sd))
    return Rounded(
        (float(first[0]), float(first[1])),
        (float(second[0]), float(second[1])),
        paper.count(member["of"]),
    )


def _outcome(checks: list[Check], named: str, not_known: str) -> Outcome:
    """Return the checks with their finding."""
    judged = [check for check in checks if check.kind != NOT_CHECKABLE]
    return Outcome(checks, finding(judged, named, not_known))


def _same_categories(_: Numbers, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield that groups have different categories."""
    if len({len(group) for group in row["groups"]}) > 1:
        yield "groups: of different length; write each category of each group, 0 too"


_P = Key(P, "the P value")
_ALPHA = Key(LEVEL, "the level from which NS is; 0.05 unless given", required=False)
FORMS = {
    "compared_counts": Form(
        compared_counts,
        "P of groups with every test of their counts, r × c",
        {
            "rows": rows(
                {
                    "p": _P,
                    "groups": Key(
                        ListOf(ListOf(COUNT, 2), 2), "for each group the counts of every category"
                    ),
                },
                also=_same_categories,
            ),
            "stated": Key(words(*COUNT_TESTS), "the test that is named", required=False),
            "alpha": _ALPHA,
        },
    ),
    "compared_means": Form(
        compared_means,
        "P of independent groups with t, Welch, z and analysis of variance of mean, SD and n",
        {
            "rows": rows(
                {
                    "p": _P,
                    "members": Key(
                        ListOf(Fields(ROWS), 2),
                        "the groups",
                    ),
                }
            ),
            "stated": Key(words(*MEAN_TESTS, OTHER), "the test that is named", required=False),
            "alpha": _ALPHA,
        },
    ),
}
