"""Printed numbers, exactly: what a number of so many decimals can stand for."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

NOISE_DIGITS = 12

# How a number may have been shortened. The first three are rounding to the nearest and differ only
# in a tie; the last two are none.
_RULES: dict[str, Callable[[Fraction], int]] = {
    "half up": lambda x: math.floor(x + Fraction(1, 2)),
    "half to even": round,
    "half down": lambda x: math.ceil(x - Fraction(1, 2)),
    "cut off": math.floor,
    "rounded up": math.ceil,
}
ROUNDING_RULES = tuple(_RULES)
NEAREST = ROUNDING_RULES[:3]
# What may stand before a printed number, and which numbers may be printed so.
SIGNS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<": lambda x, printed: x < printed,
    "≤": lambda x, printed: x <= printed,
    ">": lambda x, printed: x > printed,
    "≥": lambda x, printed: x >= printed,
}
NOT_SIGNIFICANT = "NS"


@dataclass(frozen=True)
class Printed:
    """One row of the table of printed numbers.

    Attributes:
        id: Its identifier.
        where: Where it is printed: ``abstract``, ``table1`` and so on.
        dataset: The data set that it is about.
        model: The model or kind that it is about.
        metric: What it is.
        text: The number as printed, or an empty text for a claim in words.
        low: The lower end of its printed interval, or an empty text.
        high: The upper end, likewise.
        decimals: Decimals that its column is printed with: a column with one decimal may have
            ``90`` for 90.0.
    """

    id: str
    where: tuple[str, ...]
    dataset: str
    model: str
    metric: str
    text: str
    low: str
    high: str
    decimals: int

    @property
    def sign(self) -> str:
        """What makes it an inequality, one of `SIGNS`; empty for a plain number."""
        return self.text[:1] if self.text[:1] in SIGNS else ""

    @property
    def value(self) -> Fraction:
        """The number, exactly as printed; of an inequality, its limit."""
        return Fraction(self.text.removeprefix(self.sign))

    def admits(self, value: float | Fraction, level: float | None = None) -> bool:
        """Return whether a number that was computed may be printed as this one is.

        Args:
            value: The number.
            level: The level of significance, from which "NS" is; None where it is not known.

        Example:
            >>> small = Printed("p", (), "", "", "P", "<0.001", "", "", 3)
            >>> small.admits(0.0004), small.admits(0.001)
            (True, False)
        """
        if isinstance(value, float) and not math.isfinite(value):
            return False
        if self.text == NOT_SIGNIFICANT:
            return value >= (0.05 if level is None else level)
        if self.sign:
            return SIGNS[self.sign](exactly(value), self.value)
        return prints(value, self.value, self.decimals)

    def admits_range(self, low: float, high: float, level: float | None = None) -> bool:
        """Return whether some number from ``low`` to ``high`` may be printed as this one is.

        Example:
            >>> Printed("p", (), "", "", "P", "0.083", "", "", 3).admits_range(0.07, 0.09)
            True
        """
        if self.admits(low, level) or self.admits(high, level):
            return True
        if self.sign or self.text == NOT_SIGNIFICANT:
            return False
        return low <= self.value <= high

    @property
    def shown(self) -> str:
        """The number with its interval, as printed."""
        if not self.text:
            return self.metric
        return f"{self.text} ({self.low}–{self.high})" if self.low else self.text

    @property
    def name(self) -> str:
        """What the number is, in words: metric, model, data set."""
        return ", ".join(part for part in (self.metric, self.model, self.dataset) if part)


def exactly(value: float | int | Fraction) -> Fraction:
    """Return a number as a fraction; a float without its binary noise (12 digits)."""
    if isinstance(value, float):
        return Fraction(f"{value:.{NOISE_DIGITS}g}")
    return Fraction(value)


def shorten(value: float | int | Fraction, decimals: int, rule: str = "half up") -> Fraction:
    """Return a finite number with ``decimals`` decimals under one of `ROUNDING_RULES`.

    Raises:
        ValueError: If ``rule`` is unknown.

    Example:
        >>> shorten(Fraction(1, 8), 2), shorten(Fraction(1, 8), 2, "half to even")
        (Fraction(13, 100), Fraction(3, 25))
    """
    if rule not in _RULES:
        raise ValueError(f"rule is {rule!r}; allowed: {', '.join(_RULES)}")
    return Fraction(_RULES[rule](exactly(value) * 10**decimals), 10**decimals)


def prints(
    value: float | int | Fraction,
    printed: Fraction,
    decimals: int,
    rules: tuple[str, ...] = NEAREST,
) -> bool:
    """Return whether a number is printed as ``printed`` under any of the rules.

    Example:
        >>> prints(100 * 38 / 60, Fraction("63.3"), 1), prints(100 * 38 / 60, Fraction("63.4"), 1)
        (True, False)
    """
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return any(shorten(value, decimals, rule) == printed for rule in rules)


def window(printed: Fraction, decimals: int) -> tuple[Fraction, Fraction]:
    """Return the closed range of numbers that round to ``printed`` under some rule of `NEAREST`.

    Example:
        >>> low, high = window(Fraction("0.71"), 2)
        >>> float(low), float(high)
        (0.705, 0.715)
    """
    half = Fraction(1, 2 * 10**decimals)
    return printed - half, printed + half


def show(value: float | int | Fraction, decimals: int) -> str:
    """Return a number as text with ``decimals`` decimals, halves up; "not finite" if it is not.

    Example:
        >>> show(0.125, 2), show(-2.675, 2)
        ('0.13', '-2.68')
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "not finite"
    scaled = shorten(abs(exactly(value)), decimals)
    digits = f"{int(scaled * 10**decimals):0{decimals + 1}d}"
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if value < 0 and scaled else text


def show_p(p: float) -> str:
    """Return a P value with three decimals, small ones with two digits."""
    return show(p, 3) if p >= 0.001 else f"{p:.1e}"
