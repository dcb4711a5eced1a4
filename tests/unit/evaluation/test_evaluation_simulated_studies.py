"""Studies drawn from the printed margins, against exact enumeration and what margins allow."""

import math

import numpy as np
import pytest
from scipy import stats

from printed import PUBLISHED
from smallmass.evaluation.published import Published
from smallmass.evaluation.simulated_studies import (
    ANYWHERE,
    COLUMNS,
    COMPARISONS,
    FEWEST,
    MOST,
    SIDE,
    STRUCTURES,
    admissible,
    draw_pairs,
    simulated_studies,
)
from smallmass.files import read_csv

DRAWS = 2000


def exact_share(first: int, second: int, n: int, structure: str, below: bool, alpha: float):
    """Probability that P lies on a side of alpha, by enumeration of all discordant pairs."""
    drawn = (first - second) / n
    spoilt = max(0, drawn) if structure == FEWEST else min(first, n - second) / n
    corrected = spoilt - drawn
    return sum(
        stats.multinomial.pmf([b, c, n - b - c], n, [corrected, spoilt, 1 - corrected - spoilt])
        for b in range(n + 1)
        for c in range(n + 1 - b)
        if ((stats.binomtest(b, b + c).pvalue if b + c else 1.0) < alpha) == below
    )


@pytest.fixture(scope="module")
def published() -> Published:
    """The project's own copy of the paper's numbers."""
    return Published(read_csv(PUBLISHED))


@pytest.fixture(scope="module")
def table(published):
    """simulated_studies.csv."""
    return simulated_studies(published, DRAWS, 5)


@pytest.mark.parametrize("structure", [s for s in STRUCTURES if s != ANYWHERE])
def test_the_margins_of_drawn_studies_are_the_printed_ones(published, structure):
    gained, lost = draw_pairs(published, structure, DRAWS, np.random.default_rng(1))
    for i, comparison in enumerate(COMPARISONS):
        image, combined = published[comparison.image], published[comparison.combined]
        change = (combined.count - image.count) / image.n
        pairs = (gained[:, i] + lost[:, i]).mean() / image.n
        error = math.sqrt(pairs / image.n / DRAWS)
        assert (gained[:, i] - lost[:, i]).mean() / image.n == pytest.approx(change, abs=4 * error)
        assert (gained[:, i] + lost[:, i] <= image.n).all()
        if structure == FEWEST:  # nothing but what the margins ask for
            assert not (gained if change < 0 else lost)[:, i].any()


def test_admissible_is_what_four_cells_allow():
    # Brute force over all tables of 20 pairs with 13 and 16 right.
    spoilt = [
        lost
        for lost in range(21)
        for gained in range(21)
        if gained - lost == 3 and 13 - lost >= 0 and 7 - gained >= 0
    ]
    least, largest = admissible(13 / 20, 16 / 20)
    assert (least, largest) == (pytest.approx(min(spoilt) / 20), pytest.approx(max(spoilt) / 20))


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda c: c.p)
@pytest.mark.parametrize("structure", [FEWEST, MOST])
def test_simulated_shares_are_the_exact_ones(published, table, comparison, structure):
    alpha = 0.05
    below = published[comparison.p].value < alpha
    row = table[
        (table["structure"] == structure) & (table["A25"] == "exact")
        & (table["id"] == comparison.p) & (table["outcome"] == SIDE)
    ]  # fmt: skip
    image, combined = published[comparison.image], published[comparison.combined]
    exact = exact_share(image.count, combined.count, image.n, structure, below, alpha)
    error = math.sqrt(exact * (1 - exact) / DRAWS)
    assert row["share"].item() == pytest.approx(exact, abs=4 * error + 1 / DRAWS)


def test_all_together_is_never_likelier_than_one(table):
    assert list(table.columns) == COLUMNS
    assert (table["studies"] == DRAWS).all()
    for _, part in table.groupby(["structure", "A25"]):
        share = part.set_index(["id", "outcome"])["share"]
        single = share[[f"P0{i}" for i in range(1, 5)]]
        assert share["P01-P04"].iloc[1] <= single.xs(SIDE, level="outcome").min()
        assert share["P01-P04"].iloc[0] <= share["P01-P04"].iloc[1]
        better, after_holm = share["X06"]
        assert after_holm <= better


def test_what_a_gate_makes_impossible_is_said(table):
    fewest = table[table["structure"] == FEWEST].set_index("id")
    assert fewest.loc["P04", "note"].str.contains("gate cannot").all()
    assert (fewest.loc["P02", "note"] == "").all()
    assert (table[table["structure"] == MOST]["note"] == "").all()


def test_the_same_seed_gives_the_same_table(published, table):
    assert table.equals(simulated_studies(published, DRAWS, 5))
