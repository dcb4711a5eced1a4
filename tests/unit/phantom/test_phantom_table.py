"""The clinical table of the phantoms against the paper's Table 1."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from smallmass.errors import UserError
from smallmass.phantom import table as phantom_table
from smallmass.phantom.table import CELLS, apportion, make_table, settle, size_limits

# Typed from the paper's Table 1: n, age mean and SD, size mean, family history and BRCA yes,
# fatty, scattered, heterogeneously dense, extremely dense. SIZE_SD: the printed SD of the sizes.
PRINTED = {
    ("training", "benign"): (513, "46.4", "8.6", "0.71", 16, 0, 7, 72, 257, 177),
    ("training", "malignant"): (288, "51.73", "9.1", "0.79", 34, 7, 14, 95, 133, 46),
    ("validation", "benign"): (60, "45.48", "10.04", "0.65", 0, 0, 3, 7, 33, 17),
    ("validation", "malignant"): (60, "50.62", "8.5", "0.74", 7, 0, 2, 13, 29, 16),
    ("test", "benign"): (60, "45.5", "9.11", "0.75", 1, 0, 0, 6, 40, 14),
    ("test", "malignant"): (60, "52.2", "8.34", "0.78", 9, 0, 3, 11, 27, 19),
}
SIZE_SD = {
    ("training", "benign"): "0.46",
    ("training", "malignant"): "0.31",
    ("validation", "benign"): "0.20",
    ("validation", "malignant"): "0.20",
    ("test", "benign"): "0.42",
    ("test", "malignant"): "0.24",
}
DENSITIES = ["fatty", "scattered", "heterogeneous", "extreme"]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return make_table(1041, seed=20230401)


def cells(table):
    """Return ((split, label), rows) of each column of Table 1."""
    return list(table.groupby(["published_split", "label"]))


def prints_as(value: float, printed: str) -> bool:
    digits = len(printed.partition(".")[2])
    return abs(value - float(printed)) <= 0.5 * 10**-digits + 1e-9


def test_counts_and_means_are_the_printed_ones(table):
    seen = {}
    for key, rows in cells(table):
        n, age_mean, age_sd, size_mean, *_ = PRINTED[key]
        assert len(rows) == n
        assert prints_as(rows["age_years"].mean(), age_mean)
        assert prints_as(rows["age_years"].std(ddof=1), age_sd)
        assert prints_as(rows["diameter_cm"].mean(), size_mean)
        seen[key] = (
            (rows["family_history"] == "yes").sum(),
            (rows["brca_mutation"] == "yes").sum(),
            *(rows["breast_density"] == density for density in DENSITIES),
        )
        counts = [int(np.sum(value)) for value in seen[key]]
        assert counts == list(PRINTED[key][4:])
    assert set(seen) == set(PRINTED)


def test_counts_are_those_of_the_list_of_published_numbers(table, shared):
    published = pd.read_csv(shared / "paper" / "published_numbers.csv", index_col="id")["value"]
    splits = {"tr": "training", "va": "validation", "te": "test"}
    columns = [("family_history", "yes"), ("family_history", "no")]
    columns += [("brca_mutation", "yes"), ("brca_mutation", "no")]
    columns += [("breast_density", density) for density in DENSITIES]
    for number, (column, word) in enumerate(columns, 1):
        for short, split in splits.items():
            for label in ("benign", "malignant"):
                rows = (table["published_split"] == split) & (table["label"] == label)
                printed = int(published[f"T1C{number}{short}_{label[0]}n"])
                assert (table.loc[rows, column] == word).sum() == printed


def test_means_and_deviations_are_those_of_the_list_of_published_numbers(shared):
    """What this file and the module typed from Table 1 is what the list of numbers says."""
    numbers = pd.read_csv(shared / "paper" / "published_numbers.csv", index_col="id", dtype=str)
    value = pd.to_numeric(numbers["value"], errors="coerce")
    for number, (key, cell) in enumerate(zip(PRINTED, CELLS, strict=True), 1):
        assert (cell.split, cell.label) == key
        assert float(PRINTED[key][1]) == float(cell.age_mean) == value[f"T1A{number}m"]
        assert float(PRINTED[key][2]) == float(cell.age_sd) == value[f"T1A{number}s"]
        assert float(PRINTED[key][3]) == float(cell.printed_size[0]) == value[f"T1S{number}m"]
        assert float(SIZE_SD[key]) == float(cell.printed_size[1]) == value[f"T1S{number}s"]


def test_sizes_stay_small_and_hardly_tell_the_label(table):
    assert table["diameter_cm"].between(0.20, 0.99).all()
    for split, rows in table.groupby("published_split"):
        benign, malignant = (float(PRINTED[split, label][3]) for label in ("benign", "malignant"))
        limit = norm.cdf((malignant - benign) / (0.2 * np.sqrt(2)))
        assert roc_auc_score(rows["label"] == "malignant", rows["diameter_cm"]) <= limit


def widest(mean: str, one_peak: bool) -> float:
    """Return the largest SD (n large) of sizes 0.20 .. 0.99 cm whose mean prints as ``mean``.

    A linear programme over the shares of the 80 sizes, for every place of the peak: an outside
    oracle for the closed forms of `size_limits`.
    """
    sizes, best = np.arange(20, 100) / 100, 0.0
    for at in np.linspace(float(mean) - 0.005, float(mean) + 0.005, 3):
        for peak in range(0, 80, 3) if one_peak else [0]:
            rises = np.eye(79, 80) - np.eye(79, 80, k=1)  # share[i] - share[i + 1]
            rises[peak:] *= -1
            found = linprog(
                -((sizes - at) ** 2),
                A_ub=rises if one_peak else None,
                b_ub=np.zeros(79) if one_peak else None,
                A_eq=[np.ones(80), sizes],
                b_eq=[1, at],
                bounds=(0, 1),
            )
            best = max(best, np.sqrt(-found.fun)) if found.status == 0 else best
    return best


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.split}-{cell.label}")
def test_size_limits_are_what_a_linear_programme_finds(cell):
    key = (cell.split, cell.label)
    assert cell.printed_size == (PRINTED[key][3], SIZE_SD[key])
    row = size_limits().set_index(["split", "label"]).loc[key]
    bessel = np.sqrt(cell.n / (cell.n - 1))
    mean = PRINTED[key][3]
    assert row["largest_sd"] == pytest.approx(widest(mean, False) * bessel, abs=0.001)
    # Shares on a grid of 0.01 cm spread up to half of its step further than a density.
    assert row["largest_sd_one_peak"] == pytest.approx(widest(mean, True) * bessel, abs=0.005)
    assert row["possible"] == (float(SIZE_SD[key]) <= widest(mean, True) * bessel)


def test_printed_size_deviations_are_reached_where_one_peak_allows_them(table):
    possible = size_limits().set_index(["split", "label"])["possible"]
    assert set(possible[~possible].index) == {
        ("training", "benign"),
        ("training", "malignant"),
        ("test", "benign"),
    }
    for key, rows in cells(table):
        deviation = rows["diameter_cm"].std(ddof=1)
        assert prints_as(deviation, SIZE_SD[key]) if possible[key] else deviation <= 0.22


def test_impossible_cells_are_named_in_the_documentation():
    text = " ".join(phantom_table.__doc__.split())
    for row in size_limits().itertuples():
        named = f"{row.split}, {row.label}: {row.printed_sd:.2f} cm" in text
        assert named == (not row.possible)


def test_sizes_have_one_peak(table):
    """Also a plateau is one peak: counts in classes of 0.1 cm rise, then fall, but for one lesion.

    Few lesions are left of the flat tails, where classes can differ by one or two by rounding.
    """
    for _, rows in cells(table):
        counts = np.histogram(rows["diameter_cm"], np.arange(0.195, 1.0, 0.1))[0]
        peak = counts.argmax()
        assert (np.diff(counts[: peak + 1]) >= -1).all(), counts
        assert (np.diff(counts[peak:]) <= 1).all(), counts


def test_ages_are_those_of_adults(table):
    assert table["age_years"].between(20, 90).all()
    assert (table["age_years"] == table["age_years"].round()).all()


def test_reference_standard_is_as_the_paper_words_it(table):
    malignant = table["label"] == "malignant"
    assert set(table.loc[malignant, "reference_standard"]) == {"biopsy", "surgery"}
    assert set(table.loc[~malignant, "reference_standard"]) == {"biopsy", "follow-up"}


def test_order_tells_neither_label_nor_split():
    place, label, split = [], [], []
    for seed in range(5):
        table = make_table(1041, seed)
        place.append(np.arange(1041))
        label.append(table["label"] == "malignant")
        split.append(table["published_split"] == "training")
    for truth in (label, split):
        # 5,205 places: the standard error of the AUROC is under 0.01.
        assert abs(roc_auc_score(np.concatenate(truth), np.concatenate(place)) - 0.5) < 0.03


def test_factors_are_independent_given_the_cell():
    numbers = {"family_history": "yes", "breast_density": "extreme", "reference_standard": "biopsy"}
    products = []
    for seed in range(30):
        rows = dict(cells(make_table(1041, seed)))["training", "malignant"]
        columns = [rows["age_years"], rows["diameter_cm"], rows["scanner"]]
        columns += [(rows[name] == word).astype(int) for name, word in numbers.items()]
        products.append(np.corrcoef(np.array(columns, float)))
    mean = np.mean(products, axis=0) - np.eye(len(columns))
    # Each is the mean of 30 correlations in 288 rows: standard error 0.011.
    assert np.abs(mean).max() < 0.05


def test_seed_changes_the_order_and_not_the_counts():
    first, second = make_table(1041, 1), make_table(1041, 2)
    assert (first["label"].to_numpy() != second["label"].to_numpy()).any()
    pd.testing.assert_frame_equal(make_table(1041, 1), first)
    for (key, a), (_, b) in zip(cells(first), cells(second), strict=True):
        assert len(a) == len(b) == PRINTED[key][0]
        assert sorted(a["breast_density"]) == sorted(b["breast_density"])


@given(st.integers(6, 3000))
@settings(max_examples=25, deadline=None)
def test_other_sizes_keep_the_proportions(n):
    table = make_table(n, 0)
    assert len(table) == n
    for (split, label), rows in cells(table):
        expected = n * PRINTED[split, label][0] / 1041
        assert len(rows) >= 1
        # Under 18 lesions the small cells take theirs from the large ones, not to be empty.
        assert n < 18 or abs(len(rows) - expected) < 1
    assert table.groupby(["published_split", "label"]).ngroups == len(CELLS)


def test_too_few_lesions_is_a_message():
    with pytest.raises(UserError, match=r"cohort\.n is 5"):
        make_table(5, 0)


@given(st.integers(0, 500), st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_apportion_is_fair(total, weights):
    if sum(weights) == 0:
        return
    shares = apportion(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / sum(weights)) < 1


@given(st.lists(st.integers(20, 90), min_size=40, max_size=80), st.integers(40, 60))
@settings(max_examples=25, deadline=None)
def test_settle_reaches_mean_and_deviation(values, mean):
    settled = settle(values, str(mean), "9.5", (20, 90))
    assert len(settled) == len(values)
    assert min(settled) >= 20
    assert max(settled) <= 90
    assert abs(np.mean(settled) - mean) < 0.5 / len(values) + 1e-9
    assert abs(np.std(settled, ddof=1) - 9.5) < 0.05
