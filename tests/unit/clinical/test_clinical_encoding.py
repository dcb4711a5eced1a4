"""Coding of clinical factors, against hand computation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallmass.clinical.encoding import LEVELS, Encoding, fit_encoding
from smallmass.errors import UserError

TRAINING = pd.DataFrame(
    {
        "case_id": ["a", "b", "c", "d", "e"],
        "age_years": [40.0, 50.0, 60.0, 70.0, np.nan],
        "family_history": ["no", "no", "yes", "no", "unknown"],
        "brca_mutation": ["no", "no", "no", "no", np.nan],
        "breast_density": ["fatty", "extreme", "extreme", "heterogeneous", "unknown"],
    }
)


def test_imputed_ordinal_codes_are_those_computed_by_hand():
    # Mean 55; SD of 40, 50, 60, 70 is sqrt((225 + 25 + 25 + 225) / 3); median 55 -> 0.
    sd = np.sqrt(500 / 3)
    encoding = fit_encoding(TRAINING)
    assert encoding.columns == ["age_years", "family_history", "breast_density"]
    expected = [[-15 / sd, 0, 0], [-5 / sd, 0, 1], [5 / sd, 1, 1], [15 / sd, 0, 2 / 3], [0, 0, 1]]
    np.testing.assert_allclose(encoding.encode(TRAINING), expected, rtol=1e-6, atol=1e-7)


def test_a_factor_that_training_cannot_teach_is_left_out_with_its_reason():
    unknown = TRAINING.assign(breast_density="unknown")
    left_out = fit_encoding(unknown).left_out
    assert left_out["breast_density"] == "unknown for every training case"
    assert left_out["brca_mutation"].startswith("the same for every training case")


def test_indicators_and_one_column_a_density():
    encoding = fit_encoding(TRAINING, density="onehot", missing="indicator")
    assert encoding.columns == [
        "age_years",
        "age_years=unknown",
        "family_history",
        "family_history=unknown",
        "brca_mutation",
        "brca_mutation=unknown",
        "breast_density=scattered",
        "breast_density=heterogeneous",
        "breast_density=extreme",
        "breast_density=unknown",
    ]
    coded = encoding.encode(TRAINING)
    np.testing.assert_array_equal(coded[4], [0, 1, 0, 1, 0, 1, 0, 0, 1, 1])
    np.testing.assert_array_equal(coded[3, 6:], [0, 1, 0, 0])


def test_complete_cases_are_those_with_every_factor_in_use():
    encoding = fit_encoding(TRAINING, missing="complete")
    assert encoding.usable(TRAINING).tolist() == [True, True, True, True, False]
    assert fit_encoding(TRAINING).usable(TRAINING).all()


def test_other_cases_do_not_change_what_was_learned():
    encoding = fit_encoding(TRAINING)
    others = pd.DataFrame({"case_id": ["x"], "age_years": [90.0], "family_history": ["yes"]})
    coded = encoding.encode(others)
    np.testing.assert_allclose(coded, [[35 / np.sqrt(500 / 3), 1, 1]], rtol=1e-6)


def test_every_unreadable_value_is_named_with_its_case():
    wrong = TRAINING.assign(
        age_years=[40.0, -3.0, 60.0, 70.0, 71.0],
        family_history=["no", "maybe", "yes", "no", "no"],
    )
    with pytest.raises(UserError) as error:
        fit_encoding(wrong)
    assert len(error.value.problems) == 2
    assert all(problem.startswith("case b: ") for problem in error.value.problems)


def test_no_factor_known_leaves_nothing():
    cases = pd.DataFrame({"case_id": ["a", "b"], "label": ["benign", "malignant"]})
    encoding = fit_encoding(cases)
    assert encoding.columns == [] and len(encoding.left_out) == 4
    assert encoding.encode(cases).shape == (2, 0)


WORDS = st.sampled_from(["no", "yes", "unknown"])
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(18, 95)),
        WORDS,
        WORDS,
        st.sampled_from([*LEVELS["breast_density"], "unknown"]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(["ordinal", "onehot"]), st.sampled_from(["impute", "indicator"]))
def test_codes_are_finite_standardised_and_survive_json(rows, density, missing):
    cases = pd.DataFrame(
        rows, columns=["age_years", "family_history", "brca_mutation", "breast_density"]
    )
    cases["age_years"] = cases["age_years"].astype(float)
    encoding = fit_encoding(cases, density=density, missing=missing)
    coded = encoding.encode(cases)
    assert coded.shape == (len(cases), len(encoding.columns))
    assert np.isfinite(coded).all()
    if "age_years" in encoding.columns and cases["age_years"].notna().all():
        np.testing.assert_allclose(coded[:, 0].mean(), 0, atol=1e-4)
    other = [i for i, name in enumerate(encoding.columns) if name != "age_years"]
    assert ((coded[:, other] >= 0) & (coded[:, other] <= 1)).all()
    again = Encoding.from_dict(encoding.to_dict())
    np.testing.assert_array_equal(again.encode(cases), coded)
