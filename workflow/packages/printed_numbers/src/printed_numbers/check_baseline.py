"""A table of groups at baseline: too different, or too much alike, for groups made at random."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from printed_numbers.check_comparisons import rounded
from printed_numbers.check_split import GROUPS, MEMBERS, count_p
from printed_numbers.comparisons import of_means
from printed_numbers.forms import Form, rows
from printed_numbers.paper import Paper
from printed_numbers.printed import show_p
from printed_numbers.verdicts import CONSISTENT, NOT_EXPLAINED, Check, Finding, Outcome

LEVEL = 0.001
_FLOOR = 1e-6


def baseline(
    paper: Paper,
    *,
    rows: Sequence[dict[str, Any]] = (),
    means: Sequence[dict[str, Any]] = (),
) -> Outcome:
    """Combine the P values of a table's rows in both directions (Carlisle).

    Each row counts with the P that its rounding and its ties make least remarkable in the
    direction that is looked at.

    Args:
        paper: The paper.
        rows: ``name`` and ``groups``: for each group the counts of every category.
        means: ``name`` and ``members``: for each group mean, sd and of.

    Source: Carlisle 2017 (Anaesthesia 72:944); Stouffer's combination.
    """
    names, ids, ranges = [], [], []
    for row in rows:
        table = [[paper.count(name) for name in group] for group in row["groups"]]
        names.append(row["name"])
        ids.append([name for group in row["groups"] for name in group if isinstance(name, str)])
        ranges.append((count_p(table, strictly=True), count_p(table)))
    for row in means:
        tested = of_means([rounded(paper, member) for member in row["members"]])
        if tested:
            names.append(row["name"])
            ids.append([m[key] for m in row["members"] for key in ("mean", "sd")])
            ranges.append((tested[0].low, tested[0].high))
    if not ranges:
        return Outcome([])
    low, high = (np.clip(ends, _FLOOR, 1 - _FLOOR) for ends in zip(*ranges, strict=True))
    alike, different = (
        float(stats.combine_pvalues(p, method="stouffer").pvalue) for p in (1 - low, high)
    )
    lines = [
        f"{name}: P = {show_p(p[0])} to {show_p(p[1])}."
        for name, p in zip(names, ranges, strict=True)
    ]
    words = (
        f"{len(names)} rows together, as if they were independent: too much alike P = "
        f"{show_p(alike)}, too different P = {show_p(different)}."
    )
    odd = min(alike, different) < LEVEL
    verdict = NOT_EXPLAINED if odd else CONSISTENT
    checks = [
        Check.of(paper[name], "baseline: rows together", words.split(": ")[1], verdict, words)
        for of_row in ids
        for name in of_row
    ]
    kind = "too much alike" if alike < different else "too different"
    finding = Finding(
        title=f"The groups are {kind} for a division at random"
        if odd
        else f"The {len(names)} rows together fit a division at random",
        verdict=verdict,
        ids=tuple(check.id for check in checks),
        arithmetic=(*lines, words),
        shown=f"The rule of this audit is {LEVEL:g}. Rows of one table hang together, which makes "
        "small values of P less remarkable than they look.",
        not_known="Whether the groups were made at random, matched or stratified.",
    )
    return Outcome(checks, [finding])


FORMS = {
    "baseline": Form(
        baseline,
        "all rows of a table together with a division at random, in both directions (Carlisle)",
        {
            "rows": rows(GROUPS, "rows of counts", least=0, required=False),
            "means": rows(MEMBERS, "rows of means", least=0, required=False),
        },
    ),
}
