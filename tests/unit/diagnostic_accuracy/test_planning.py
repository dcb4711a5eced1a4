"""Power of McNemar's test: against enumeration, a published formula, and what must hold."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diagnostic_accuracy import mcnemar_power, pairs_by_formula, pairs_needed
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS, PairedTable, mcnemar

SHARES = [(0.15, 0.0), (0.25, 0.10), (0.40, 0.25)]


def enumerated(gained: float, lost: float, n: int, variant: str) -> float:
    """Return the power of finding the second better, summed over every pair of counts."""
    power = 0.0
    for discordant in range(1, n + 1):
        weight = stats.binom.pmf(discordant, n, gained + lost)
        for wins in range(discordant // 2 + 1, discordant + 1):
            table = PairedTable(0, wins, discordant - wins, 0)
            if mcnemar(table, variant).p_value < 0.05:
                power += weight * stats.binom.pmf(wins, discordant, gained / (gained + lost))
    return power


@pytest.mark.parametrize("variant", MCNEMAR_VARIANTS)
def test_the_simulated_power_is_the_enumerated_one(variant):
    """Within four standard errors of 4,000 drawn studies."""
    for gained, lost in SHARES[:2]:
        exact = enumerated(gained, lost, 60, variant)
        found = mcnemar_power(gained, lost, 60, variant=variant, seed=3).estimate
        assert found == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 4000))


def test_from_the_needed_pairs_on_the_enumerated_power_is_there():
    """Of a gate, which loses none: six gains in a row are the fewest that are significant."""
    needed = int(pairs_needed(0.15, 0.0).estimate)
    power = {n: stats.binom.sf(5, n, 0.15) for n in range(40, 70)}
    exact = min(n for n in power if power[n] >= 0.8)
    assert abs(needed - exact) <= 2
    assert enumerated(0.15, 0.0, exact, "exact") == pytest.approx(power[exact])


@pytest.mark.parametrize(("gained", "lost"), SHARES)
def test_the_asymptotic_test_needs_what_connor_s_formula_says(gained, lost):
    """The formula is of large studies: within a tenth."""
    formula = pairs_by_formula(gained, lost)
    discordant, gap = gained + lost, gained - lost
    by_hand = (
        1.959964 * math.sqrt(discordant) + 0.841621 * math.sqrt(discordant - gap**2)
    ) ** 2 / gap**2
    assert formula == pytest.approx(by_hand, rel=1e-5)
    if lost:  # without losses the counts are too few for it
        assert pairs_needed(gained, lost, variant="asymptotic").estimate == pytest.approx(
            formula, rel=0.1
        )
        assert pairs_needed(gained, lost).estimate > formula  # the exact test is conservative


@settings(max_examples=20, deadline=None)
@given(st.floats(0.02, 0.3), st.floats(0.1, 0.3), st.integers(0, 100))
def test_more_pairs_and_fewer_losses_give_more_power(lost, gain, seed):
    one = mcnemar_power(lost + gain, lost, 40, seed=seed, draws=1500).estimate
    more = mcnemar_power(lost + gain, lost, 120, seed=seed, draws=1500).estimate
    clean = mcnemar_power(gain, 0.0, 120, seed=seed, draws=1500).estimate
    assert one <= more + 0.03 and more <= clean + 0.03


def test_without_a_true_gain_next_to_nothing_is_found():
    """Half of alpha at most, as one side alone counts; the exact test stays below."""
    assert mcnemar_power(0.2001, 0.2, 200, draws=8000).estimate < 0.025 + 0.006


@pytest.mark.parametrize(("gained", "lost"), [(0.1, 0.1), (0.1, 0.2), (0.7, 0.4), (-0.1, 0.0),
                                              (np.nan, 0.0)])  # fmt: skip
def test_shares_that_cannot_be_meant_are_refused(gained, lost):
    for function in (pairs_by_formula, pairs_needed):
        with pytest.raises(ValueError, match="shares of all pairs"):
            function(gained, lost)
    with pytest.raises(ValueError, match="allowed"):
        pairs_needed(0.2, 0.1, variant="robust")
