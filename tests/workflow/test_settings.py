"""The configuration: what it means, and what is said when it is wrong."""

import copy
import math
from pathlib import Path

import pytest
import yaml

from smallmass.errors import UserError
from smallmass.settings import merge, resolve, shown

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = yaml.safe_load(
    (REPOSITORY / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8")
)
CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def config() -> dict:
    """config.yaml as it is delivered, for a test to change."""
    return copy.deepcopy(CONFIG)


def problems(config: dict) -> list[str]:
    """Return what is said about a wrong configuration."""
    with pytest.raises(UserError) as caught:
        resolve(config, SCHEMA)
    return caught.value.problems


@pytest.mark.parametrize("name", CONFIG["studies"])
def test_every_delivered_study_resolves(config, name):
    """A study has the defaults but for what it names itself."""
    study = resolve(config | {"study": name}, SCHEMA)
    assert study.name == name
    for section, values in CONFIG["defaults"].items():
        own = (CONFIG["studies"][name] or {}).get(section, {})
        if isinstance(values, dict):
            untouched = {key: value for key, value in values.items() if key not in own}
            assert untouched.items() <= study.settings[section].items()
            for key, value in own.items():
                if not isinstance(value, dict):
                    assert study.settings[section][key] == value


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
    settings = resolve(config, SCHEMA).settings
    image = settings["image_model"]
    assert image["epochs"] == 3 and isinstance(image["epochs"], int)
    assert math.isclose(image["learning_rate"], 1e-4)
    assert image["weights"] is None
    assert image["augmentation"]["flip"] is False
    assert (
        image["augmentation"]["gain"] == CONFIG["defaults"]["image_model"]["augmentation"]["gain"]
    )
    assert image["size_px"] == CONFIG["studies"]["tiny"]["image_model"]["size_px"]
    assert settings["clinical_model"]["hidden"] == [8, 4]


@pytest.mark.parametrize("text", ["null", "None", "", None])
def test_no_datasets_however_it_is_written(config, text):
    """An empty folder name is no folder, not the current one."""
    assert resolve(config | {"datasets": text}, SCHEMA).datasets is None


def test_a_study_without_a_change_may_stay_empty(config):
    """`name:` with nothing behind it is YAML's null."""
    config["studies"]["plain"] = None
    study = resolve(config | {"study": "plain"}, SCHEMA)
    assert study.settings["image_model"] == CONFIG["defaults"]["image_model"]


def test_an_unknown_study_is_answered_with_the_known_ones(config):
    """The closest name and the whole list."""
    (text,) = problems(config | {"study": "synthtic"})
    assert "did you mean synthetic?" in text and "busbra" in text


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("defaults.image_model.epoch", 3, ["defaults.image_model.epoch", "did you mean epochs?"]),
        ("studies.busbra.cohort.sorce", "x", ["studies.busbra.cohort.sorce", "source?"]),
        ("studies.paper.imagemodel", {}, ["studies.paper.imagemodel", "image_model?"]),
        ("override.image_model.augmentation.flipped", True, ["flipped", "did you mean flip?"]),
        ("override.operating_point.rule", "yuden", ['"yuden"', "did you mean youden?", "Allowed"]),
        ("override.image_model.epochs", "six", ["override.image_model.epochs", "whole number"]),
        ("override.image_model.epochs", 1.5, ["override.image_model.epochs", "whole number"]),
        ("override.image_model.epochs", True, ["override.image_model.epochs", "whole number"]),
        ("override.image_model.size_px", 100, ["multiple of 32"]),
        ("override.split.test", 1.2, ["override.split.test", "less than 1"]),
        ("override.evaluation", 3, ["override.evaluation", "a group of keys"]),
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
    config["studies"]["busbra"]["cohort"]["source"] = "busi2"
    config["override"] = {"evaluation": {"replicates": "many"}}
    assert len(problems(config)) == 4


def test_a_setting_that_no_one_set_is_missed(config):
    """A default that was deleted is named with its meaning."""
    del config["defaults"]["image_model"]["floor"]
    (text,) = problems(config)
    assert text.startswith("defaults.image_model.floor: missing") and "A39" in text


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"split": {"validation": 0.6, "test": 0.4}}, "less than 1"),
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


def test_the_schema_knows_the_sources_that_the_code_has():
    """Two lists of one thing: the schema's and the registry's."""
    from smallmass.cohort.sources import SOURCES

    assert set(SCHEMA["$defs"]["cohort"]["properties"]["source"]["enum"]) == set(SOURCES)


@pytest.mark.parametrize(("source", "root"), [("dicom", None), ("folder", None), ("phantom", "x")])
def test_results_do_not_show_where_a_hospitals_files_lie(config, source, root):
    config["override"] = {"cohort": {"source": source, "root": "x"}}
    settings = resolve(config, SCHEMA).settings
    assert shown(settings)["cohort"] == settings["cohort"] | {"root": root}
    assert settings["cohort"]["root"] == "x"
