"""Claims in words against what the printed percentages allow."""

import math
from typing import Any

from diagnostic_accuracy.paired import PairedTable, mcnemar
from diagnostic_accuracy.paired_differences import PAIRED_INTERVALS, paired_difference
from printed_numbers.forms import (
    DECIMAL,
    ID,
    LEVEL,
    PERCENT,
    SIZE,
    TEXT,
    Fields,
    Form,
    Key,
    ListOf,
    rows,
    words,
)
from printed_numbers.grim import counts
from printed_numbers.p_values import DIRECTIONS, is_allowed, paired_tables
from printed_numbers.paper import Paper
from printed_numbers.printed import show_p
from printed_numbers.verdicts import CONSISTENT, NOT_EXPLAINED, Check, Finding, Outcome


def outperformed(paper: Paper, *, rows: list[dict[str, Any]], alpha: str | float) -> Outcome:
    """Check a claim that one model is better against McNemar's exact test of all calls.

    Rows have ``claim_id``, ``model`` (in words) and ``pairs``: for each class ``first``,
    ``second``, ``of`` and ``direction``. The test is run where each class has one table only.
    """
    level = float(paper.amount(alpha))
    checks, lines, shown = [], [], []
    for row in rows:
        number, tables = paper[row["claim_id"]], []
        for part in row["pairs"]:
            allowed = tables_of(paper, part)
            tables.append(allowed[0] if len(allowed) == 1 else None)
        if None in tables:
            words = f"{row['model']}: the percentages and the procedure leave no single table."
            checks.append(Check.of(number, f"claim: {row['model']}", "", NOT_EXPLAINED, words))
        else:
            together = PairedTable(
                *(
                    sum(getattr(t, cell) for t in tables if t)
                    for cell in ("both", "gained", "lost", "neither")
                )
            )
            p = mcnemar(together, "exact").p_value
            words = (
                f"{row['model']}: of {together.n} calls {together.gained} became right and "
                f"{together.lost} wrong; exact McNemar test P = {show_p(p)}."
            )
            better = p < level and together.gained > together.lost
            if not better:
                shown.append(
                    f"{row['model']}: the exact McNemar test of all calls does not find more of "
                    f"them right at {level:g}"
                    + (
                        "; calls that became right were paid for with others that became wrong."
                        if together.gained and together.lost
                        else "."
                    )
                )
            checks.append(
                Check.of(
                    number,
                    f"claim: {row['model']}",
                    f"P = {show_p(p)}",
                    CONSISTENT if better else NOT_EXPLAINED,
                    words,
                )
            )
        lines.append(checks[-1].explanation)
    if all(check.kind == CONSISTENT for check in checks):
        return Outcome(checks)
    return Outcome(
        checks,
        [
            Finding(
                title="That the second model is better is not tested in the paper, and its "
                "counts do not show it",
                verdict=NOT_EXPLAINED,
                ids=tuple(dict.fromkeys(check.id for check in checks)),
                arithmetic=tuple(lines),
                shown=" ".join(shown) or "Some model's percentages leave no single table to test.",
                not_known="The AUROC of the second model, which is not printed, and how the "
                "first model does at a lower cut-off with the same specificity.",
            )
        ],
    )


def non_inferior(
    paper: Paper, *, claim_id: str, rows: list[dict[str, Any]], margin: float | None = None
) -> Outcome:
    """Check a claim of non-inferiority: it needs a margin, and an interval within it.

    Args:
        paper: The paper.
        claim_id: Id of the claim.
        rows: ``first``, ``second``, ``of``, ``direction`` of the percentages concerned.
        margin: The printed margin in percentage points; None if there is none.
    """
    number, lines, ends = paper[claim_id], [], []
    tested = True
    for row in rows:
        allowed = tables_of(paper, row)
        first, second = paper[row["first"]], paper[row["second"]]
        if len(allowed) != 1:
            lines.append(f"{first.text}% to {second.text}%: no single table.")
            tested = False
            continue
        for method in PAIRED_INTERVALS:
            result = paired_difference(allowed[0], method=method)
            ends.append(100 * result.low)
            lines.append(
                f"{first.text}% to {second.text}%: {100 * result.estimate:.1f} points, 95% CI "
                f"{100 * result.low:.1f} to {100 * result.high:.1f} ({result.method})."
            )
    worst_end = min(ends, default=math.nan)
    shown = tested and margin is not None and worst_end > -abs(margin)
    words = " ".join(lines) + (
        " No margin is printed." if margin is None else f" The margin is {margin:g} points."
    )
    check = Check(
        claim_id,
        "claim: not inferior",
        number.shown,
        f"down to {worst_end:.1f} points" if ends else "",
        CONSISTENT if shown else NOT_EXPLAINED,
        words,
    )
    finding = Finding(
        title="Non-inferiority is claimed without a margin"
        if margin is None
        else "The interval reaches beyond the margin of non-inferiority"
        if worst_end <= -abs(margin)
        else "Not every percentage that is called non-inferior can be tested",
        verdict=NOT_EXPLAINED,
        ids=(claim_id,),
        arithmetic=tuple(lines),
        shown=(
            f"A loss of up to {-worst_end:.1f} points is compatible with the printed counts; a "
            if worst_end < 0
            else "A "
        )
        + "difference that is not significant is no proof of equality.",
        not_known="Which loss the authors would have accepted.",
    )
    return Outcome([check], [] if shown else [finding])


def tables_of(paper: Paper, row: dict[str, Any]) -> list[PairedTable]:
    """Return every paired table that two percentages and the stated direction allow."""
    first, second, n = paper[row["first"]], paper[row["second"]], paper.count(row["of"])
    return [
        table
        for k1 in counts(first.value, first.decimals, n)
        for k2 in counts(second.value, second.decimals, n)
        for table in paired_tables(k1, k2, n)
        if is_allowed(table, row.get("direction", "both"))
    ]


_PAIR = {
    "first": Key(PERCENT, "before"),
    "second": Key(PERCENT, "after"),
    "of": Key(SIZE, "their denominator"),
    "direction": Key(words(*DIRECTIONS), "in which calls can change", required=False),
}
FORMS = {
    "outperformed": Form(
        outperformed,
        "a claim that one model is better with McNemar's exact test of all calls",
        {
            "rows": rows(
                {
                    "claim_id": Key(ID, "the claim"),
                    "model": Key(TEXT, "what is compared, in words"),
                    "pairs": Key(ListOf(Fields(_PAIR)), "a class each"),
                }
            ),
            "alpha": Key(LEVEL),
        },
    ),
    "non_inferior": Form(
        non_inferior,
        "a claim of non-inferiority with the interval of the difference",
        {
            "claim_id": Key(ID, "the claim"),
            "rows": rows(_PAIR),
            "margin": Key(DECIMAL, "the printed margin in percentage points", required=False),
        },
    ),
}
