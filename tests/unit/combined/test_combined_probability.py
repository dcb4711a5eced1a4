"""The image score as a probability."""

import json

import numpy as np
import pandas as pd
import pytest

from diagnostic_accuracy.recalibration import fit_platt
from smallmass.combined.probability import image_probability, read_probability
from smallmass.errors import UserError
from study_settings import study_settings

POINT = study_settings().operating_point


def scored(n: int = 60) -> pd.DataFrame:
    """Training, validation and test cases with scores."""
    rng = np.random.default_rng(2)
    malignant = rng.random(n) < 0.4
    return pd.DataFrame(
        {
            "split": np.repeat(["training", "validation", "test"], n // 3),
            "fit": np.repeat(["in_sample", "in_sample", "held_out"], n // 3),
            "malignant": malignant,
            "image_score": np.clip(0.5 + rng.normal(0.25 * (2 * malignant - 1), 0.3), 0, 1),
        }
    )


def test_validation_cases_alone_fit_the_line():
    table = scored()
    chose = (table["split"] == "validation").to_numpy()
    probability, line = image_probability(table, POINT)
    expected = fit_platt(table["image_score"][chose], table["malignant"][chose])
    np.testing.assert_array_equal(probability, expected.probability(table["image_score"]))
    other = table.assign(malignant=np.where(chose, table["malignant"], ~table["malignant"]))
    np.testing.assert_array_equal(image_probability(other, POINT)[0], probability)
    assert line["n"] == chose.sum() and line["fitted_on"] == "validation"


def test_the_file_gives_the_same_probabilities():
    table = scored()
    probability, line = image_probability(table, POINT)
    kept = {key: value for key, value in line.items() if key != "status"}
    point = json.loads(json.dumps({"model": "image", "probability": kept}))
    np.testing.assert_array_equal(
        read_probability(point).probability(table["image_score"]), probability
    )


def test_without_both_labels_there_is_no_probability():
    probability, line = image_probability(scored().assign(malignant=True), POINT)
    assert np.isnan(probability).all() and line["slope"] is None and not line["status"].fitted
    assert np.isnan(read_probability({"probability": line}).probability([0.5])).all()


def test_a_record_of_an_older_version_is_refused():
    with pytest.raises(UserError, match="older version"):
        read_probability({"model": "image", "threshold": 0.5})
