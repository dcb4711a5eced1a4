"""How many test patients would show the paper's gain: from counts known by hand."""

import numpy as np
import pandas as pd
import pytest

from diagnostic_accuracy.planning import pairs_by_formula, pairs_needed
from smallmass.rivals.patients_needed import GAIN, patients_needed
from smallmass.rivals.printed import needed_table
from smallmass.rivals.rival import Part, Rival
from study_settings import study_settings

SETTINGS = study_settings()
CELLS = {"both": 50, "gained": 14, "lost": 6, "neither": 30}  # of 100 malignant lesions


def drawn(lesions: int = 1, cells: dict[str, int] = CELLS):
    """Return a part and predictions with these cells, and as many benign lesions.

    ``lesions`` is how many a patient has; all of a patient's are in one cell.
    """
    first = np.repeat([1, 0, 1, 0], list(cells.values()))
    second = np.repeat([1, 1, 0, 0], list(cells.values()))
    n = len(first)
    cases = [f"c{i:03d}" for i in range(2 * n)]
    predictions = pd.DataFrame(
        {
            "case_id": cases,
            "patient_id": [f"p{i // lesions:03d}" for i in range(2 * n)],
            "cohort": "drawn",
            "split": "test",
            "fit": "held_out",
            "label": ["malignant"] * n + ["benign"] * n,
            "image_score": 0.5,
            "image_call": [*first, *[0] * n],
        }
    )
    for name in ("regression", "tree"):
        predictions[f"{name}_call"] = np.nan
    read = pd.DataFrame({"case_id": cases, "score": np.nan, "call": [*second, *[0] * n]})
    part = Part("birads", "Readers", (Rival("birads_4a", "Reader", "Reads", read),))
    return part, predictions, predictions[["case_id"]].assign(diameter_cm=np.nan)


def needed(**changes) -> pd.DataFrame:
    part, predictions, cohort = drawn(**changes)
    return patients_needed(
        [part], predictions=predictions, cohort=cohort, settings=SETTINGS
    ).set_index("structure")


def test_the_table_is_moved_to_the_paper_s_gain():
    table = needed()
    assert [*table.loc["observed", list(CELLS)]] == list(CELLS.values())
    assert table.loc["observed", "share_lost"] == pytest.approx(0.06)
    assert table.loc["gate", "share_lost"] == 0
    assert table.loc["independent", "share_lost"] == pytest.approx(0.56 * (1 - 0.71))
    assert (table["share_gained"] - table["share_lost"]).to_numpy() == pytest.approx([GAIN] * 3)


def test_numbers_are_those_of_the_library_and_of_the_mixture_of_labels():
    table = needed()
    for structure in ("observed", "gate", "independent"):
        row = table.loc[structure]
        shares = row["share_gained"], row["share_lost"]
        assert row["malignant_needed"] == pytest.approx(pairs_needed(*shares).estimate, abs=8)
        assert row["by_formula"] == pytest.approx(pairs_by_formula(*shares), abs=1e-5)
        assert row["lesions_needed"] == pytest.approx(2 * row["malignant_needed"], abs=1)
    order = table["malignant_needed"]
    assert order["gate"] < order["observed"] < order["independent"]
    assert table.loc["gate", "power_here"] > 0.9  # 100 lesions, and 52 are needed


def test_lesions_of_one_patient_that_always_agree_count_once():
    alone, twice = needed(), needed(lesions=2)
    assert (alone["design_effect"] == 1).all()
    assert twice["design_effect"].to_numpy() == pytest.approx(2, rel=0.05)
    ratio = twice["malignant_needed"] / alone["malignant_needed"]
    assert ratio.to_numpy(float) == pytest.approx(twice["design_effect"].to_numpy(), rel=0.02)


def test_a_model_that_misses_too_little_cannot_gain_so_much():
    table = needed(cells={"both": 90, "gained": 4, "lost": 2, "neither": 4})
    assert table["malignant_needed"].isna().all()
    assert table.loc["gate", "note"] == ("15% would have to be gained, the image model misses 8%")
    assert needed_table(table.reset_index()).rows[1].cells[-1].endswith("misses 8%")
