"""What a source is for: every wrong entry is named with its remedy, all of them at once."""

from importlib import import_module

import pytest

from smallmass.cohort.roles import (
    SOURCES,
    as_read,
    contradictions,
    entries,
    problems,
    replacement,
    without_roots,
)
from smallmass.settings.picking import pick
from study_settings import study_settings

FOLDS = {"role": "folds", "training": [1, 3], "validation": [2]}
WRONG = [
    ({}, "cohort.sources: names the sources of cases"),
    (["busbra"], "as in {busbra: training, udiat: validation, breast: test}"),
    ({"busbr": "test"}, "there is no source 'busbr' (did you mean busbra?). Sources: phantom"),
    ({"busbra": "trainig"}, "cohort.sources.busbra: there is no role 'trainig' (did you mean tra"),
    ({"busbra": None}, "null is no role. Roles: training, validation, test, published"),
    ({"busbra": {}}, "cohort.sources.busbra: role is missing"),
    ({"busi": "published"}, "BUSI has no split of its own. Use dealt, or one of training"),
    ({"breast": FOLDS}, "BrEaST has no folds of its own"),
    ({"busbra": "folds"}, "no fold is named. Name them under training, validation, test"),
    ({"busbra": FOLDS | {"test": [2]}}, "fold 2 is named twice, for validation and test"),
    ({"busbra": FOLDS | {"test": [6]}}, "there is no fold 6. Folds: 1, 2, 3, 4, 5"),
    ({"busbra": FOLDS | {"test": 4}}, "cohort.sources.busbra.test: 4 is not a list of folds"),
    ({"busbra": FOLDS | {"tests": [4]}}, "unknown key (did you mean test?)"),
    ({"busi": {"role": "dealt", "test": 1}}, "cohort.sources.busi.test: 1 is no share"),
    ({"busi": {"role": "dealt", "test": "few"}}, "'few' is no share of the cases"),
    ({"busi": {"role": "test", "root": "x"}}, "cohort.sources.busi.root: unknown key"),
    ({"folder": {"role": "test", "root": 3}}, "cohort.sources.folder.root: 3 is no folder's name"),
]


@pytest.mark.parametrize(("sources", "expected"), WRONG)
def test_a_wrong_entry_is_named_with_its_remedy(sources, expected):
    (text,) = problems(sources, "cohort.sources")
    assert expected in text


def test_every_wrong_entry_is_told_at_once():
    wrong = {
        "busbr": "test",
        "busi": "published",
        "breast": "tset",
        "udiat": {"role": "dealt", "x": 1},
    }
    assert len(problems(wrong, "cohort.sources")) == 4


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({"busbra": "training", "breast": "test"}, ["no source has validation cases"]),
        ({"breast": "test"}, ["no source has training", "no source has validation"]),
        (
            {"busi": {"role": "dealt", "test": "0"}, "udiat": {"role": "dealt", "test": 0.95}},
            ["udiat: validation and test together must be less than 1"],
        ),
        ({"folder": "dealt", "dicom": "test"}, ["folder and dicom are both", "have one folder"]),
        ({"phantom": "published", "folder": "test"}, ["phantom and folder have one folder"]),
    ],
)
def test_entries_that_contradict_each_other(sources, expected):
    """Each is allowed, together they are not."""
    assert problems(sources, "") == []
    texts = contradictions(study_settings({"cohort.sources": sources}))
    assert len(texts) == len(expected)
    for text, part in zip(texts, expected, strict=True):
        assert part in text


def test_sound_entries_are_understood_also_as_text():
    """Snakemake's --config hands numbers over as text."""
    sources = {
        "busbra": {"role": "folds", "training": ["1", 3], "validation": ["2"]},
        "busi": {"role": "dealt", "validation": "0.3"},
        "udiat": "dealt",
        "folder": {"role": "test", "root": "~/mine"},
    }
    shares = {"split.validation": 0.1, "split.test": 0.2}
    settings = study_settings({"cohort.sources": sources} | shares)
    assert problems(sources, "") == [] == contradictions(settings)
    folds, busi, udiat, own = entries(sources)
    assert folds.folds == {"1": "training", "3": "training", "2": "validation"}
    assert own.cohort == "own" and own.root == "~/mine" and not own.public
    assert busi.dealt(settings.split) == {"validation": 0.3, "test": 0.2}
    assert udiat.dealt(settings.split) == {"validation": 0.1, "test": 0.2}
    assert without_roots(sources)["folder"] == {"role": "test"}


def test_the_reading_does_not_depend_on_shares():
    """Another split alone need not read the images again."""
    alone = entries({"busbra": {"role": "dealt", "test": 0.2}})
    assert as_read(alone, "x") == {"busbra": {"role": "published"}}
    # Snakemake compares parameters as text: an enumeration would be another role.
    picked = pick(study_settings({"cohort.sources": as_read(alone, "x")}), "cohort.sources")
    assert repr(picked) == "{'cohort': {'sources': {'busbra': {'role': 'published'}}}}"
    two = entries({"dicom": {"role": "dealt", "test": 0.2}, "busbra": FOLDS})
    assert as_read(two, "results/own/import") == {
        "dicom": {"role": "dealt", "root": "results/own/import"},
        "busbra": {"role": "folds", "training": ["1", "3"], "validation": ["2"]},
    }
    assert entries(as_read(two, "x"))[1] == two[1]


@pytest.mark.parametrize(
    ("cohort", "expected"),
    [
        ("breast", []),
        ("brest", ["brest is none of the study's cohorts (did you mean breast?): busbra, breast"]),
        ("busbra", ["cross-fitted in BUS-BRA", "its role must be test"]),
    ],
)
def test_models_are_cross_fitted_in_a_test_cohort(cohort, expected):
    sources = {"cohort.sources": {"busbra": FOLDS, "breast": "test"}}
    texts = contradictions(study_settings(sources | {"cross_fitting.cohort": cohort}))
    assert bool(texts) == bool(expected)
    assert all(part in texts[0] for part in expected)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_said_of_a_source_is_so(name):
    """The settings are checked without the modules, which need more than the standard library."""
    source = import_module(f"smallmass.cohort.sources.{name}").SOURCE
    assert (source.name, source.public) == (name, SOURCES[name].public)
    folds = getattr(import_module(f"smallmass.cohort.sources.{name}"), "SPLIT_OF_FOLD", ())
    assert tuple(folds) == (SOURCES[name].folds or ())


def test_the_old_key_is_answered_with_the_new_one():
    assert replacement("busi") == "sources: {busi: dealt}"
    assert replacement("phantom") == "sources: {phantom: published}"
    assert replacement("busbra_breast") == (
        "sources: {busbra: {role: folds, training: [1, 3, 4, 5], validation: [2]}, breast: test}"
    )
    assert replacement("moon") == "sources: {NAME: ROLE}"
