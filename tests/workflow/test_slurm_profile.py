"""What a cluster is asked for, as Snakemake reads it from the rules and profiles/slurm."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from snakemake.cli import parse_args

REPOSITORY = Path(__file__).resolve().parents[2]
PROFILES = REPOSITORY / "profiles"
SUBMITTED = REPOSITORY / "tests/helpers/submitted.py"
# Submitted, and in no group: fitted beside the image models, or asked for by itself.
ALONE = {"clinical_model", "realism", "read_new_images"}


@pytest.fixture(scope="module")
def submitted(working_copy, tmp_path_factory):
    """A function: what the SLURM profile would submit for a study (see submitted.py)."""
    folder = working_copy("submitted")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SNAKEMAKE_")}
    of_study: dict[str, dict] = {}

    def ask(study: str) -> dict:
        if study not in of_study:
            out = tmp_path_factory.mktemp("submitted") / "submitted.json"
            arguments = ["--profile", "profiles/slurm", "--config", f"study={study}"]
            run = subprocess.run(
                [sys.executable, str(SUBMITTED), str(out), *arguments],
                cwd=folder, env=clean, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            assert out.exists(), run.stdout[-4000:]
            of_study[study] = json.loads(out.read_text())
        return of_study[study]

    return ask


def profile(name: str) -> dict:
    """Return a profile's keys."""
    return yaml.safe_load((PROFILES / name / "config.yaml").read_text(encoding="utf-8"))


def test_the_default_profile_leaves_the_cluster_s_alone():
    """Snakemake loads both, and lets the default one win where both have a key."""
    assert not profile("default").keys() & profile("slurm").keys()


@pytest.mark.parametrize("arguments", [[], ["--profile", "profiles/slurm"]])
def test_what_re_runs_a_rule_is_the_same_everywhere(arguments, monkeypatch):
    """Parameters, with the digest of the code among them, but not the scripts' times."""
    monkeypatch.chdir(REPOSITORY)
    _, options = parse_args(arguments)
    assert {trigger.name for trigger in options.rerun_triggers} == {
        "MTIME", "PARAMS", "INPUT", "SOFTWARE_ENV",
    }  # fmt: skip
    assert options.rerun_incomplete
    assert options.keep_going == bool(arguments)


def test_every_rule_asks_for_memory_and_time_that_grow(submitted):
    """A rule that names none gets the profile's defaults, which stay the same on a retry."""
    for name, rule in submitted("paper")["rules"].items():
        first, second = rule["resources"]
        assert first["_cores"] == second["_cores"] >= 1, name
        for amount in ("mem_mb", "runtime"):
            assert second[amount] == 2 * first[amount] > 0, f"{name}: {amount} does not grow"


def test_every_submitted_rule_is_in_a_group_or_alone_on_purpose(submitted):
    """The groups name no rule that is not there, or that is never submitted."""
    rules = submitted("paper")["rules"]
    remote = {name for name, rule in rules.items() if not rule["local"]}
    groups = set(profile("slurm")["groups"])
    # Those of a study that the image model starts from are there only where it is made.
    starts = {name for name in groups if name.startswith("start_")}
    assert remote - ALONE == groups - starts
    assert {name.removeprefix("start_") for name in starts} <= remote
    assert remote >= ALONE


def test_light_rules_run_where_snakemake_does(submitted):
    """Tables, figures and pages are no jobs of the cluster."""
    local = {name for name, rule in submitted("paper")["rules"].items() if rule["local"]}
    assert {"table1", "table2", "figure1", "figure2", "figure3", "report_page", "audit"} <= local


@pytest.mark.parametrize(("study", "models"), [("tiny", 1), ("paper", 30)])
def test_jobs_of_a_study(submitted, study, models):
    """One job for the cohort, one for each image model, the clinical model, and what follows."""
    jobs = submitted(study)["jobs"]
    groups = Counter(job["group"] for job in jobs)
    assert groups == {"cohort": 1, "image_model": models, None: 1, "evaluation": 1}
    assert [job["rules"] for job in jobs if not job["group"]] == [["clinical_model"]]


@pytest.mark.parametrize("study", ["tiny", "paper"])
def test_what_a_group_asks_for(submitted, study):
    """Its rules run one after the other: the sum of their times, the memory of the largest."""
    rules = submitted(study)["rules"]
    for job in submitted(study)["jobs"]:
        for attempt, request in enumerate(job["requests"]):
            of_rules = [rules[name]["resources"][attempt] for name in job["rules"]]
            assert request["runtime"] == sum(asked["runtime"] for asked in of_rules)
            assert request["mem_mb"] == max(asked["mem_mb"] for asked in of_rules)
            assert request["cpus"] == max(asked["_cores"] for asked in of_rules)
            assert bool(request["gpu"]) == (job["group"] == "image_model")
        first, second = job["requests"]
        assert second == {**first, "mem_mb": 2 * first["mem_mb"], "runtime": 2 * first["runtime"]}
        if job["group"] == "image_model":
            # Reading takes a tenth of the training's time at most, but for trainings of minutes.
            train = rules["train_image_model"]["resources"][0]
            assert first["runtime"] <= train["runtime"] + max(20, train["runtime"] / 10)
            assert (first["gpu"], first["mem_mb"]) == (1, train["mem_mb"])
        else:
            assert first["runtime"] <= 240 and first["mem_mb"] <= 2000 and first["cpus"] <= 4


SINFO = "#!/bin/sh\necho 'main*|2|96000|gpu:1'\n"
NONE = "#!/bin/sh\necho called >> {calls}\nexit 1\n"


def test_a_job_that_can_never_start_is_told_before_anything_is_submitted(
    working_copy, snakemake, tmp_path
):
    """On nodes of two CPUs the cohort's job, which asks for four, would wait for ever."""
    calls = tmp_path / "calls"
    for name, text in (("sinfo", SINFO), ("sbatch", NONE), ("squeue", NONE)):
        command = tmp_path / name
        command.write_text(text.format(calls=calls), encoding="utf-8")
        command.chmod(0o755)
    folder = working_copy("nodes_of_two")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    arguments = ("--profile", "profiles/slurm", "--config", "study=tiny")
    run = snakemake(folder, *arguments, env={"PATH": path})
    # What threads of Snakemake say when a busy machine ends them late is no part of it.
    late = "after interpreter shutdown"
    last = [line for line in run.stdout.strip().splitlines() if late not in line][-1]
    assert run.returncode == 1 and "Traceback" not in run.stdout, run.stdout[-4000:]
    assert last.startswith("the job cohort (cohort, inspect,") and "asks for 4 CPUs" in last
    assert "Change max-threads in profiles/slurm/config.yaml" in last
    assert "the job image_model" not in run.stdout
    assert not calls.exists() and not (folder / "results/tiny/phantoms").exists()


def test_the_cpus_of_all_jobs_stand_in_one_place(submitted):
    """The profile's max-threads is what the largest job asks for."""
    cpus = [request["cpus"] for job in submitted("tiny")["jobs"] for request in job["requests"]]
    assert max(cpus) == profile("slurm")["max-threads"]
