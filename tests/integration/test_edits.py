"""An edit re-runs exactly what uses it, be it code, template or setting; words re-run nothing.

What a rule uses is not read from the rules but noted while the study `tiny` runs: the modules that
its script imports, in its own process and in those that it starts, and the project's files that it
opens.
"""

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loads import Rules, code_files, scripts
from smallmass.modules import closure
from tiny import CONFIG, jobs
from words import edit_words

PACKAGES = "workflow/packages"
REPOSITORY = Path(__file__).resolve().parents[2]
# What a rule reads and does not depend on.
NO_INPUT = {
    "report_page": {"config.yaml"},  # for its comments alone, so that a comment re-runs nothing
    "run_json": {"uv.lock"},  # its hash; newer packages alone do not make the study anew
}
MODULES = sorted(
    path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / PACKAGES).rglob("*.py")
)
DRAWN = random.Random(20230401).sample(MODULES, 6)
# What the settings may be is loaded by every script that uses one; it depends on their values.
PICKING = REPOSITORY / PACKAGES / "smallmass/src/smallmass/settings/picking.py"
SETTINGS = {
    path.relative_to(REPOSITORY).as_posix()
    for path in [PICKING, *closure(PICKING, REPOSITORY.glob(f"{PACKAGES}/*/src"))]
}
# What a job tells while it runs changes no result.
TOLD = {
    f"{PACKAGES}/smallmass/src/smallmass/{name}.py"
    for name in ("progress", "image_model/telling", "image_model/class_auroc")
}
# Of code an edit that changes what it does; of other files a comment.
EDITS = {".py": "\nEDITED = True\n", ".j2": "{# a comment #}\n", ".json": "\n"}


@pytest.fixture(scope="module")
def rules(tree, snakemake) -> Rules:
    """The rules of the finished study, with their inputs and outputs."""
    run = snakemake(tree, "--detailed-summary", *CONFIG)
    assert run.returncode == 0, run.stdout[-4000:]
    return Rules.of(run.stdout)


@pytest.fixture(scope="module")
def uses(tree, loads, rules) -> dict[str, set[str]]:
    """What each rule uses: its script and what the script loaded, not for the settings alone."""
    script, code = scripts(tree), code_files(tree)
    return {
        rule: {script[rule]} | loads[Path(script[rule]).name] - TOLD - (SETTINGS - code[rule])
        for rule in rules.made
    }


@contextmanager
def edited(*paths: Path) -> Iterator[None]:
    """Give files back their content and time after the block."""
    before = {path: (path.read_bytes(), path.stat()) for path in paths}
    try:
        yield
    finally:
        for path, (content, times) in before.items():
            path.write_bytes(content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def announced(run) -> set[str]:
    """Return the rules that a dry run announces."""
    assert run.returncode == 0, run.stdout[-4000:]
    rules = set(jobs(run.stdout))
    assert rules or "Nothing to be done" in run.stdout
    return rules


def test_a_rule_depends_on_exactly_what_it_loads(tree, uses, rules):
    """No module, template or data file is missed, and none is waited for that nothing reads."""
    assert len(uses) > 25 and all(len(files) > 2 for files in uses.values())
    needed = {rule: files - NO_INPUT.get(rule, set()) for rule, files in uses.items()}
    code = code_files(tree)
    assert not any(name.endswith(".py") for rule in rules.made for name in rules.sources(rule))
    assert {rule: code[rule] | rules.sources(rule) for rule in rules.made} == needed


def test_training_depends_on_what_trains_alone(uses, rules):
    """It takes days in the study `paper`: nothing that only reads, scores or shows re-runs it."""
    modules = {name.split("/src/")[-1] for name in uses["train_image_model"]}
    packages = {name.partition("/")[0] for name in modules if "/" in name}
    assert packages == {"mrcnn", "smallmass", "workflow"}
    own = {name for name in modules if name.startswith("smallmass/")}
    assert own == {
        f"smallmass/{name}.py"
        for name in (
            "__init__", "errors", "files", "runtime", "seeds",
            *(f"image_model/{part}" for part in (
                "__init__", "appearance", "augmentation", "configuration", "dataset",
                "schedule", "training",
            )),
            *(f"start/{part}" for part in (
                "__init__", "form", "kinds", "loading", "published", "taught",
            )),
            "cohort/__init__", "cohort/thumbnails",
        )
    }  # fmt: skip
    reading = {"free_response", "metrics", "tables", "utils", "visualize"}
    assert not modules & {f"mrcnn/{name}.py" for name in reading}


@pytest.mark.parametrize(
    "name",
    [
        f"{PACKAGES}/smallmass/src/smallmass/paper/report.html.j2",
        DRAWN[0],
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                *DRAWN[1:],
                "workflow/scripts/curves.py",
                "workflow/scripts/common.py",
                f"{PACKAGES}/mrcnn/src/mrcnn/detection.py",
                f"{PACKAGES}/smallmass/src/smallmass/cohort/sources/busbra.py",
                "workflow/schemas/config.schema.json",
            )
        ),
    ],
)
def test_an_edit_reruns_its_users_and_what_follows(name, tree, uses, rules, snakemake):
    """Six modules are drawn from all; an edit of the schema's text concerns nobody."""
    users = {rule for rule, files in uses.items() if name in files}
    path = tree / name
    with edited(path):
        path.write_text(path.read_text("utf-8") + EDITS[path.suffix], encoding="utf-8")
        run = snakemake(tree, "-n", *CONFIG)
    assert announced(run) == rules.and_what_follows(users)


def test_words_and_layout_rerun_nothing(tree, snakemake):
    """Other docstrings, comments, blank lines, wrapped lines: in all modules and scripts."""
    files = sorted((tree / "workflow").rglob("*.py"))
    with edited(*files):
        before = [file.read_text("utf-8") for file in files]
        edit_words(files)
        assert all(
            file.read_text("utf-8") != text for file, text in zip(files, before, strict=True)
        )
        run = snakemake(tree, "-n", *CONFIG)
    assert announced(run) == set()


# Every page shows or records all settings.
SHOWN = {"run_json", "report_page"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "users"),
    [
        ("cohort.sources", {"phantom": "dealt"}, {"split", "integrity", "tripod"}),
        ("image_model.learning_rate", 0.01, {"train_image_model"}),
        ("image_model.region_score", "signed_top", {"image_scores", "figure1", "choices"}),
        ("clinical_model.epochs", 6, {"clinical_model"}),
        ("combined_model.cutoff", "half", {
            "combined_models", "performance", "bootstrap", "choices", "gate_null", "tripod",
        }),
        ("evaluation.mcnemar", "mid-p", {"comparisons", "specification_curve", "tripod"}),
        ("evaluation.null_draws", 30, {"gate_null"}),
        ("table2.interval", "wilson", {"table2"}),
        ("resources.train_minutes", 61, set()),
    ],
)  # fmt: skip
def test_a_setting_reruns_the_rules_that_use_it(key, value, users, tree, rules, snakemake):
    """And what follows from them."""
    section, name = key.split(".")
    override = json.dumps({section: {name: value}})
    run = snakemake(tree, "-n", *CONFIG, f"override={override}")
    assert announced(run) == rules.and_what_follows(users | SHOWN)
