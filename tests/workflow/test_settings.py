"""The configuration: what it means, and what is said when it is wrong."""

import copy
import json
import math
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from smallmass.errors import UserError
from smallmass.options import Cutoff
from smallmass.settings.picking import chosen, pick
from smallmass.settings.resolve import merge, resolve, shown
from smallmass.settings.schema import schema

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = "workflow/schemas/config.schema.json"
TEXT = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
CONFIG = yaml.safe_load(TEXT)


@pytest.fixture
def config() -> dict:
    """config.yaml as it is delivered, for a test to change."""
    return copy.deepcopy(CONFIG)


def problems(config: dict) -> list[str]:
    """Return what is said about a wrong configuration."""
    with pytest.raises(UserError) as caught:
        resolve(config)
    return caught.value.problems


@pytest.mark.parametrize("name", CONFIG["studies"])
def test_every_delivered_study_resolves(config, name):
    """A study has the defaults but for what it names itself."""
    study = resolve(config | {"study": name})
    settings = study.settings.plain()
    assert study.name == name
    for section, values in CONFIG["defaults"].items():
        own = (CONFIG["studies"][name] or {}).get(section, {})
        if isinstance(values, dict):
            untouched = {key: value for key, value in values.items() if key not in own}
            assert untouched.items() <= settings[section].items()
            for key, value in own.items():
                if not isinstance(value, dict):
                    assert settings[section][key] == value


def test_the_command_line_wins_over_the_study_and_the_study_over_the_defaults(config):
    """What Snakemake hands over from --config override={...} is text all the way down."""
    config["study"] = "tiny"
    config["override"] = {
        "image_model": {
            "epochs": "3",
            "learning_rate": "1e-4",
            "weights": "null",
            "augmentation": {"flip": "false"},
        },
        "clinical_model": {"hidden": ["8", "4"]},
    }
    settings = resolve(config).settings
    image = settings.image_model
    assert image.epochs == 3 and isinstance(image.epochs, int)
    assert math.isclose(image.learning_rate, 1e-4)
    assert image.weights is None
    assert image.augmentation.flip is False
    assert image.augmentation.gain == CONFIG["defaults"]["image_model"]["augmentation"]["gain"]
    assert image.size_px == CONFIG["studies"]["tiny"]["image_model"]["size_px"]
    assert settings.clinical_model.hidden == [8, 4]


@pytest.mark.parametrize("text", ["null", "None", "", None])
def test_no_datasets_however_it_is_written(config, text):
    """An empty folder name is no folder, not the current one."""
    assert resolve(config | {"datasets": text}).datasets is None


def test_a_study_without_a_change_may_stay_empty(config):
    """`name:` with nothing behind it is YAML's null."""
    config["studies"]["plain"] = None
    study = resolve(config | {"study": "plain"})
    assert study.settings.image_model.plain() == CONFIG["defaults"]["image_model"]


def test_an_unknown_study_is_answered_with_the_known_ones(config):
    """The closest name and the whole list."""
    (text,) = problems(config | {"study": "synthtic"})
    assert "did you mean synthetic?" in text and "busbra" in text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("defaults.image_model.epoch", 3, ["defaults.image_model.epoch", "did you mean epochs?"]),
        ("studies.busbra.cohort.sorce", "x", ["studies.busbra.cohort.sorce", "sources?"]),
        ("studies.paper.imagemodel", {}, ["studies.paper.imagemodel", "image_model?"]),
        ("override.image_model.augmentation.flipped", True, ["flipped", "did you mean flip?"]),
        (
            "override.operating_point.tie",
            "sensitvity",
            ['"sensitvity"', "mean sensitivity?", "Allowed"],
        ),
        ("override.clinical_model.factors", ["age_year"], ["factors.0", "mean age_years?"]),
        ("override.cohort.columns", {"agee": "x"}, ["cohort.columns.agee", "Allowed: case_id"]),
        ("override.table2.interval", "wilso", ["wilson?", "Allowed: same, clopper-pearson"]),
        ("override.image_model.learning_rate", True, ["learning_rate", "is not a number"]),
        ("override.image_model.augmentation.flip", "maybe", ["flip", "is not true or false"]),
        (
            "override.image_model.tree_depth",
            3,
            ["A key tree_depth belongs to: combined_model.tree_depth"],
        ),
        ("override.image_model.epochs", "six", ["override.image_model.epochs", "whole number"]),
        ("override.image_model.epochs", 1.5, ["override.image_model.epochs", "whole number"]),
        ("override.image_model.epochs", True, ["override.image_model.epochs", "whole number"]),
        ("override.image_model.size_px", 100, ["multiple of 32"]),
        ("override.split.test", 1.2, ["override.split.test", "1.2 must be less than 1"]),
        ("override.split.validation", 0, ["0 must be more than 0"]),
        ("override.image_model.learning_rate", math.inf, ["a number with an end"]),
        ("override.image_model.weights_sha256", "abc", ["no SHA-256", "64 of the digits"]),
        ("override.clinical_model.factors", [], ["[] is too short: at least 1 of them"]),
        ("override.cohort.dicom.mask", [[1, 2, 3]], ["mask.0: [1, 2, 3] is too short: at least 4"]),
        ("override.cohort.dicom.mask", [[1, 2, 3, 4, 5]], ["mask.0", "is too long: at most 4"]),
        ("override.cohort.dicom.mask", [[9, 2, 3, 4]], ["mask.0", "first the upper left corner"]),
        ("override.cohort.columns", {"label": ""}, ['"" is empty', "leave the key out"]),
        ("override.cohort", {1: 2}, ["override.cohort.1: 1 is no text", "quotation marks"]),
        ("studies.Mine", {}, ['"Mine" is no name of a study', "small letters"]),
        ("override.evaluation", 3, ["override.evaluation", "a group of keys"]),
        ("override.cohort.source", "busi", ["Write cohort: {sources: {busi: dealt}}"]),
        ("override.split.assignment", "published", ["Write cohort: {sources: {NAME: published}}"]),
        (
            "override.cohort.sources",
            {"busi": None},
            ["sources.busi: null is no role. Roles: train"],
        ),
        ("override.cohort.sources", {"busi": "tset"}, ["override.cohort.sources.busi", "test?"]),
        ("epochs", 3, ["epochs: unknown key", "override=", '"epochs": VALUE']),
        ("stduy", "tiny", ["stduy: unknown key", "did you mean study?"]),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_remedy(config, path, value, expected):
    """Each mistake gives one line with the key's whole path and what would be right."""
    *groups, key = path.split(".")
    place = config
    for group in groups:
        place = place.setdefault(group, {})
    place[key] = value
    (text,) = problems(config)
    for part in expected:
        assert part in text


def test_all_problems_are_told_at_once(config):
    """Nobody should have to run once for each mistake."""
    config["study"] = "nope"
    config["defaults"]["image_model"]["epoch"] = 3
    config["studies"]["busbra"]["cohort"]["sources"] = {"busi2": "test", "busi": "tset"}
    config["override"] = {"evaluation": {"replicates": "many"}}
    assert len(problems(config)) == 5


def test_defaults_without_a_key_are_missed_section_by_section(config):
    """As every group of keys they may stand there with nothing behind them."""
    config["defaults"] = None
    assert "defaults.seed: missing" in problems(config)[0]
    assert len(problems(config)) > 5


def test_a_setting_that_no_one_set_is_missed(config):
    """A default that was deleted is named with its meaning."""
    del config["defaults"]["image_model"]["floor"]
    (text,) = problems(config)
    assert text.startswith("defaults.image_model.floor: missing") and "A39" in text


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"split": {"validation": 0.6, "test": 0.4}}, "less than 1"),
        ({"cohort": {"sources": {"busbra": "training", "breast": "test"}}}, "validation cases"),
        ({"cross_fitting": {"cohort": "breast"}}, "none of the study's cohorts: phantom"),
        ({"image_model": {"folds": 1}}, "at least 2"),
        ({"image_model": {"weights": "coco.h5"}}, "weights_sha256"),
        ({"combined_model": {"fitted_on": "training_out_of_fold"}}, "folds"),
    ],
)
def test_settings_that_contradict_each_other(config, override, expected):
    """Each is allowed, together they are not."""
    (text,) = problems(config | {"override": override})
    assert expected in text


def test_merging_leaves_both_sides_as_they_were():
    """Studies are resolved from the same defaults: merging must not write into them."""
    base, over = {"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}}
    assert merge(base, over) == {"a": {"b": 1, "c": [3]}}
    assert base == {"a": {"b": 1, "c": [1, 2]}} and over == {"a": {"c": [3]}}


def test_the_sources_that_can_be_set_are_those_that_the_code_has():
    """Two lists of one thing: the settings' and the registry's."""
    from smallmass.cohort.roles import SOURCES

    cohort = schema()["$defs"]["CohortSettings"]["properties"]
    assert set(cohort["sources"]["properties"]) == set(SOURCES)


def test_the_committed_schema_is_what_the_code_makes():
    """Made anew: uv run python -m smallmass.settings > workflow/schemas/config.schema.json."""
    text = (REPOSITORY / SCHEMA).read_text(encoding="utf-8")
    assert json.loads(text) == schema()
    assert TEXT.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA}"


def test_the_schema_accepts_what_is_delivered_and_refuses_what_is_wrong(config):
    """An editor that reads it marks a wrong key or value; a study need not hold every setting."""
    jsonschema.validate(config, schema())
    for key, value in (("epoch", 3), ("epochs", 0), ("size_px", 100), ("region_score", "best")):
        config["override"] = {"image_model": {key: value}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(config, schema())


def test_every_setting_is_described():
    """Where pydantic finds no words under a setting, an editor has none to show."""
    for name, section in schema()["$defs"].items():
        for key, setting in section.get("properties", {}).items():
            assert "description" in setting or "$ref" in setting, f"{name}.{key}"


@pytest.mark.parametrize("name", CONFIG["studies"])
def test_each_study_says_what_it_takes_and_what_to_expect(name):
    """With numbers, or that they were not measured."""
    block = re.search(
        rf"^  {name}:.*\n((?:    .*\n)*)", TEXT[TEXT.index("\nstudies:") :], re.MULTILINE
    )[1]
    words = " ".join(re.findall(r"# (.*)", block))
    assert re.search(r"Takes(:? \d|: not measured)", words), words
    assert re.search(r"Expect( \d|: not measured)", words), words


def test_a_rule_picks_settings_by_name_and_its_script_has_them_typed(config):
    """A section's name takes all of it; what was not picked says how to pick it."""
    settings = resolve(config).settings
    values = pick(settings, "seed", "combined_model.cutoff", "image_model.augmentation", "split")
    assert values == {
        "seed": 20230401,
        "combined_model": {"cutoff": "youden_gated"},
        "image_model": {"augmentation": settings.image_model.augmentation.plain()},
        "split": settings.split.plain(),
    }
    picked = chosen(values)
    assert picked.combined_model.cutoff is Cutoff.YOUDEN_GATED
    assert picked.split == settings.split and picked.plain() == values
    with pytest.raises(AttributeError, match=r"combined_model\.inputs is a setting that was not"):
        _ = picked.combined_model.inputs
    with pytest.raises(AttributeError, match="evaluation is a setting that was not picked"):
        _ = picked.evaluation
    with pytest.raises(AttributeError, match="no attribute 'cut_off'"):
        _ = picked.combined_model.cut_off


def test_what_is_picked_is_plain(config):
    """Snakemake compares parameters by their text, in which an option would be an enumeration."""
    values = pick(resolve(config).settings, "evaluation", "clinical_model.factors", "cohort")
    assert "<" not in repr(values)


def test_a_setting_that_does_not_exist_cannot_be_picked(config):
    with pytest.raises(KeyError, match=r"no setting combined_model\.cut_off"):
        pick(resolve(config).settings, "combined_model.cut_off")


def test_settings_cannot_be_changed_but_in_a_copy(config):
    settings = resolve(config).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.combined_model.cutoff = Cutoff.HALF
    other = settings.changed({"combined_model.cutoff": Cutoff.HALF, "seed": 3})
    assert (other.combined_model.cutoff, other.seed) == ("half", 3)
    assert settings.combined_model.cutoff == "youden_gated"
    assert other.evaluation is settings.evaluation


def test_a_factor_is_named_once(config):
    (text,) = problems(config | {"override": {"clinical_model": {"factors": ["age_years"] * 2}}})
    assert "twice" in text


@pytest.mark.parametrize(("source", "root"), [("dicom", None), ("folder", None), ("phantom", "x")])
def test_results_do_not_show_where_a_hospitals_files_lie(config, source, root):
    sources = {source: {"role": "dealt", "root": "secret"}} if root is None else {source: "dealt"}
    config["override"] = {"cohort": {"sources": sources, "root": "x"}}
    settings = resolve(config).settings
    expected = {"root": root, "sources": {source: {"role": "dealt"} if root is None else "dealt"}}
    assert shown(settings).cohort.plain() == settings.cohort.plain() | expected
    assert settings.cohort.root == "x" and settings.cohort.sources == sources
