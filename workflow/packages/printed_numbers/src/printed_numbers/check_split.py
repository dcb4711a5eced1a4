"""Does a division that is called random look like one?"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from statsmodels.stats.oneway import anova_generic

from diagnostic_accuracy.paired import holm
from printed_numbers.check_means import ROWS
from printed_numbers.forms import (
    COUNT,
    TEXT,
    Fields,
    Form,
    Key,
    ListOf,
    Numbers,
    rows,
)
from printed_numbers.paper import Paper
from printed_numbers.printed import show, show_p
from printed_numbers.verdicts import (
    CONSISTENT,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    only_with,
)

# A rule for a whole family of tests: strict, since a table has many rows.
LEVEL = 0.001
_DRAWS = 20_000
_SEED = 20_230_401


def random_split(
    paper: Paper,
    *,
    sets: list[dict[str, Any]],
    rows: Sequence[dict[str, Any]] = (),
    means: Sequence[dict[str, Any]] = (),
    likely: str = "",
) -> Outcome:
    """Check the sizes of the classes in each set, and each row of the table across the sets.

    Args:
        paper: The paper.
        sets: ``name`` and ``sizes`` (ids of the class sizes) of each set; the last ones drawn
            from what the first is the rest of.
        rows: ``name`` and ``groups``: for each set the counts of every category, of one class.
        means: ``name`` and ``members``: for each set mean, sd and of.
        likely: A sentence for the finding about class sizes.
    """
    outcome = _class_sizes(paper, sets, likely)
    tested = [
        *(_of_counts(paper, row) for row in rows),
        *(_of_means(paper, row) for row in means),
    ]
    tested = [row for row in tested if not math.isnan(row.p)]
    if not tested:
        return outcome
    adjusted = [float(p) for p in holm(np.array([row.p for row in tested]))]
    checks = [
        check
        for row, p in zip(tested, adjusted, strict=True)
        for check in _row_checks(paper, row, p, rows=len(tested), sets=len(sets))
    ]
    return Outcome([*outcome.checks, *checks], [*outcome.findings, _rows_finding(tested, adjusted)])


@dataclass(frozen=True)
class TestedRow:
    """A row of a table, tested across the sets.

    Attributes:
        name: Its name.
        ids: Of its printed numbers.
        p: Two-sided; NaN where the test does not exist.
        test: The test's name.
    """

    name: str
    ids: tuple[str, ...]
    p: float
    test: str


def _of_counts(paper: Paper, row: dict[str, Any]) -> TestedRow:
    """Test the counts of a row's categories across the sets."""
    ids = tuple(name for group in row["groups"] for name in group if isinstance(name, str))
    p = count_p([[paper.count(name) for name in group] for group in row["groups"]])
    return TestedRow(row["name"], ids, p, "chi-squared test, permuted")


def _of_means(paper: Paper, row: dict[str, Any]) -> TestedRow:
    """Test the means of a row across the sets."""
    ids = tuple(part[key] for part in row["members"] for key in ("mean", "sd"))
    groups = [
        (float(paper[part["mean"]].value), float(paper[part["sd"]].value), paper.count(part["of"]))
        for part in row["members"]
    ]
    return TestedRow(row["name"], ids, welch_p(groups), "Welch's analysis of variance")


def _row_checks(
    paper: Paper, row: TestedRow, adjusted: float, *, rows: int, sets: int
) -> list[Check]:
    """Return the check of each printed number of a row."""
    words = (
        f"{row.name} across the {sets} sets: P = {show_p(row.p)} ({row.test}), "
        f"{show_p(adjusted)} after Holm's correction for {rows} rows."
    )
    verdict = CONSISTENT if adjusted >= LEVEL else NOT_EXPLAINED
    return [
        Check.of(
            paper[name], "random division: row across sets", f"P = {show_p(row.p)}", verdict, words
        )
        for name in row.ids
    ]


def _rows_finding(tested: list[TestedRow], adjusted: list[float]) -> Finding:
    """Return what the rows show together: those that differ, or that none does."""
    together = _combined(np.array([row.p for row in tested]))
    odd = [row for row, p in zip(tested, adjusted, strict=True) if p < LEVEL]
    if odd:
        return Finding(
            title=f"{len(odd)} {'rows differ' if len(odd) > 1 else 'row differs'} between the sets "
            "more than a random division makes likely",
            verdict=NOT_EXPLAINED,
            ids=tuple(name for row in odd for name in row.ids),
            arithmetic=tuple(f"{row.name}: P = {show_p(row.p)} ({row.test})." for row in odd),
            shown=f"After Holm's correction P stays under {LEVEL:g}. Fisher's combination of "
            f"all {len(tested)} rows, as if they were independent: P = {show_p(together)}.",
            not_known="Whether it is chance: no test can exclude it.",
        )
    return Finding(
        title=f"The {len(tested)} rows tested look like a random division within each class",
        verdict=CONSISTENT,
        ids=tuple(name for row in tested for name in row.ids),
        arithmetic=tuple(
            f"{row.name}: P = {show_p(row.p)}, {show_p(p)} after Holm ({row.test})."
            for row, p in zip(tested, adjusted, strict=True)
        ),
        shown=f"No row stays under {LEVEL:g} after Holm's correction, the rule of this "
        f"audit. Fisher's combination, as if the rows were independent: "
        f"P = {show_p(together)}.",
        not_known="Whether the division was random: these tests cannot show that it was.",
    )


def _combined(p_values: np.ndarray) -> float:
    """Return Fisher's combined P; a P of 0 from permutation counts as one draw."""
    floor = 1 / (_DRAWS + 1)
    return float(stats.combine_pvalues(np.clip(p_values, floor, 1.0)).pvalue)


def count_p(table: list[list[int]], *, strictly: bool = False) -> float:
    """Return the P of the chi-squared statistic among tables with the same margins.

    20,000 random tables with a fixed seed, so that small counts need no approximation; 1 where
    nothing varies.

    Args:
        table: Counts: a row a set, a column a category.
        strictly: Count only tables that are more remarkable, not those that are just as much.
    """
    counts = np.array(table)
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2:
        return 0.0 if strictly else 1.0
    margins = counts.sum(axis=1), counts.sum(axis=0)
    expected = np.outer(*margins) / counts.sum()
    drawn = stats.random_table(*margins).rvs(_DRAWS, random_state=_SEED)
    statistic = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
    seen = ((counts - expected) ** 2 / expected).sum()
    if strictly:
        return float((statistic > seen + 1e-9).sum() / (1 + _DRAWS))
    return float((1 + (statistic >= seen - 1e-9).sum()) / (1 + _DRAWS))


def welch_p(groups: list[tuple[float, float, int]]) -> float:
    """Return the P of Welch's analysis of variance from mean, SD and n of each group.

    NaN where an SD is 0: the test then does not exist.

    Source: Welch 1951 (Biometrika 38:330).
    """
    mean, sd, n = (np.array(column, np.float64) for column in zip(*groups, strict=True))
    if (sd == 0).any():
        return math.nan
    return float(anova_generic(mean, sd**2, n, use_var="unequal", welch_correction=True).pvalue)


def class_sizes_p(sizes: list[tuple[int, int]]) -> float:
    """Return the probability of just these class sizes in sets drawn at random.

    Multivariate hypergeometric: sets of the given totals are drawn one after the other without
    regard to class.

    Args:
        sizes: ``(cases of the first class, cases of the second)`` of each set.
    """
    total = sum(a + b for a, b in sizes)
    first = sum(a for a, _ in sizes)
    probability = 1.0
    for a, b in sizes[:-1]:
        probability *= float(stats.hypergeom.pmf(a, total, first, a + b))
        total, first = total - a - b, first - a
    return probability


def _class_sizes(paper: Paper, sets: list[dict[str, Any]], likely: str) -> Outcome:
    """Check the class sizes of the sets."""
    sizes = [tuple(paper.count(i) for i in part["sizes"]) for part in sets]
    total, first = sum(map(sum, sizes)), sum(a for a, _ in sizes)
    drawn = [
        (part["name"], *size)
        for part, size in sorted(zip(sets, sizes, strict=True), key=lambda item: sum(item[1]))
    ]
    probability = class_sizes_p([(a, b) for _, a, b in drawn])
    usual = class_sizes_p(_expected([a + b for _, a, b in drawn], first, total))
    fits = probability >= LEVEL * usual
    lines = [
        f"{name}: {a} of {a + b}; a random division expects {show(first * (a + b) / total, 1)}."
        for name, a, b in drawn
    ]
    words = (
        f"Probability of just these class sizes if cases are divided without regard to class: "
        f"{show_p(probability)} (hypergeometric); of the most usual division: {show_p(usual)}."
    )
    verdict = CONSISTENT if fits else only_with("a division by class, not a simple random one")
    ids = [i for part in sets for i in part["sizes"] if isinstance(i, str)]
    checks = [
        Check.of(
            paper[i],
            "random division: class sizes",
            show_p(probability),
            verdict,
            f"{' '.join(lines)} {words}",
        )
        for i in ids
    ]
    finding = Finding(
        title="The class sizes of the sets are not those of a simple random division",
        verdict=verdict if fits else "consistent only with",
        ids=tuple(ids),
        arithmetic=(*lines, words),
        shown="A division of all cases at random, as the words say, would almost never give "
        "these class sizes.",
        likely=likely,
        not_known="How the division was made, and whether anything but the class was balanced.",
    )
    return Outcome(checks, [] if fits else [finding])


def _expected(totals: list[int], first: int, everyone: int) -> list[tuple[int, int]]:
    """Return class sizes as close to proportional as whole numbers allow."""
    share = [round(total * first / everyone) for total in totals[:-1]]
    share.append(first - sum(share))
    return [(a, total - a) for a, total in zip(share, totals, strict=True)]


def _as_many_as_sets(_: Numbers, relation: Mapping[str, Any]) -> Iterator[str]:
    """Yield rows that have not one group a set, or groups of different categories."""
    sets = len(relation["sets"])
    for key, part in (("rows", "groups"), ("means", "members")):
        for i, row in enumerate(relation.get(key, []), 1):
            if len(row[part]) != sets:
                yield f"{key}, row {i}: {len(row[part])} {part} of {sets} sets; write one a set"
            elif part == "groups" and len({len(group) for group in row[part]}) > 1:
                yield f"{key}, row {i}: groups of different length; write each category of each set"


GROUPS = {
    "name": Key(TEXT, "its name"),
    "groups": Key(ListOf(ListOf(COUNT, 2), 2), "for each set the counts of every category"),
}
MEMBERS = {
    "name": Key(TEXT, "its name"),
    "members": Key(
        ListOf(Fields(ROWS), 2),
        "for each set mean, sd and of",
    ),
}
FORMS = {
    "random_split": Form(
        random_split,
        "the sizes of two classes, and rows of a table, with a random division",
        {
            "sets": rows(
                {
                    "name": Key(TEXT, "its name"),
                    "sizes": Key(ListOf(COUNT, 2, 2), "cases of the one class and of the other"),
                },
                "the sets",
                least=2,
            ),
            "rows": rows(GROUPS, "rows of counts", least=0, required=False),
            "means": rows(MEMBERS, "rows of means", least=0, required=False),
            "likely": Key(TEXT, "a sentence for the finding about class sizes", required=False),
        },
        also=_as_many_as_sets,
    ),
}
