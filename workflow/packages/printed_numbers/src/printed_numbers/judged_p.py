"""One printed P value of two percentages: which test and table give it, and what is claimed."""

from typing import Any

from diagnostic_accuracy.paired import MCNEMAR_VARIANTS
from diagnostic_accuracy.unpaired import unpaired_test
from printed_numbers.grim import counts
from printed_numbers.p_values import (
    NAMED_TESTS,
    NAMES,
    Candidate,
    chance,
    paired_candidates,
    percentage_candidates,
    printing,
    significant,
    significant_words,
    unpaired_candidates,
)
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed, prints, show_p
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    NOT_CHECKABLE,
    NOT_EXPLAINED,
    Check,
    only_with,
)

LEVEL_OF_USE = 0.05
_MEDCALC = "chi-squared-n-1"
# How far a test on a table is from what the paper describes: the nearest that gives P counts.
DESCRIBED, OTHER_TEST, EXCLUDED_TABLE, OTHER_DESIGN, OTHER_PERCENTAGES = range(5)


class JudgedP:
    """One P value with every candidate for its origin.

    Args:
        paper: The paper.
        row: Of the rows of `check_p_values.p_values`.
        stated: What the paper calls its test; None if it names none.
        design: One of `check_p_values.DESIGNS` where the paper says so.
        level: The level of significance; without it no claim is judged.
    """

    def __init__(
        self,
        paper: Paper,
        row: dict[str, Any],
        stated: str | None,
        design: str | None,
        level: float | None,
    ):
        self.number: Printed = paper[row["p"]]
        self.level, self.claim = level, row.get("claim")
        self.tests, self.test_name = NAMED_TESTS[stated] if stated else ((), "")
        self.design = design or self._design(stated, row)
        first, second = paper[row["first"]], paper[row["second"]]
        n1, n2 = (
            paper.count(row[key if key in row else "of"]) for key in ("of_first", "of_second")
        )
        pairs = [
            (k1, k2)
            for k1 in counts(first.value, first.decimals, n1)
            for k2 in counts(second.value, second.decimals, n2)
        ]
        self.paired: list[Candidate] = [
            candidate
            for k1, k2 in pairs
            if n1 == n2
            for candidate in paired_candidates(k1, k2, n1, row.get("direction", "both"))
        ]
        self.unpaired = [c for k1, k2 in pairs for c in unpaired_candidates((k1, n1), (k2, n2))]
        self.unpaired += percentage_candidates((first.value, n1), (second.value, n2))
        sizes = f"{n1}" if n1 == n2 else f"{n1} and {n2}"
        self.change = f"{first.text}% to {second.text}% of {sizes}"
        if self.design == "unpaired":
            self.change = f"{first.text}% and {second.text}% of {sizes}"

    def _design(self, stated: str | None, row: dict[str, Any]) -> str | None:
        """Return the design that the named test or the direction of changes implies."""
        if stated:
            return "paired" if set(self.tests) <= set(MCNEMAR_VARIANTS) else "unpaired"
        return "paired" if row.get("direction", "both") != "both" else None

    @property
    def candidates(self) -> list[Candidate]:
        """Every test on every table that was tried."""
        return [*self.paired, *self.unpaired]

    def of_stated(self) -> list[Candidate]:
        """Return the named test on every table of counts that the procedure allows."""
        return [
            c
            for c in self.candidates
            if c.test in self.tests and c.allowed and c.basis != "rounded percentages"
        ]

    def origin(self, procedure: str, others: list[tuple[Printed, Printed, int]]) -> Check:
        """Judge which test gives the printed digits."""
        fitting = printing(self.candidates, self.number, self.level or LEVEL_OF_USE)
        nearest = min((self._distance(candidate) for candidate in fitting), default=None)
        stated = self._stated_words(procedure)
        if nearest is None:
            return self._check("", NOT_EXPLAINED, f"{self._none(stated)}.{self._among(others)}")
        best = [c for c in fitting if self._distance(c) == nearest]
        names = list(dict.fromkeys(candidate.name for candidate in best))
        shown = " or ".join(names[:3]) + (f" (and {len(names) - 3} more)" if names[3:] else "")
        source = f"{show_p(best[0].p)} from the {shown}"
        if nearest == DESCRIBED:
            return self._check(source, CONSISTENT, f"{self.change}: {source}.")
        note = ", a table that the procedure excludes" if nearest == EXCLUDED_TABLE else ""
        return self._check(
            source,
            only_with(f"the {shown}"),
            f"{self.change}: {stated}{source}{note}.{self._chance()}",
        )

    def _distance(self, candidate: Candidate) -> int:
        """Return how far a candidate is from what the paper describes."""
        design = "paired" if candidate.basis == "paired" else "unpaired"
        if candidate.allowed and candidate.test in self.tests:
            return DESCRIBED
        if self.design and design != self.design:
            return OTHER_PERCENTAGES if candidate.basis == "rounded percentages" else OTHER_DESIGN
        if not candidate.allowed:
            return EXCLUDED_TABLE
        return OTHER_TEST if self.tests else DESCRIBED

    def _chance(self) -> str:
        """Return how easily some candidate gives a P value, in words."""
        if self.number.sign or not self.number.text[:1].isdigit():
            return ""
        share = chance(self.candidates, self.number.decimals)
        return (
            f" {len(self.candidates)} tests and tables were tried: they give {100 * share:.1f}% of "
            "all P values with so many decimals."
        )

    def _none(self, stated: str) -> str:
        """Return that no candidate gives the P, and which comes closest."""
        candidates = self.candidates
        words = (
            f"{self.change}: {stated}None of {len(candidates)} tests and tables gives "
            f"{self.number.text}"
        )
        if not candidates or self.number.text == "NS":
            return words
        closest = min(candidates, key=lambda c: abs(c.p - float(self.number.value)))
        return f"{words}; the closest is {show_p(closest.p)}, {closest.name}"

    def _among(self, others: list[tuple[Printed, Printed, int]]) -> str:
        """Return which other printed percentages give the P by the unpaired N - 1 test."""
        if not others or self.number.sign:
            return ""
        hits = []
        for first, second, n in others:
            one, two = (float(number.value) / 100 * n for number in (first, second))
            p = unpaired_test((one, n), (two, n), _MEDCALC).p_value
            if prints(p, self.number.value, self.number.decimals):
                hits.append(f"{first.text}% and {second.text}% of {n} ({first.id}, {second.id})")
        expected = len(others) / 10**self.number.decimals
        words = (
            f" Among {len(others)} other pairs of printed percentages and sizes, the "
            f"{NAMES[_MEDCALC]} gives {self.number.text} for {'; '.join(hits) or 'none'}"
        )
        if hits:
            words += f"; about {expected:.1f} such hits are expected by chance"
        return f"{words}."

    def _stated_words(self, procedure: str) -> str:
        """Return what the named test gives, with a space after it; empty if none is named."""
        if not self.tests:
            return ""
        candidates = self.of_stated()
        if not candidates:
            allowed = f" that the procedure allows ({procedure})" if procedure else ""
            return f"No table{allowed} has these percentages. "
        ps = sorted({c.p for c in candidates})
        if len(candidates) == 1:
            return f"the {self.test_name} gives {show_p(ps[0])} ({candidates[0].table}). "
        tables = len({c.table for c in candidates})
        on = "this table" if tables == 1 else f"{tables} tables"
        return f"the {self.test_name} gives {show_p(ps[0])} to {show_p(ps[-1])} on {on}. "

    def printed_claim(self) -> list[Check]:
        """Judge the claim of significance against the printed P."""
        if self.claim is None or self.level is None:
            return []
        fact = significant(self.number, self.level)
        words = f"P = {self.number.text} against {self.level:g}: {self.claim} is claimed."
        if fact is None:
            recomputed, verdict = "", NOT_CHECKABLE
            words += " The printed digits leave both open."
        else:
            recomputed = significant_words(fact)
            verdict = CONSISTENT if recomputed == self.claim else CONTRADICTION
        return [Check.of(self.number, "claim against the printed P", recomputed, verdict, words)]

    def implied_claim(self) -> list[Check]:
        """Judge the claim against the named test on the tables that are allowed, if there are."""
        candidates = self.of_stated()
        if not candidates or self.claim is None or self.level is None:
            return []
        ps = sorted(candidate.p for candidate in candidates)
        shown = f"P = {show_p(ps[0])}" + (f" to {show_p(ps[-1])}" if len(ps) > 1 else "")
        tables = list(dict.fromkeys(c.table for c in candidates))
        some = ", ".join(tables[:3]) + (", …" if tables[3:] else "")
        words = (
            f"{self.change}: on {'the only table' if len(tables) == 1 else 'every table'} allowed "
            f"({some}) the {self.test_name} gives {shown}; the paper says {self.claim} at "
            f"{self.level:g}."
        )
        sides = {p < self.level for p in ps}
        if len(sides) > 1:
            words += " It depends on the table."
        free = sorted({c.p for c in self.paired if c.test in self.tests})
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
