"""What became of a model or a cut-off: fitted, cross-fitted, or not estimable, and why.

The study's JSON files hold a status as values; the sentence is made where it is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from smallmass.errors import UserError
from smallmass.files import read_json
from smallmass.words import Word


class Kind(Word):
    """Whether there is a model, and how its scores came about."""

    FITTED = "fitted"
    CROSS_FITTED = "cross_fitted", "cross-fitted"
    NOT_ESTIMABLE = "not_estimable", "not estimable"


NOT_ESTIMABLE = Kind.NOT_ESTIMABLE.printed
"""What a table's cell says where there is no number."""


@dataclass(frozen=True)
class Gaps:
    """Some of several fits could not be had.

    Attributes:
        lacking: How many.
        of: Of how many.
        fits: What these are, in words.
        reasons: Why, each reason once.
    """

    lacking: int
    of: int
    fits: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Return the sentence."""
        reasons = ", ".join(self.reasons)
        return f"{NOT_ESTIMABLE} in {self.lacking} of {self.of} {self.fits}: {reasons}"


@dataclass(frozen=True)
class Status:
    """What became of a model or a cut-off.

    Attributes:
        kind: Whether there is one.
        reason: Why there is none, or what is to be known of the one that there is; may be empty.
        gaps: Of a model that consists of several fits, those that could not be had.
    """

    kind: Kind
    reason: str = ""
    gaps: tuple[Gaps, ...] = ()

    @classmethod
    def not_estimable(cls, reason: str) -> Self:
        """Return the status of what could not be had, and why."""
        return cls(Kind.NOT_ESTIMABLE, reason)

    @property
    def estimable(self) -> bool:
        """Whether there is a model or a cut-off."""
        return self.kind is not Kind.NOT_ESTIMABLE

    @property
    def fitted(self) -> bool:
        """Whether there is one model, which can also read new patients."""
        return self.kind is Kind.FITTED

    @property
    def cross_fitted(self) -> bool:
        """Whether there is a model for each repeat and fold, and none for new patients."""
        return self.kind is Kind.CROSS_FITTED

    @property
    def gaps_text(self) -> str:
        """The sentence about the fits that could not be had; empty if all could."""
        return "; ".join(map(str, self.gaps))

    def __str__(self) -> str:
        """Return the sentence."""
        between = "; " if self.fitted else ": "
        whole = between.join(filter(None, (self.kind.printed, self.reason)))
        return "; ".join([whole, *map(str, self.gaps)])

    def of_fits(self, fits: Sequence["Status"], name: str = "fits") -> "Status":
        """Return this status of a whole that consists of several fits, with those not to be had.

        Args:
            fits: The status of every fit; where none is estimable, nor is the whole.
            name: What they are, in words.
        """
        lacking = [status for status in fits if not status.estimable]
        reasons = tuple(dict.fromkeys(status.reason for status in lacking))
        if not lacking:
            return self
        if len(lacking) == len(fits):
            return Status.not_estimable(", ".join(reasons))
        return self.with_gaps((Gaps(len(lacking), len(fits), name, reasons),))

    def with_gaps(self, gaps: tuple[Gaps, ...]) -> "Status":
        """Return the same status with further gaps, such as those of a model's input."""
        return replace(self, gaps=(*self.gaps, *gaps))

    def to_json(self) -> dict[str, Any]:
        """Return the status as plain data, without what is empty."""
        data: dict[str, Any] = {"kind": self.kind.value}
        if self.reason:
            data["reason"] = self.reason
        if self.gaps:
            data["gaps"] = [
                {"lacking": g.lacking, "of": g.of, "fits": g.fits, "reasons": list(g.reasons)}
                for g in self.gaps
            ]
        return data

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Return the status that `to_json` described.

        Raises:
            UserError: If the file has a sentence in its place, as older versions wrote.
        """
        if not isinstance(data, dict):
            raise UserError(
                "a model was written by an older version, with its status as a sentence "
                f"({data!r}); run the study again: snakemake --cores all"
            )
        gaps = tuple(
            Gaps(gap["lacking"], gap["of"], gap["fits"], tuple(gap["reasons"]))
            for gap in data.get("gaps", ())
        )
        return cls(Kind(data["kind"]), data.get("reason", ""), gaps)


def read_record(path: str | Path) -> Any:
    """Return what a JSON file of models or cut-offs says, with each ``status`` as a `Status`."""
    return _with_statuses(read_json(path))


def _with_statuses(data: Any) -> Any:
    if isinstance(data, list):
        return [_with_statuses(item) for item in data]
    if isinstance(data, dict):
        return {
            key: Status.from_json(item) if key == "status" else _with_statuses(item)
            for key, item in data.items()
        }
    return data


FITTED = Status(Kind.FITTED)
CROSS_FITTED = Status(
    Kind.CROSS_FITTED,
    "each lesion is scored by models made without its fold, one for each repeat and fold, so there "
    "is none for new patients",
)
NO_FACTORS = Status.not_estimable("no clinical factors in this cohort")
NO_SECOND_READING = Status.not_estimable("there is no second reading in this run")
ONE_CLASS = Status.not_estimable("the lesions of the fit have one class only")
NO_LESIONS = Status.not_estimable("no lesions to fit")
