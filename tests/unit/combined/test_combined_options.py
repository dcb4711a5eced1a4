"""The options of the settings: each is a function in a table, and nothing else is taken for one."""

import numpy as np
import pytest

from model_settings import make_table, with_settings
from smallmass.combined import cutoff, data, gate, operating_point, scores, tree
from smallmass.combined.operating_point import OperatingPoint
from smallmass.combined.study import fit_combined
from smallmass.options import (
    CHOSEN_ON,
    Cutoff,
    FittedOn,
    Inputs,
    ReferenceStandard,
    Threshold,
    Tie,
    TreeDepth,
    Unit,
)


@pytest.mark.parametrize(
    ("table", "options"),
    [
        (cutoff.RULES, Cutoff),
        (operating_point.PLACES, Threshold),
        (gate.AMONG_EQUALS, Tie),
        (data.ENCODINGS, Inputs),
        (tree.DEPTHS, TreeDepth),
        (scores.UNITS, Unit),
        (scores.STANDARDS, ReferenceStandard),
    ],
)
def test_every_option_has_a_function(table, options):
    assert list(table) == list(options) and all(option.printed for option in options)


def test_every_word_for_cases_means_some_rows():
    assert set(operating_point.ROWS) == {*CHOSEN_ON, *FittedOn}


@pytest.mark.parametrize(
    "changes",
    [{"cutoff": "youden"}, {"tie": "first"}, {"threshold": "below"}, {"inputs": "all"},
     {"tree_depth": "deep"}, {"applied_to": "some"}, {"fitted_to": "some"},
     {"fitted_on": "training_out"}, {"chosen_on": "train"}],
)  # fmt: skip
def test_an_unknown_option_is_refused_and_never_taken_for_another(changes):
    """Settings are typed: what is no option never comes as far as a function."""
    with pytest.raises(ValueError, match=r"Input should be '"):
        fit_combined(make_table(), with_settings(**changes), 1)


def test_a_new_rule_is_one_function_and_one_entry(monkeypatch):
    """The median score as the cut-off of the trees: nothing else knows the rules by name."""

    def median(name, rows, fitted, settings):
        return OperatingPoint(name, float(np.nanmedian(fitted.score)), Cutoff.HALF, "median", 7)

    monkeypatch.setitem(cutoff.RULES, Cutoff.HALF, median)
    result = fit_combined(make_table(), with_settings(cutoff="half"), 1)
    found = result.predictions
    point = result.operating_points[2]
    assert point["threshold"] == found["tree_score"].median() and point["chosen_on"] == "median"
    called = (found["image_call"] == 1) | (found["tree_score"] >= point["threshold"])
    assert (found["tree_call"] == called).all()
