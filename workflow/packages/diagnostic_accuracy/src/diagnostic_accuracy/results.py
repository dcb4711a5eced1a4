"""A statistical result that knows what it is, how it was had, and how to print itself."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from html import escape

_LATEX = str.maketrans({
    "&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "–": "--", "≥": r"$\geq$",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Result:
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

    @property
    def estimable(self) -> bool:
        """Whether there is an estimate."""
        return math.isfinite(self.estimate)

    def value(self, digits: int = 3, scale: float = 1.0) -> str:
        """Return estimate and interval as ``0.633 (0.511–0.755)``; ``scale=100`` for percent."""
        if not self.estimable:
            return "not estimable"
        text = half_up(self.estimate * scale, digits)
        if math.isfinite(self.low) and math.isfinite(self.high):
            low, high = (half_up(end * scale, digits) for end in (self.low, self.high))
            # Two negative numbers with a dash between them cannot be read.
            text += f" ({low} to {high})" if self.low < 0 else f" ({low}–{high})"
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

    def to_markdown(self, digits: int = 3) -> str:
        """Return a Markdown table of two columns: each property and its value."""
        rows = "\n".join(
            f"| {key} | {value.replace('|', chr(92) + '|')} |" for key, value in self._rows(digits)
        )
        return f"| {self.name} | |\n|---|---|\n{rows}\n"

    def to_latex(self, digits: int = 3) -> str:
        """Return a LaTeX tabular of two columns: each property and its value."""
        rows = "\n".join(f"{latex(key)} & {latex(value)} \\\\" for key, value in self._rows(digits))
        title = rf"\multicolumn{{2}}{{l}}{{{latex(self.name)}}} \\"
        return f"\\begin{{tabular}}{{ll}}\n{title}\n\\hline\n{rows}\n\\end{{tabular}}\n"

    def to_html(self, digits: int = 3) -> str:
        """Return an HTML table of two columns: each property and its value."""
        rows = "".join(
            f"<tr><th>{escape(key)}</th><td>{escape(value)}</td></tr>"
            for key, value in self._rows(digits)
        )
        return f"<table><caption>{escape(self.name)}</caption>{rows}</table>"

    def _repr_html_(self) -> str:
        return self.to_html()

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


def half_up(value: float, digits: int) -> str:
    """Return a number with ``digits`` decimals, halves rounded away from zero.

    The shortest decimal that names the float is rounded, so that 0.125 and 2.675 go up as they
    would by hand; Python's own ``round`` and format do neither.

    Example:
        >>> half_up(0.125, 2), half_up(-2.675, 2)
        ('0.13', '-2.68')
    """
    if not math.isfinite(value):
        return str(value)
    # Twelve significant digits: 0.285 * 100 is 28.499999999999996, which a hand would round up.
    decimal = Decimal(f"{value:.12g}")
    return str(decimal.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def latex(text: str) -> str:
    """Return text with LaTeX's special characters made printable."""
    return text.translate(_LATEX)


def format_p(p_value: float) -> str:
    """Return ``P = 0.083`` or ``P < 0.001``.

    Example:
        >>> format_p(0.0004), format_p(0.0835)
        ('P < 0.001', 'P = 0.084')
    """
    return "P < 0.001" if p_value < 0.001 else f"P = {half_up(p_value, 3)}"
