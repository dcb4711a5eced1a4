"""P values against the tables that the printed percentages allow."""

from typing import Any

from diagnostic_accuracy.unpaired import unpaired_test
from printed_numbers.grim import counts
from printed_numbers.p_values import (
    NAMES,
    Candidate,
    paired_candidates,
    printing,
    unpaired_candidates,
)
from printed_numbers.printed import Printed, prints, show_p
from printed_numbers.relations import Paper
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    only_with,
    worst,
)


def p_values(
    paper: Paper,
    *,
    rows: list[dict[str, Any]],
    stated: str,
    alpha: str,
    procedure: str = "",
    elsewhere: dict[str, Any] | None = None,
    likely: str = "",
) -> Outcome:
    """Check P values of paired percentages.

    Args:
        paper: The paper.
        rows: ``p``, ``first``, ``second``, ``of``; ``direction`` in which the stated procedure can
            change calls (`p_values.DIRECTIONS`); ``claim``: significant or not significant.
        stated: The test that the paper names, one of `MCNEMAR_VARIANTS`.
        alpha: Id of the level of significance.
        procedure: The stated procedure that limits the direction, in words.
        elsewhere: ``pairs`` of other printed percentages and ``sizes`` to look for a P value that
            nothing explains.
        likely: A sentence for the finding.
    """
    level = float(paper[alpha].value)
    judged = [_Judged(paper, row, stated) for row in rows]
    origin = [item.origin(procedure, _others(paper, elsewhere)) for item in judged]
    printed = [item.printed_claim(level) for item in judged]
    implied = [check for item in judged for check in item.implied_claim(level)]
    findings = []
    wrong = [check for check in origin if check.kind != CONSISTENT]
    if wrong:
        fits = len(origin) - len(wrong)
        findings.append(
            Finding(
                title=f"{len(wrong)} of {len(origin)} P values do not come from the "
                f"{NAMES[stated]} that is named",
                verdict=worst(wrong).kind,
                ids=tuple(check.id for check in wrong),
                arithmetic=tuple(f"{check.id}: {check.explanation}" for check in wrong),
                shown=f"The {NAMES[stated]} on tables that the printed percentages allow gives "
                f"{fits} of the {len(origin)} printed P values.",
                likely=likely,
                not_known="The paired tables themselves, which are not printed; a test on other "
                "counts than the printed ones cannot be ruled out.",
            )
        )
    findings += [
        Finding(
            title=f"The named test would reverse a conclusion: {check.recomputed} instead of "
            f"P = {paper[check.id].text}",
            verdict=CONTRADICTION,
            ids=(check.id,),
            arithmetic=(check.explanation,),
            shown="The named test on the only tables that percentages and procedure allow lies "
            "on the other side of the level of significance.",
            likely="",
            not_known="Whether the percentages, the procedure, the test or the P value is the one "
            "that is not as described.",
        )
        for check in (*printed, *implied)
        if check.kind == CONTRADICTION
    ]
    return Outcome([*origin, *printed, *implied], findings)


_MEDCALC = "chi-squared-n-1"
# How far a test on a table is from what the paper describes: the nearest that gives P counts.
STATED, OTHER_PAIRED_TEST, EXCLUDED_TABLE, UNPAIRED_COUNTS, UNPAIRED_PERCENTAGES = range(5)


def _others(paper: Paper, elsewhere: dict[str, Any] | None) -> list[tuple[Printed, Printed, int]]:
    """Return other pairs of printed percentages, each with each size."""
    if not elsewhere:
        return []
    return [
        (paper[first], paper[second], paper.count(size))
        for first, second in elsewhere["pairs"]
        for size in elsewhere["sizes"]
    ]


class _Judged:
    """One P value with every candidate for its origin."""

    def __init__(self, paper: Paper, row: dict[str, Any], stated: str):
        self.number: Printed = paper[row["p"]]
        self.first, self.second = paper[row["first"]], paper[row["second"]]
        self.n, self.stated, self.claim = paper.count(row["of"]), stated, row["claim"]
        pairs = [
            (k1, k2)
            for k1 in counts(self.first.value, self.first.decimals, self.n)
            for k2 in counts(self.second.value, self.second.decimals, self.n)
        ]
        self.paired: list[Candidate] = [
            candidate
            for k1, k2 in pairs
            for candidate in paired_candidates(k1, k2, self.n, row.get("direction", "both"))
        ]
        self.unpaired: list[Candidate] = [
            candidate
            for k1, k2 in pairs
            for candidate in unpaired_candidates(
                k1, k2, self.n, (self.first.value, self.second.value)
            )
        ]
        self.change = f"{self.first.text}% to {self.second.text}% of {self.n}"

    def of_stated(self) -> list[Candidate]:
        """Return the named test on every table that the procedure allows."""
        return [c for c in self.paired if c.test == self.stated and c.allowed]

    def origin(self, procedure: str, others: list[tuple[Printed, Printed, int]]) -> Check:
        """Judge which test gives the printed digits."""
        candidates = printing(
            [*self.paired, *self.unpaired], self.number.value, self.number.decimals
        )
        nearest = min((self._distance(candidate) for candidate in candidates), default=None)
        stated = self._stated_words(procedure)
        if nearest is None:
            return self._check("", NOT_EXPLAINED, f"{self._none(stated)}.{self._among(others)}")
        best = [c for c in candidates if self._distance(c) == nearest]
        names = list(dict.fromkeys(candidate.name for candidate in best))
        shown = " or ".join(names[:3]) + (f" (and {len(names) - 3} more)" if names[3:] else "")
        source = f"{show_p(best[0].p)} from the {shown}"
        if nearest == STATED:
            return self._check(source, CONSISTENT, f"{self.change}: {source}.")
        note = ", a table that the procedure excludes" if nearest == EXCLUDED_TABLE else ""
        return self._check(
            source, only_with(f"the {shown}"), f"{self.change}: {stated} {source}{note}."
        )

    def _distance(self, candidate: Candidate) -> int:
        """Return how far a candidate is from what the paper describes, 0 for the named test."""
        if candidate.basis == "counts":
            return UNPAIRED_COUNTS
        if candidate.basis != "paired":
            return UNPAIRED_PERCENTAGES
        if not candidate.allowed:
            return EXCLUDED_TABLE
        return STATED if candidate.test == self.stated else OTHER_PAIRED_TEST

    def _none(self, stated: str) -> str:
        """Return that no candidate gives the P, and which comes closest."""
        candidates = [*self.paired, *self.unpaired]
        words = (
            f"{self.change}: {stated} None of {len(candidates)} tests and tables gives "
            f"{self.number.text}"
        )
        if not candidates:
            return words
        closest = min(candidates, key=lambda c: abs(c.p - float(self.number.value)))
        return f"{words}; the closest is {show_p(closest.p)}, {closest.name}"

    def _among(self, others: list[tuple[Printed, Printed, int]]) -> str:
        """Return which other printed percentages give the P by the unpaired N - 1 test."""
        if not others:
            return ""
        hits = []
        for first, second, n in others:
            one, two = (float(number.value) / 100 * n for number in (first, second))
            p = unpaired_test((one, n), (two, n), _MEDCALC).p_value
            if prints(p, self.number.value, self.number.decimals):
                hits.append(f"{first.text}% and {second.text}% of {n} ({first.id}, {second.id})")
        chance = len(others) / 10**self.number.decimals
        words = (
            f" Among {len(others)} other pairs of printed percentages and sizes, the "
            f"{NAMES[_MEDCALC]} gives {self.number.text} for {'; '.join(hits) or 'none'}"
        )
        if hits:
            words += f"; about {chance:.1f} such hits are expected by chance"
        return f"{words}."

    def _stated_words(self, procedure: str) -> str:
        """Return what the named test gives."""
        name, candidates = NAMES[self.stated], self.of_stated()
        if not candidates:
            return f"No table that the procedure allows ({procedure}) has these percentages."
        ps = sorted({c.p for c in candidates})
        if len(candidates) == 1:
            return f"the {name} gives {show_p(ps[0])} ({candidates[0].table})."
        tables = f"{len(candidates)} tables"
        return f"the {name} gives {show_p(ps[0])} to {show_p(ps[-1])} on {tables}."

    def printed_claim(self, level: float) -> Check:
        """Judge the claim of significance against the printed P."""
        significant = float(self.number.value) < level
        fits = significant == (self.claim == "significant")
        words = f"P = {self.number.text} against {level:g}: {self.claim} is claimed."
        return Check.of(
            self.number,
            "claim against the printed P",
            "significant" if significant else "not significant",
            CONSISTENT if fits else CONTRADICTION,
            words,
        )

    def implied_claim(self, level: float) -> list[Check]:
        """Judge the claim against the named test on the tables that are allowed, if there are."""
        candidates = self.of_stated()
        if not candidates:
            return []
        ps = sorted(candidate.p for candidate in candidates)
        shown = f"P = {show_p(ps[0])}" + (f" to {show_p(ps[-1])}" if len(ps) > 1 else "")
        tables = ", ".join(c.table for c in candidates[:3]) + (", …" if candidates[3:] else "")
        words = (
            f"{self.change}: on {'the only table' if len(ps) == 1 else 'every table'} allowed "
            f"({tables}) the {NAMES[self.stated]} gives {shown}; the paper says {self.claim} at "
            f"{level:g}."
        )
        sides = {p < level for p in ps}
        if len(sides) > 1:
            words += " It depends on the table."
        free = sorted({c.p for c in self.paired if c.test == self.stated})
        if len(free) > len(set(ps)):
            words += (
                f" On all tables with these percentages, those that the procedure excludes among "
                f"them, it gives {show_p(free[0])} to {show_p(free[-1])}."
            )
        wrong = sides == {self.claim != "significant"}
        return [
            Check.of(
                self.number,
                "claim against the named test",
                shown,
                CONTRADICTION if wrong else CONSISTENT,
                words,
            )
        ]

    def _check(self, recomputed: str, verdict: str, words: str) -> Check:
        return Check.of(self.number, "P against every test", recomputed, verdict, words)
