"""An edit re-runs exactly what uses it: modules, scripts, templates, settings.

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

from loads import Rules, scripts
from tiny import CONFIG, jobs

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
COMMENTS = {".py": "\n# a comment\n", ".j2": "{# a comment #}\n", ".yaml": "\n# a comment\n"}


@pytest.fixture(scope="module")
def rules(tree, snakemake) -> Rules:
    """The rules of the finished study, with their inputs and outputs."""
    run = snakemake(tree, "--detailed-summary", *CONFIG)
    assert run.returncode == 0, run.stdout[-4000:]
    return Rules.of(run.stdout)


@pytest.fixture(scope="module")
def uses(tree, loads, rules) -> dict[str, set[str]]:
    """What each rule's script loaded."""
    script = scripts(tree)
    return {rule: loads[script[rule]] for rule in rules.made}


@contextmanager
def edited(path: Path) -> Iterator[None]:
    """Let a file end in a comment for as long as it is looked at."""
    before, times = path.read_text(encoding="utf-8"), path.stat()
    try:
        path.write_text(before + COMMENTS[path.suffix], encoding="utf-8")
        yield
    finally:
        path.write_text(before, encoding="utf-8")
        # Of a script Snakemake looks at the time alone: left new, it would re-run ever after.
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def announced(run) -> set[str]:
    """Return the rules that a dry run announces."""
    assert run.returncode == 0, run.stdout[-4000:]
    found = set(jobs(run.stdout))
    assert found or "Nothing to be done" in run.stdout
    return found


def test_a_rule_depends_on_exactly_what_it_loads(uses, rules):
    """No module, template or data file is missed, and none is waited for that nothing reads."""
    assert len(uses) > 25 and all(len(files) > 2 for files in uses.values())
    needed = {rule: files - NO_INPUT.get(rule, set()) for rule, files in uses.items()}
    assert {rule: rules.sources(rule) for rule in rules.made} == needed


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
                "__init__", "augmentation", "configuration", "dataset", "training",
            )),
        )
    }  # fmt: skip
    reading = {"detection", "molding", "model", "reading_network", "visualize", "metrics"}
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
                f"{PACKAGES}/mrcnn/src/mrcnn/detection.py",
                f"{PACKAGES}/smallmass/src/smallmass/cohort/sources/busbra.py",
                "workflow/schemas/config.schema.yaml",
            )
        ),
    ],
)
def test_an_edit_reruns_its_users_and_what_follows(name, tree, uses, rules, snakemake):
    """Six modules are drawn from all; an edit of the schema's text concerns nobody."""
    users = {rule for rule, files in uses.items() if name in files}
    with edited(tree / name):
        run = snakemake(tree, "-n", *CONFIG)
    assert announced(run) == rules.and_what_follows(users)


@pytest.mark.slow
def test_an_edited_script_reruns_its_rule(tree, rules, snakemake):
    """Snakemake itself watches the scripts."""
    with edited(tree / "workflow/scripts/curves.py"):
        run = snakemake(tree, "-n", *CONFIG)
    assert announced(run) == rules.and_what_follows({"curves"})


# Every page shows or records all settings.
SHOWN = {"run_json", "report_page"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "value", "users"),
    [
        ("split.assignment", "stratified", {"split", "integrity", "tripod"}),
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
