"""P values of two percentages against the tables that they allow."""

from collections.abc import Iterator, Mapping
from typing import Any

from printed_numbers.forms import (
    LEVEL,
    PERCENT,
    SIZE,
    TEXT,
    Fields,
    Form,
    Key,
    ListOf,
    Numbers,
    P,
    rows,
    words,
)
from printed_numbers.judged_p import JudgedP
from printed_numbers.p_values import DIRECTIONS, NAMED_TESTS
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    worst,
)

DESIGNS = ("paired", "unpaired")


def p_values(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    stated: str | None = None,
    design: str | None = None,
    alpha: str | float | None = None,
    procedure: str = "",
    elsewhere: dict[str, Any] | None = None,
    likely: str = "",
) -> Outcome:
    """Check P values of two percentages.

    Args:
        paper: The paper.
        rows: ``p``, ``first``, ``second``, ``of`` (or ``of_first`` and ``of_second``);
            ``direction`` in which the stated procedure can change calls (`p_values.DIRECTIONS`);
            ``claim``: significant or not significant.
        stated: What the paper calls its test, one of `NAMED_TESTS`; None if it names none.
        design: One of `DESIGNS` where the paper says so; else that of the named test.
        alpha: The level of significance, or its id; without it no claim is judged.
        procedure: The stated procedure that limits the direction, in words.
        elsewhere: ``pairs`` of other printed percentages and ``sizes`` to look for a P value that
            nothing explains.
        likely: A sentence for the finding.
    """
    level = None if alpha is None else float(paper.amount(alpha))
    judged = [JudgedP(paper, row, stated, design, level) for row in rows]
    origin = [item.origin(procedure, _others(paper, elsewhere)) for item in judged]
    printed = [check for item in judged for check in item.printed_claim()]
    implied = [check for item in judged for check in item.implied_claim()]
    findings = []
    wrong = [check for check in origin if check.kind != CONSISTENT]
    if wrong:
        findings.append(_origin_finding(origin, wrong, stated, design, likely))
    findings += [
        _reversed(paper, check) if check in implied else _against_itself(check)
        for check in (*printed, *implied)
        if check.kind == CONTRADICTION
    ]
    return Outcome([*origin, *printed, *implied], findings)


def _origin_finding(
    origin: list[Check], wrong: list[Check], stated: str | None, design: str | None, likely: str
) -> Finding:
    """Return the finding that P values come from another test than the one that is described."""
    some = f"{len(wrong)} of {len(origin)} P values"
    unexplained = all(check.kind == NOT_EXPLAINED for check in wrong)
    fits = len(origin) - len(wrong)
    if stated:
        name = NAMED_TESTS[stated][1]
        title = f"{some} do not come from the {name} that is named"
        shown = (
            f"The {name} on tables that the printed percentages allow gives {fits} of the "
            f"{len(origin)} printed P values."
        )
    elif design and not unexplained:
        title = f"{some} do not come from a test for {design} data"
        shown = (
            f"The tests for {design} data that were tried give {fits} of {len(origin)} P values."
        )
    else:
        title = f"{some} come from none of the tests and tables tried"
        shown = f"The tests that were tried give {fits} of the {len(origin)} printed P values."
    return Finding(
        title=title,
        verdict=worst(wrong).kind,
        ids=tuple(check.id for check in wrong),
        arithmetic=tuple(f"{check.id}: {check.explanation}" for check in wrong),
        shown=shown,
        likely=likely,
        not_known="The tables themselves, which are not printed; another test, and a test on other "
        "counts than the printed ones, cannot be ruled out.",
    )


def _reversed(paper: Paper, check: Check) -> Finding:
    """Return the finding that the named test contradicts a claim."""
    return Finding(
        title=f"The named test would reverse a conclusion: {check.recomputed} instead of "
        f"P = {paper[check.id].text}",
        verdict=CONTRADICTION,
        ids=(check.id,),
        arithmetic=(check.explanation,),
        shown="The named test on the only tables that percentages and procedure allow lies "
        "on the other side of the level of significance.",
        not_known="Whether the percentages, the procedure, the test or the P value is the one "
        "that is not as described.",
    )


def _against_itself(check: Check) -> Finding:
    """Return the finding that a claim contradicts the printed P."""
    return Finding(
        title=f"The claim about P = {check.printed} does not fit the level of significance",
        verdict=CONTRADICTION,
        ids=(check.id,),
        arithmetic=(check.explanation,),
        shown="The printed P and the printed level do not give the claim.",
        not_known="Which of P, level and claim is wrong.",
    )


def _others(paper: Paper, elsewhere: dict[str, Any] | None) -> list[tuple[Printed, Printed, int]]:
    """Return other pairs of printed percentages, each with each size."""
    if not elsewhere:
        return []
    return [
        (paper[first], paper[second], paper.count(size))
        for first, second in elsewhere["pairs"]
        for size in elsewhere["sizes"]
    ]


def _sizes(_: Numbers, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield that a row has no size for a group."""
    if "of" not in row and not {"of_first", "of_second"} <= row.keys():
        yield "of is missing; add it, or of_first and of_second where the groups differ"


FORMS = {
    "p_values": Form(
        p_values,
        "P of two percentages with every paired and unpaired test on every table that they allow",
        {
            "rows": rows(
                {
                    "p": Key(P, "the P value"),
                    "first": Key(PERCENT, "the first percentage"),
                    "second": Key(PERCENT, "the second percentage"),
                    "of": Key(SIZE, "the denominator of both", required=False),
                    "of_first": Key(SIZE, "that of the first, where they differ", required=False),
                    "of_second": Key(SIZE, "that of the second", required=False),
                    "direction": Key(
                        words(*DIRECTIONS),
                        "gained: no case can be lost; lost: none can be gained",
                        required=False,
                    ),
                    "claim": Key(
                        words("significant", "not significant"),
                        "what the text says",
                        required=False,
                    ),
                },
                also=_sizes,
            ),
            "stated": Key(words(*NAMED_TESTS), "the test that is named", required=False),
            "design": Key(words(*DESIGNS), "where the paper says so", required=False),
            "alpha": Key(LEVEL, "without it no claim is judged", required=False),
            "procedure": Key(TEXT, "what limits the direction, in words", required=False),
            "elsewhere": Key(
                Fields(
                    {
                        "pairs": Key(ListOf(ListOf(PERCENT, 2, 2)), "other printed percentages"),
                        "sizes": Key(ListOf(SIZE), "each with each of these sizes"),
                    }
                ),
                "where to look for a P value that nothing explains",
                required=False,
            ),
            "likely": Key(TEXT, "a sentence for the finding", required=False),
        },
    ),
}
