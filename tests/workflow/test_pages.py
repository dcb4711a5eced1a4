"""What a forge runs is what CI here runs: the workflow files call scripts that are there."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = (".github/workflows/checks.yml", ".gitlab-ci.yml")
PAGES = REPOSITORY / ".ci/pages"


@pytest.mark.parametrize("name", FILES)
def test_a_forge_calls_the_scripts_that_are_here(name):
    """Each line is one of CI's scripts, the installation, or the study itself."""
    jobs = yaml.safe_load((REPOSITORY / name).read_text(encoding="utf-8"))
    jobs = jobs.get("jobs", jobs)
    lines = [
        line
        for job in jobs.values()
        if isinstance(job, dict)
        for line in (
            *(step["run"] for step in job.get("steps", []) if "run" in step),
            *job.get("script", []),
        )
    ]
    scripts = [line.split()[0] for line in lines if line.startswith(".ci/")]
    assert set(scripts) == {".ci/quick", ".ci/run", ".ci/pages"}
    assert all((REPOSITORY / script).stat().st_mode & 0o100 for script in scripts)
    others = {line for line in lines if not line.startswith(".ci/")}
    assert others == {"pip install uv && uv sync --locked", "uv run snakemake --cores all"}
    ci = (REPOSITORY / ".ci/run").read_text(encoding="utf-8")
    assert re.search(r"^step .*\.ci/pages results/synthetic", ci, re.MULTILINE)


def test_a_folder_of_pages_holds_the_study_and_the_manual(tmp_path):
    results = tmp_path / "study"
    (results / "cases").mkdir(parents=True)
    for name in ("report.html", "model_card.md", "cases/00000.jpg"):
        (results / name).write_text(name, encoding="utf-8")
    subprocess.run([PAGES, results, tmp_path / "public"], check=True, capture_output=True)
    assert (tmp_path / "public/index.html").read_text(encoding="utf-8") == "report.html"
    assert (tmp_path / "public/cases/00000.jpg").exists()
    assert (tmp_path / "public/docs/statistics.md").exists()


def test_without_a_study_it_says_what_to_do(tmp_path):
    run = subprocess.run(
        [PAGES, tmp_path, tmp_path / "public"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1 and "build the study first" in run.stderr
    assert not (tmp_path / "public").exists()
