"""Cut-offs chosen again in resamples against the study's own choice, one resample at a time."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from diagnostic_accuracy.roc import youden_threshold
from smallmass.combined.gate import final_call, youden_gated
from smallmass.combined.operating_point import placed
from smallmass.evaluation.cases import CaseSet
from smallmass.evaluation.reselection import ImageThresholds, placed_again, reselection
from smallmass.options import Threshold
from smallmass.settings.picking import chosen

CHOICES = list(product(list(Threshold), ("specificity", "sensitivity"), ("image_negatives", "all")))


@pytest.fixture(scope="module")
def pooled():
    """Eighty lesions, of which the second half chose the operating points; many tied scores."""
    rng = np.random.default_rng(12)
    malignant = np.arange(80) % 3 == 0
    table = pd.DataFrame({"label": np.where(malignant, "malignant", "benign")})
    for model in ("image", "regression"):
        table[f"{model}_score"] = (rng.random(80) * 0.7 + 0.25 * malignant).round(1)
    return CaseSet("clinic", "all", "test", "held_out", table), np.arange(40, 80)


def chosen_cutoffs(cases, rows, settings):
    """Return the study's two cut-offs from these rows, which may be there more than once."""
    point = settings.operating_point
    malignant = cases.malignant[rows]
    image, score = cases.score("image")[rows], cases.score("regression")[rows]
    first = youden_threshold(image, malignant, point.tie)
    first = placed(first, image, point.threshold)
    second = youden_gated(
        (image >= first).astype(float),
        score,
        malignant,
        gated=settings.combined_model.applied_to == "image_negatives",
        tie=point.tie,
        where=point.threshold,
    )
    return first, second


@pytest.mark.parametrize(("where", "tie", "applied_to"), CHOICES)
def test_calls_of_each_resample_are_those_of_the_studys_own_rules(pooled, where, tie, applied_to):
    cases, choosing = pooled
    settings = chosen(
        {
            "operating_point": {"tie": tie, "threshold": where},
            "combined_model": {"cutoff": "youden_gated", "applied_to": applied_to},
        }
    )
    first, second = chosen_cutoffs(cases, choosing, settings)
    points = [
        {"model": "image", "threshold": first, "chosen_on": "validation"},
        {"model": "regression", "threshold": second, "chosen_on": "validation"},
    ]
    image, score = cases.score("image"), cases.score("regression")
    shared = ImageThresholds(image, cases.malignant, settings.operating_point)
    found = {
        model: reselection(model, cases, choosing, shared, points, settings)
        for model in ("image", "regression")
    }
    weights = np.random.default_rng(1).multinomial(80, np.full(80, 1 / 80), size=60).astype(float)
    calls = {model: function(weights) for model, function in found.items()}
    compared = 0
    for row, weight in enumerate(weights):
        drawn = np.repeat(choosing, weight[choosing].astype(int))
        if cases.malignant[drawn].all() or not cases.malignant[drawn].any():
            continue
        first, second = chosen_cutoffs(cases, drawn, settings)
        image_call = (image >= first).astype(float)
        gated = applied_to == "image_negatives"
        expected = final_call(image_call, score, second, gated=gated)
        np.testing.assert_array_equal(calls["image"][row], image_call == 1)
        np.testing.assert_array_equal(calls["regression"][row], expected == 1)
        compared += 1
    assert compared > 50


@pytest.mark.parametrize("where", list(Threshold))
def test_placing_by_row_is_placing_one_by_one(where):
    rng = np.random.default_rng(3)
    score = rng.integers(0, 6, 12) / 5
    weights = rng.integers(0, 2, (40, 12)).astype(float)
    chosen = rng.choice([*score, np.inf], 40)
    expected = [
        placed(c, score[w > 0], where) for c, w in zip(chosen, weights, strict=True)
    ]  # fmt: skip
    np.testing.assert_array_equal(placed_again(chosen, weights, score, where), expected)
    with pytest.raises(ValueError, match="allowed: observed, midpoint, above"):
        placed_again(chosen, weights, score, "below")


def test_a_cutoff_that_was_not_chosen_is_not_chosen_again(pooled):
    cases, choosing = pooled
    settings = chosen(
        {
            "operating_point": {"tie": "specificity", "threshold": "observed"},
            "combined_model": {"cutoff": "half", "applied_to": "all"},
        }
    )
    shared = ImageThresholds(cases.score("image"), cases.malignant, settings.operating_point)
    points = [{"model": model, "threshold": 0.123, "chosen_on": "x"} for model in ("image", "tree")]
    for model in ("image", "regression"):
        assert reselection(model, cases, choosing, shared, points, settings) is None
