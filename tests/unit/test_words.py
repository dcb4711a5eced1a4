"""The vocabulary: words are text in files, and print as they should."""

import inspect

import pandas as pd
import pytest

from allowed import allowed
from smallmass import options, words
from smallmass.files import read_csv, read_json, write_csv, write_json
from smallmass.options import Cutoff
from smallmass.words import COMBINED, Fit, Model, Word, cohort_name

ALL = sorted(
    {
        member
        for module in (words, options)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Word) and member is not Word
    },
    key=lambda member: member.__name__,
)


def test_files_have_values(tmp_path):
    """A table or a JSON file with words is the same as one with plain text, and reads back so."""
    table = pd.DataFrame({"model": list(Model), "fit": [*Fit, None]})
    write_csv(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == (
        "model,fit\nimage,in_sample\nclinical,out_of_fold\nregression,held_out\ntree,\n"
    )
    back = read_csv(tmp_path / "a.csv")
    assert back["model"].isin(COMBINED).tolist() == [False, False, True, True]
    assert (back["model"] == Model.TREE).tolist() == [False, False, False, True]
    assert back.set_index("model").loc[Model.IMAGE, "fit"] == Fit.IN_SAMPLE
    write_json(tmp_path / "a.json", {Model.TREE: Cutoff.HALF})
    assert read_json(tmp_path / "a.json") == {"tree": "half"}


@pytest.mark.parametrize("enum", ALL)
def test_every_word_has_a_printed_name(enum):
    """Without underscores; and no two words of a kind print alike."""
    printed = [word.printed for word in enum]
    assert all(printed) and not any("_" in text for text in printed)
    assert len(set(printed)) == len(enum)


def test_an_unknown_word_is_refused_with_those_there_are():
    """Where a rule of a setting is looked up, a misspelt one never passes for another."""
    with pytest.raises(ValueError, match="Cutoff: 'halve' is unknown; allowed: youden_gated, half"):
        Cutoff("halve")


def test_cohorts_without_a_printed_name_go_by_their_own():
    """A hospital may call its cohort as it likes."""
    assert (cohort_name("busbra"), cohort_name("clinic_a")) == ("BUS-BRA", "clinic_a")


SETTINGS = {
    "image_model": {
        "region_score": options.RegionScore,
        "image_score": options.ImageScore,
        "found": options.Found,
    },
    "clinical_model": {
        "density": options.Density,
        "missing": options.Missing,
        "architecture": options.Architecture,
    },
    "operating_point": {
        "chosen_on": options.CHOSEN_ON,
        "tie": options.Tie,
        "threshold": options.Threshold,
    },
    "combined_model": {
        "inputs": options.Inputs,
        "fitted_on": options.FittedOn,
        "fitted_to": options.Lesions,
        "applied_to": options.Lesions,
        "cutoff": options.Cutoff,
        "tree_depth": options.TreeDepth,
    },
    "evaluation": {
        "proportion_interval": options.ProportionInterval,
        "mcnemar": options.Mcnemar,
        "difference_interval": options.DifferenceInterval,
        "auroc_interval": options.AurocInterval,
        "unit": options.Unit,
        "reference_standard": options.ReferenceStandard,
    },
    "split": {"assignment": words.Assignment},
}


def test_the_schema_allows_exactly_these_options():
    """No option is missing in the schema, and none is there that nothing carries out."""
    for section, keys in SETTINGS.items():
        for key, enum in keys.items():
            assert sorted(allowed(f"{section}.{key}")) == sorted(enum), f"{section}.{key}"
