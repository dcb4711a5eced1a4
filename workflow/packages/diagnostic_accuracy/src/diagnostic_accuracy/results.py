"""A statistical result that knows what it is, how it was had, and how to print itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from diagnostic_accuracy import checked
from diagnostic_accuracy.printing import Heading, PrintedTable, Prints, Row
from diagnostic_accuracy.rounding import half_up, joined

NOT_ESTIMABLE = "not estimable"
HEADER = ("", "estimate", "P", "n", "method", "source", "note")


@dataclass(frozen=True, kw_only=True)
class Result(Prints):
    """An estimate with its interval, or a test, and the method behind it.

    Attributes:
        name: What is estimated, for instance ``sensitivity``.
        estimate: The estimate; NaN if it cannot be had.
        low: The interval's lower end; NaN if there is no interval.
        high: The interval's upper end; NaN if there is no interval.
        confidence: Of the interval, in (0, 1).
        method: The method's name, as it is written in tables.
        source: Where the method's formula comes from.
        n: Number of cases.
        count: Numerator of a proportion, with ``n`` its denominator; None for anything else.
        statistic: A test's statistic; NaN if this is no test.
        p_value: A test's P, two-sided; NaN if this is no test.
        note: What a reader must know beside the number.
        cells: Counts that the result was computed from, for instance the four cells of a paired
            table, each with its name.

    Example:
        >>> Result(name="Dice", estimate=0.8125, method="mean", source="", n=9).value(2)
        '0.81'
    """

    name: str
    estimate: float
    method: str
    source: str
    n: int
    count: int | None = None
    low: float = math.nan
    high: float = math.nan
    confidence: float = 0.95
    statistic: float = math.nan
    p_value: float = math.nan
    note: str = ""
    cells: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a confidence that is none."""
        checked.confidence(self.confidence)

    @property
    def estimable(self) -> bool:
        """Whether there is an estimate."""
        return math.isfinite(self.estimate)

    def value(self, digits: int = 3, scale: float = 1.0) -> str:
        """Return estimate and interval as ``0.633 (0.511–0.755)``; ``scale=100`` for percent."""
        if not self.estimable:
            return NOT_ESTIMABLE
        text = half_up(self.estimate * scale, digits)
        if math.isfinite(self.low) and math.isfinite(self.high):
            low, high = (half_up(end * scale, digits) for end in (self.low, self.high))
            text += f" ({joined(low, high)})"
        return text

    def fraction(self) -> str:
        """Return ``38/60`` for a proportion, else an empty text."""
        return "" if self.count is None else f"{self.count}/{self.n}"

    def text(self, digits: int = 3) -> str:
        """Return one line: name, estimate, interval, P, n, method and source, counts, note."""
        parts = [f"{self.name}: {self.value(digits)}"]
        if math.isfinite(self.low):
            parts.append(f"{100 * self.confidence:g}% CI")
        if math.isfinite(self.p_value):
            parts.append(format_p(self.p_value))
        parts.append(self.fraction() or f"n = {self.n}")
        line = f"{', '.join(parts)} ({self.method}: {self.source})"
        counts = ", ".join(f"{name} {count}" for name, count in self.cells)
        return "; ".join(part for part in (line, counts, self.note) if part)

    def __str__(self) -> str:
        return self.text()

    def table(self, digits: int = 3) -> PrintedTable:
        """Return a table of two columns: each property and its value."""
        header = ((Heading(self.name), Heading("")),)
        return PrintedTable("", "", header, tuple(Row(row) for row in self._rows(digits)), texts=2)

    def _rows(self, digits: int) -> list[tuple[str, str]]:
        """Return the properties that are known, as text."""
        rows = [("estimate", self.value(digits))]
        if math.isfinite(self.low):
            rows.append(("confidence", f"{100 * self.confidence:g}%"))
        if math.isfinite(self.statistic):
            rows.append(("statistic", half_up(self.statistic, digits)))
        if math.isfinite(self.p_value):
            rows.append(("P", format_p(self.p_value)))
        rows += [(name, str(count)) for name, count in self.cells]
        rows += [
            ("n", self.fraction() or str(self.n)),
            ("method", self.method),
            ("source", self.source),
        ]
        return [*rows, ("note", self.note)] if self.note else rows


def not_estimable(reason: str) -> str:
    """Return the note of a result that cannot be had, with why."""
    return f"{NOT_ESTIMABLE}: {reason}"


def format_p(p_value: float) -> str:
    """Return ``P = 0.083`` or ``P < 0.001``.

    Example:
        >>> format_p(0.0004), format_p(0.0835)
        ('P < 0.001', 'P = 0.084')
    """
    return "P < 0.001" if p_value < 0.001 else f"P = {half_up(p_value, 3)}"


def result_table(results: Sequence[Result], digits: int = 3) -> PrintedTable:
    """Return several results as one table, a line a result.

    Example:
        >>> from diagnostic_accuracy import proportion
        >>> result_table([proportion(38, 60, name="sensitivity")]).rows[0].cells[:2]
        ('sensitivity', '0.633 (0.499–0.754)')
    """
    rows = []
    for result in results:
        notes = [*(f"{name} {count}" for name, count in result.cells), result.note]
        cells = (
            result.name,
            result.value(digits),
            format_p(result.p_value) if math.isfinite(result.p_value) else "",
            result.fraction() or str(result.n),
            result.method,
            result.source,
            "; ".join(note for note in notes if note),
        )
        rows.append(Row(cells))
    header = (tuple(map(Heading, HEADER)),)
    return PrintedTable("", "", header, tuple(rows), texts=len(HEADER))
