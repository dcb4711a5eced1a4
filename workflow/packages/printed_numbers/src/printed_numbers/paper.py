"""A paper as the audit sees it: its printed numbers, and which of them are related and how."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from printed_numbers.printed import Printed


@dataclass(frozen=True)
class Paper:
    """A paper as the audit sees it.

    Attributes:
        title: What the page is headed with.
        source: Where it was published.
        numbers: Every printed number by id, in the order of its table.
        relations: One mapping a relation; its ``check`` names the check that reads it.
        places: Points of the places where a number may be printed, for the ranking.
        reasons: ``(pattern of ids, sentence)`` why a number without any relation has none.
    """

    title: str
    source: str
    numbers: Mapping[str, Printed]
    relations: list[dict[str, Any]]
    places: Mapping[str, int] = field(default_factory=dict)
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Printed:
        return self.numbers[name]

    def count(self, name: str | int) -> int:
        """Return a printed whole number by its id, or a whole number as it is."""
        return name if isinstance(name, int) else int(self.numbers[name].value)

    def amount(self, name: str | int | float) -> Fraction:
        """Return a printed number by its id, or a number as it is."""
        return self.numbers[name].value if isinstance(name, str) else Fraction(str(name))

    def prominence(self) -> dict[str, int]:
        """Return the points of the most prominent place of each number, at least 1."""
        return {
            name: max((self.places.get(place, 1) for place in number.where), default=1)
            for name, number in self.numbers.items()
        }

    def reason(self, name: str) -> str:
        """Return why a number is related to no other."""
        for pattern, sentence in self.reasons:
            if fnmatch.fnmatchcase(name, pattern):
                return sentence
        return "No other printed number stands in an arithmetic relation to this one."
