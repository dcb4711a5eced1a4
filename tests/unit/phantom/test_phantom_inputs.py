"""What went into the phantoms: separations, their sources, independence given the label."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from smallmass.phantom import D_PRIME, ceiling, traits_ceiling, traits_table
from smallmass.phantom.geometry import Frame
from smallmass.phantom.lesion import LOADINGS, make_lesion
from smallmass.phantom.random import SD, Draws
from smallmass.phantom.table import make_table

CASES, SEED = 3000, 20230401
DENSITIES = ("fatty", "scattered", "heterogeneous", "extreme")
FACTORS = {
    "age_years": None,
    "diameter_cm": None,
    "depth_um": None,
    "scanner": None,
    "family_history": "yes",
    "brca_mutation": "yes",
    "reference_standard": "biopsy",
}


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    """Table and lesions of one large cohort, made as `make_cohort` makes them."""
    table = make_table(CASES, SEED)
    rows = []
    for row in table.itertuples():
        lesion = make_lesion(
            Draws(SEED, row.Index),
            malignant=row.label == "malignant",
            diameter_um=round(row.diameter_cm * 100) * 100,
            frame=Frame(512, row.depth_um),
        )
        rows.append({"severity": lesion.severity, **lesion.traits})
    return table.join(pd.DataFrame(rows, index=table.index))


def factors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the clinical factors, size, scanner and depth as numbers."""
    columns = {
        name: table[name] if word is None else table[name] == word for name, word in FACTORS.items()
    }
    columns |= {f"density {word}": table["breast_density"] == word for word in DENSITIES}
    return pd.DataFrame(columns).astype(float)


def largest_dependence(cohort: pd.DataFrame) -> float:
    """Return the largest |correlation| * sqrt(n) of a factor and a trait within a label."""
    worst = 0.0
    for _, rows in cohort.groupby("label"):
        known = factors(rows)
        # Besides the mean also the spread must not depend on a factor.
        latent = rows[["severity", *LOADINGS]].astype(float)
        latent = latent.join(latent.sub(latent.mean()).abs().add_suffix(" spread"))
        known = known.loc[:, known.std() > 0]
        between = np.corrcoef(known.T, latent.T)[: known.shape[1], known.shape[1] :]
        worst = max(worst, np.abs(between).max() * np.sqrt(len(rows)))
    return worst


def test_factors_are_independent_of_severity_and_traits_given_the_label(cohort):
    # About 440 correlations, standard normal if there is no dependence: over 4.5 by chance in
    # one of 300 cohorts. A correlation of 0.13 in the malignant lesions would be seen.
    assert largest_dependence(cohort) < 4.5


def test_a_dependence_would_be_seen(cohort):
    """The test above has the power: two years of age for an SD of a trait are noticed."""
    shifted = cohort["age_years"] + cohort["margin"] / 500
    assert largest_dependence(cohort.assign(age_years=shifted)) > 4.5


def test_label_separates_by_d_prime_alone(cohort):
    """Severity is normal about -1 and +1, in every split alike."""
    means = cohort.groupby(["published_split", "label"])["severity"].agg(["mean", "std", "size"])
    for (_, label), row in means.iterrows():
        expected = SD if label == "malignant" else -SD
        assert abs(row["mean"] - expected) < 4 * SD / np.sqrt(row["size"])
        assert abs(row["std"] / SD - 1) < 4 / np.sqrt(2 * row["size"])


def test_ceilings_are_reached_by_the_best_readers_and_by_none_better(cohort):
    """Severity itself reaches the first ceiling, linear discriminant analysis the second."""
    malignant = cohort["label"] == "malignant"
    assert ceiling() == pytest.approx(norm.cdf(2 / np.sqrt(2)), abs=1e-12)
    assert roc_auc_score(malignant, cohort["severity"]) == pytest.approx(ceiling(), abs=0.012)
    traits = cohort[list(LOADINGS)]
    half = np.arange(len(cohort)) % 2 == 0
    reader = LinearDiscriminantAnalysis().fit(traits[half], malignant[half])
    reached = roc_auc_score(malignant[~half], reader.decision_function(traits[~half]))
    assert reached == pytest.approx(traits_ceiling(), abs=0.015)
    assert traits_ceiling() < ceiling()


def test_traits_table_shows_every_loading_with_what_stands_behind_it():
    table = traits_table().set_index("trait")
    assert (table["loading"] * 1000).round().astype(int).to_dict() == LOADINGS
    assert np.allclose(table["d_prime"], D_PRIME * table["loading"])
    assert (table[["size_source", "direction_source"]] != "").all(axis=None)
    published = table["published_d_prime"].notna()
    # Where counts are published the loading is half of their d'; elsewhere it is said to be ours.
    assert np.allclose(
        table.loc[published, "loading"], table.loc[published, "published_d_prime"] / 2, atol=0.006
    )
    assert (table.loc[~published, "size_source"] == "our choice").all()
    assert (table.loc[~published, "loading"].abs() < table.loc[published, "loading"].min()).all()


@pytest.mark.parametrize(
    ("trait", "malignant", "benign"),
    [
        ("margin", 1 - 18 / 141, 1 - 160 / 262),
        ("shape", 102 / 141, 62 / 262),
        ("orientation", 75 / 141, 34 / 262),
    ],
)
def test_published_separations_follow_from_the_printed_counts(trait, malignant, benign):
    """Hong et al. 2005: the counts of the abstract, typed here a second time."""
    shown = traits_table().set_index("trait").loc[trait, "published_d_prime"]
    assert shown == pytest.approx(norm.ppf(malignant) - norm.ppf(benign), abs=0.005)
