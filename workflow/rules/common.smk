"""What the rules share: the study that was asked for, its settings, its files."""

import os
import sys
from pathlib import Path

import yaml

# The modules are found beside the rules, also where the package is not installed (conda).
SRC = Path(workflow.basedir, "workflow", "src")
sys.path.insert(0, str(SRC))

from smallmass.errors import UserError
from smallmass.modules import closure
from smallmass.settings import resolve


def chosen_study():
    """Return the study that was asked for, or end with every problem listed, before any job."""
    schema = Path(workflow.basedir, "workflow", "schemas", "config.schema.yaml")
    try:
        study = resolve(config, yaml.safe_load(schema.read_text(encoding="utf-8")))
        source = study.settings["cohort"]["source"]
        if source != "phantom":  # the phantoms are made by a rule
            from smallmass.cohort.sources import folder_problems

            problems = folder_problems(source, None, study.datasets)
            if problems:
                raise UserError(problems)
    except UserError as error:
        sys.exit(error.report())  # not WorkflowError: it would add a file and a line
    return study


def code(script):
    """Return the project's modules that a script imports: as a rule's input, edits re-run it."""
    path = Path(workflow.basedir, script)
    return [os.path.relpath(file) for file in closure(path, [SRC, path.parent])]


study = chosen_study()
STUDY = study.name
S = study.settings
DATASETS = study.datasets
PHANTOMS = S["cohort"]["source"] == "phantom"
ROOT = S["cohort"]["root"] if PHANTOMS else str(DATASETS)
R = f"results/{STUDY}"


def tables_of_source():
    """Return the tables that the cohort is read from: a change re-reads it."""
    if PHANTOMS:
        return [f"{ROOT}/cohort.csv", f"{ROOT}/manifest.csv"]
    from smallmass.cohort.sources import watched_files

    return watched_files(S["cohort"]["source"], None, DATASETS)


def evaluation_settings(*sections, evaluation=()):
    """Return the settings that a rule uses and no others, so that no other change re-runs it."""
    chosen = {
        name: {key: S[name][key] for key in USED[name]} if name in USED else S[name]
        for name in sections
    }
    return chosen | {"evaluation": {key: S["evaluation"][key] for key in evaluation}}


SEEDS = range(S["image_model"]["seeds"])
FITS = ["full", *(f"fold{k}" for k in range(S["image_model"]["folds"]))]
FILES = {
    "check": expand(
        f"{R}/cohort/{{name}}.csv", name=["cohort", "integrity", "split", "folds", "transforms"]
    ),
    "models": [
        expand(
            f"{R}/image_model/seed{{seed}}/{{fit}}/{{file}}",
            seed=SEEDS,
            fit=FITS,
            file=["weights.h5", "model.json", "history.csv", "detections.csv"],
        ),
        f"{R}/image_model/scores.csv",
        expand(
            f"{R}/clinical_model/{{file}}",
            file=["trials.csv", "weights.h5", "model.json", "scores.csv"],
        ),
        f"{R}/operating_points.json",
        expand(f"{R}/combined/{{model}}.json", model=["regression", "tree"]),
        f"{R}/predictions.csv",
    ],
    "evaluation": expand(
        f"{R}/evaluation/{{name}}.csv",
        name=[
            "performance",
            "bootstrap",
            "comparisons",
            "roc",
            "calibration",
            "choices",
            "gate_null",
        ],
    ),
    "tables": [
        expand(f"{R}/tables/table{{n}}.{{kind}}", n=[1, 2], kind=["csv", "md", "tex"]),
        f"{R}/tables/table2_long.csv",
    ],
    "figures": expand(
        f"{R}/figures/{{name}}.{{kind}}",
        name=["figure1_architecture", "figure2_roc", "figure3_cases"],
        kind=["svg", "png"],
    ),
    "report": [f"{R}/scorecard.csv", f"{R}/report.html", f"{R}/run.json"],
}
