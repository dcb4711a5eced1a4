"""Every setting reaches a rule: a change of it re-runs what uses it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
# These show or record all settings.
SHOWN = {"run_json", "report_page", "version"}
OWN = "of a hospital's own table or DICOM files alone"
REACH_NO_RULE = {
    **dict.fromkeys(("cohort.table", "cohort.outlines"), OWN),
    **dict.fromkeys(("cohort.further", "cohort.thumbnails"), OWN),
    # The others are those of predict, too, which reads new DICOM files as the study's.
    "cohort.dicom.signed_off": OWN,
    "image_model.drawn_floor": "of predict's pictures alone; they take it from the models' record",
    **dict.fromkeys(("rivals.folds", "rivals.sizes"),
                    "reaches rival_trainings by a function of the part, which no text compares"),
    "split.validation": "of no use with a published split",
    "split.test": "of no use with a published split",
    **dict.fromkeys(("resources.train_minutes", "resources.train_mem_mb", "resources.gpus"),
                    "where and how long a job runs, not what it makes"),
}  # fmt: skip


@pytest.fixture(scope="module")
def reached() -> dict[str, list[str]]:
    """The rules that each setting reaches."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SNAKEMAKE_")}
    roots = map(str, REPOSITORY.glob("workflow/packages/*/src"))
    path = os.pathsep.join([*roots, clean.get("PYTHONPATH", "")])
    shown = subprocess.run(
        [sys.executable, str(REPOSITORY / "tests/helpers/reach.py")],
        cwd=REPOSITORY, env=clean | {"PYTHONPATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr[-4000:]
    return json.loads(shown.stdout.splitlines()[-1])


@pytest.mark.slow
def test_every_setting_reaches_a_rule(reached):
    """Of the study `tiny`; what reaches none has its reason above."""
    assert len(reached) >= 70
    assert all(isinstance(rules, list) for rules in reached.values())
    none = {name for name, rules in reached.items() if not {*rules} - SHOWN}
    assert none == set(REACH_NO_RULE)


@pytest.mark.slow
def test_training_is_reached_by_its_own_settings_alone(reached):
    """Scoring, drawing and how many models there are do not train a model anew."""
    training = {name for name, rules in reached.items() if rules and "train_image_model" in rules}
    own = {name for name in reached if name.startswith("image_model.")}
    other = {"region_score", "image_score", "floor", "drawn_floor", "found", "seeds", "folds",
             "mirrored"}  # fmt: skip
    assert training == {"seed", *(own - {f"image_model.{name}" for name in other})}
