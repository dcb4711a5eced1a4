"""Printed numbers: half up, exact for counts."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostic_accuracy import rounding


@given(
    st.decimals(-1000, 1000, places=4, allow_nan=False, allow_infinity=False),
    st.integers(0, 3),
)
def test_a_float_is_rounded_as_its_decimal_reads(value, digits):
    """The float nearest to a decimal prints what the decimal prints by pencil."""
    step = Decimal(1).scaleb(-digits)
    expected = value.quantize(step, rounding=ROUND_HALF_UP)
    printed = rounding.half_up(float(value), digits)
    assert Decimal(printed) == expected
    assert not (printed.startswith("-") and expected == 0)
    assert len(printed.partition(".")[2]) == digits


@pytest.mark.parametrize(
    ("value", "digits", "printed"),
    [(0.05, 1, "0.1"), (2.675, 2, "2.68"), (0.25, 1, "0.3"), (1.005, 2, "1.01"), (-0.04, 1, "0.0"),
     (-0.25, 1, "-0.3"), (7, 1, "7.0"), (0.1 + 0.2 - 0.05, 1, "0.3")],
)  # fmt: skip
def test_ties_go_away_from_zero(value, digits, printed):
    """Cases in which Python's own rounding of the binary value goes down."""
    assert rounding.half_up(value, digits) == printed


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_refused(value):
    """An unknown number is never printed as a number."""
    with pytest.raises(ValueError, match="not a finite number"):
        rounding.half_up(value, 1)


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(0, 3))
def test_percentages_of_counts_are_exact(numerator, denominator, digits):
    """The distance to the exact fraction is at most half a unit, and a tie goes up."""
    printed = Fraction(rounding.percent_of_counts(numerator, denominator, digits))
    exact = Fraction(100 * numerator, denominator)
    half = Fraction(1, 2 * 10**digits)
    assert -half < printed - exact <= half


def test_a_percentage_of_nobody_is_refused():
    """There is no percentage of an empty group."""
    with pytest.raises(ValueError, match="no percentage"):
        rounding.percent_of_counts(0, 0)


def test_mean_and_sd_by_hand():
    """2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squares 32, SD √(32/7) = 2.138."""
    assert rounding.mean_sd([2, 4, 4, 4, 5, 5, 7, 9]) == "5.00±2.14"
    assert rounding.mean_sd([46.4]) == "46.40 (n=1)"
    assert rounding.mean_sd([]) == "–"


def test_the_papers_own_strings():
    """Table 2's first cell from its counts: 38 of 60."""
    sensitivity = rounding.percent_of_counts(38, 60)
    assert rounding.with_interval(sensitivity, 0.511, 0.755, as_percent=True) == (
        "63.3 (51.1–75.5)"
    )
    assert rounding.with_interval("0.85", 0.78, 0.92, as_percent=False) == "0.85 (0.78–0.92)"
    assert rounding.with_interval("0.85", math.nan, math.nan, as_percent=False) == "0.85"


@pytest.mark.parametrize(
    ("p", "printed"), [(0.0026, "0.003"), (0.0825, "0.083"), (0.00099, "<0.001"), (1.0, "1.000")]
)
def test_p_values(p, printed):
    """Three decimals, and nothing that rounds to nought."""
    assert rounding.p_value(p) == printed
