"""The audit's arithmetic against enumeration of everything that can be."""

import itertools
import math
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from printed_numbers.check_ceiling import any_dependence, independent, most_within
from printed_numbers.check_split import class_sizes_p, count_p, welch_p
from printed_numbers.denominators import explained, search
from printed_numbers.grim import counts, grimmer, largest_minimum, largest_sd, multiples
from printed_numbers.intervals import INTERVAL_METHODS, limits, matching
from printed_numbers.p_values import is_allowed, paired_candidates, paired_tables
from printed_numbers.printed import Printed, prints, shorten, show

HALVES = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN)


def quantized(value: Fraction, digits: int, rule: str) -> Decimal:
    """Round a fraction by Python's decimal arithmetic."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
        Decimal(1).scaleb(-digits), rounding=rule
    )


def printed(text: str, low: str = "", high: str = "") -> Printed:
    """Return a printed percentage with one decimal."""
    return Printed("x", (), "", "", "", text, low, high, 1)


@given(k=st.integers(0, 400), n=st.integers(1, 400), digits=st.integers(0, 3))
def test_rounding_is_that_of_decimal_arithmetic(k, n, digits):
    """Fractions round as Python's decimals do."""
    value = Fraction(k, n)
    names = ("half up", "half to even", "half down")
    for name, rule in zip(names, HALVES, strict=True):
        assert shorten(value, digits, name) == Fraction(quantized(value, digits, rule))
    assert show(value, digits) == str(quantized(value, digits, ROUND_HALF_UP))


@settings(deadline=None)
@given(n=st.integers(1, 250), tenths=st.integers(0, 1000))
def test_counts_are_those_of_enumeration(n, tenths):
    """A percentage's counts: every count is tried."""
    text = Decimal(tenths) / 10
    brute = [
        k
        for k in range(n + 1)
        if any(quantized(Fraction(100 * k, n), 1, rule) == text for rule in HALVES)
    ]
    assert counts(Fraction(tenths, 10), 1, n) == brute


def test_means_are_those_of_enumeration():
    """A mean of n whole numbers: every sum is tried, also in units of 0.5."""
    for n, unit in itertools.product((3, 7, 28), (Fraction(1), Fraction(1, 2))):
        possible = {quantized(unit * k / n, 2, rule) for k in range(40 * n) for rule in HALVES}
        for hundredths in range(100, 1500):
            value = Fraction(hundredths, 100)
            found = bool(multiples(value, 2, n, unit))
            assert found == (Decimal(hundredths) / 100 in possible)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_grimmer_against_every_sample(n):
    """No SD that a sample has is called impossible, and most that none has are."""
    seen = set()
    for values in itertools.combinations_with_replacement(range(8), n):
        array = np.array(values)
        for ddof in (0, 1):
            mean, sd = (
                round(Decimal(repr(float(x))), 2) for x in (array.mean(), array.std(ddof=ddof))
            )
            seen.add((mean, sd))
            assert grimmer(Fraction(mean), Fraction(sd), 2, n), (values, ddof)
    # So narrow an SD around 3.5 keeps every value within 0 to 7: enumeration is complete there.
    tried = wrongly = 0
    for mean, sd in itertools.product(range(330, 370), range(40, 150)):
        pair = Decimal(mean) / 100, Decimal(sd) / 100
        if pair in seen:
            continue
        tried += 1
        wrongly += bool(grimmer(Fraction(pair[0]), Fraction(pair[1]), 2, n))
    assert wrongly / tried < 0.03


@pytest.mark.parametrize("n", [3, 4, 5])
def test_bounds_of_the_sd_against_every_sample(n):
    """Whole numbers from 0 to 6: the bound is never passed, and the extreme samples reach it."""
    closest = math.inf
    for values in itertools.combinations_with_replacement(range(7), n):
        array = np.array(values, float)
        mean, sd = (round(Decimal(repr(float(x))), 2) for x in (array.mean(), array.std(ddof=1)))
        bound = largest_sd(Fraction(mean), 2, n, Fraction(0), Fraction(6))
        assert array.std(ddof=1) <= bound + 1e-9
        closest = min(closest, bound - array.std(ddof=1))
        if array.max() < 6 or sd > 0:
            least = largest_minimum(Fraction(mean), Fraction(sd), 2, n, Fraction(6))
            assert array.min() <= least + 1e-9
    assert closest < 0.02


def test_every_interval_is_recognised():
    """The interval of every count of 13, by every method, is found again by its method."""
    for k, method in itertools.product(range(1, 13), INTERVAL_METHODS):
        low, high = (show(end, 1) for end in limits(k, 13, method))
        assert method in matching(printed(show(Fraction(100 * k, 13), 1), low, high), k, 13)


def test_clopper_pearson_is_that_of_the_beta_distribution():
    """The ends of the interval that is searched for, from SciPy."""
    for k in range(1, 60):
        low, high = limits(k, 60, "clopper-pearson")
        assert low == pytest.approx(100 * stats.beta.ppf(0.025, k, 61 - k))
        assert high == pytest.approx(100 * stats.beta.ppf(0.975, k + 1, 60 - k))


def test_the_search_of_denominators_is_that_of_enumeration():
    """Two percentages with intervals: every denominator, count and method is tried."""
    rows = [
        printed(show(Fraction(100 * k, 43), 1), *(show(e, 1) for e in limits(k, 43, method)))
        for k, method in ((31, "wilson"), (12, "wald"))
    ]
    tried = range(2, 120)
    brute = {}
    for n in tried:
        fits = []
        for row in rows:
            of_row = [k for k in range(n + 1) if prints(Fraction(100 * k, n), row.value, 1)]
            hits = [
                (k, method)
                for k in of_row
                for method in INTERVAL_METHODS
                if tuple(show(e, 1) for e in limits(k, n, method)) == (row.low, row.high)
            ]
            fits.append((tuple(of_row), tuple(hits)))
        brute[n] = fits
    found = search(rows, tried)
    assert [d.n for d in found] == [n for n in tried if all(ks for ks, _ in brute[n])]
    for d in found:
        assert d.counts == tuple(ks for ks, _ in brute[d.n])
        assert d.methods == tuple(hits for _, hits in brute[d.n])
    assert 43 in [d.n for d in found if d.explains_all]
    score = explained(rows, tried)
    assert score == [sum(bool(ks) + bool(h) for ks, h in brute[n]) for n in tried]


def test_paired_tables_are_those_of_enumeration():
    """Every table of 14 cases, sorted by its margins."""
    every = {}
    for cells in itertools.product(range(15), repeat=3):
        if (rest := 14 - sum(cells)) >= 0:
            both, gained, lost = cells
            margins = both + lost, both + gained
            every.setdefault(margins, set()).add((both, gained, lost, rest))
    for (first, second), tables in every.items():
        found = {(t.both, t.gained, t.lost, t.neither) for t in paired_tables(first, second, 14)}
        assert found == tables
        for table in paired_tables(first, second, 14):
            assert is_allowed(table, "gained") == (table.lost == 0)
            assert is_allowed(table, "lost") == (table.gained == 0)
            assert is_allowed(table, "both")


def test_paired_p_values_are_scipys():
    """Exact and asymptotic P values of every table with the margins 38 and 45 of 60."""
    found = paired_candidates(38, 45, 60, "gained")
    assert sum(c.allowed for c in found) == 4  # one table, four variants
    by_table = {}
    for c in found:
        by_table.setdefault(c.table, {})[c.test] = c.p
    for lost, p in enumerate(by_table.values()):
        gained = lost + 7
        exact = stats.binomtest(lost, gained + lost, 0.5).pvalue
        assert p["exact"] == pytest.approx(exact)
        assert p["asymptotic"] == pytest.approx(stats.chi2.sf(49 / (gained + lost), 1))
        assert p["asymptotic-corrected"] == pytest.approx(stats.chi2.sf(36 / (gained + lost), 1))
        middle = exact - stats.binom.pmf(lost, gained + lost, 0.5)
        assert p["mid-p"] == pytest.approx(middle)


def test_class_sizes_against_counting():
    """Probabilities of class sizes: from binomial coefficients, and they add to one."""
    sizes = [(2, 3), (1, 2), (4, 3)]
    expected = Fraction(
        math.comb(5, 2) * math.comb(3, 1) * math.comb(7, 4), math.comb(15, 7)
    )  # which of the 15 places are the first class's
    assert class_sizes_p(sizes) == pytest.approx(float(expected))
    total = sum(
        class_sizes_p([(a, 5 - a), (b, 3 - b), (7 - a - b, a + b)])
        for a in range(6)
        for b in range(4)
        if 0 <= 7 - a - b <= 7
    )
    assert total == pytest.approx(1.0)


def test_p_of_counts_against_every_table():
    """Three sets, two categories: every table with the same margins, by its probability."""
    table = np.array([[3, 9], [5, 2], [1, 6]])
    rows, (yes, _) = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(rows, table.sum(axis=0)) / table.sum()

    def statistic(counts):
        return ((counts - expected) ** 2 / expected).sum()

    seen, p, total = statistic(table), 0.0, 0.0
    for first in itertools.product(*(range(r + 1) for r in rows)):
        if sum(first) != yes:
            continue
        weight = math.prod(math.comb(int(r), k) for r, k in zip(rows, first, strict=True))
        total += weight
        one = np.column_stack([first, rows - np.array(first)])
        p += weight * (statistic(one) >= seen - 1e-9)
    assert count_p(table.tolist()) == pytest.approx(p / total, abs=0.01)
    assert count_p([[0, 5], [0, 7]]) == 1.0


def test_welch_is_scipys():
    """Welch's test from means and SDs is the one that SciPy has from the values."""
    rng = np.random.default_rng(5)
    groups = [rng.normal(m, s, n) for m, s, n in ((0, 1, 20), (0.5, 2, 31), (0.1, 1, 25))]
    found = welch_p([(g.mean(), g.std(ddof=1), len(g)) for g in groups])
    assert found == pytest.approx(stats.f_oneway(*groups, equal_var=False).pvalue)


def test_the_ceiling_of_one_normal_factor():
    """Two normal classes of equal SD: the area is Phi(d / sqrt 2), the accuracy Phi(d / 2)."""
    found = independent(((50.0, 8.0), (57.0, 8.0)), [])
    d = 7 / 8
    assert found.auroc == pytest.approx(stats.norm.cdf(d / math.sqrt(2)), abs=1e-5)
    assert found.accuracy == pytest.approx(stats.norm.cdf(d / 2), abs=1e-5)


def test_the_ceiling_of_two_factors_is_that_of_all_pairs():
    """Two categorical factors: the area from every pair of cells."""
    factors = [([50, 10], [30, 30]), ([5, 20, 35], [20, 20, 20])]
    cells = list(itertools.product(range(2), range(3)))
    zero, one = (
        [
            factors[0][side][i] / 60 * factors[1][side][j] / 60
            for i, j in cells
        ]
        for side in (0, 1)
    )  # fmt: skip
    area = 0.0
    for (z, o), (z2, o2) in itertools.product(zip(zero, one, strict=True), repeat=2):
        ratio, other = o / z, o2 / z2
        area += (
            o * z2 * (1.0 if ratio > other + 1e-12 else 0.5 if abs(ratio - other) < 1e-12 else 0)
        )
    assert independent(None, factors).auroc == pytest.approx(area)


def test_the_bound_under_any_dependence_is_that_of_a_fine_grid():
    """Two factors of two categories: a joint law has one free cell, and every rule is tried."""
    zero, one = ([0.7, 0.3], [0.6, 0.4]), ([0.5, 0.5], [0.45, 0.55])

    def laws(first, second):
        low, high = max(0.0, first[0] + second[0] - 1), min(first[0], second[0])
        for a in np.linspace(low, high, 41):
            yield np.array([a, first[0] - a, second[0] - a, 1 - first[0] - second[0] + a])

    best = 0.5
    for f, g in itertools.product(laws(*zero), laws(*one)):
        best = max(best, (1 + np.maximum(g - f, 0).sum()) / 2)
    assert any_dependence((zero[0], one[0]), (zero[1], one[1])) == pytest.approx(best)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6))
def test_the_most_within_cells_is_that_of_a_linear_program(seed):
    """Three by four categories: the largest probability of random cells, by SciPy's solver."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.dirichlet(np.ones(3)), rng.dirichlet(np.ones(4))
    cells = rng.random((3, 4)) < 0.5
    sums = [(np.arange(12) // 4 == i).astype(float) for i in range(3)]
    sums += [(np.arange(12) % 4 == j).astype(float) for j in range(4)]
    found = optimize.linprog(
        -cells.ravel().astype(float), A_eq=np.array(sums), b_eq=[*rows, *columns], bounds=(0, 1)
    )
    assert most_within(cells, rows, columns) == pytest.approx(-found.fun, abs=1e-9)
