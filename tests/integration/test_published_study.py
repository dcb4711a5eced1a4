"""Published predictions of the study `tiny`: written, then tables and figures of them alone."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smallmass.files import read_csv
from tiny import jobs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tree, working_copy, snakemake) -> Path:
    """A copy of the project without results, with a published file of the study `tiny`."""
    copy = working_copy("published")
    shutil.rmtree(copy / "docs/published", ignore_errors=True)
    before = snakemake(copy, "published", "--cores", "1")
    assert before.returncode != 0 and "docs/published/ has no CSV file" in before.stdout
    path = os.pathsep.join(map(str, copy.glob("workflow/packages/*/src")))
    written = subprocess.run(
        [sys.executable, "-m", "smallmass.published", "docs/published/tiny.csv",
         str(tree / "results/tiny")],
        cwd=copy, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert written.returncode == 0, written.stderr
    return copy


def test_a_reader_has_the_numbers_of_the_study_in_less_than_a_minute(folder, results, snakemake):
    assert jobs(snakemake(folder, "published", "-n").stdout) == {"published": 1}
    began = time.monotonic()
    run = snakemake(folder, "published", "--cores", "1")
    assert run.returncode == 0, run.stdout[-4000:]
    assert time.monotonic() - began < 60
    table = read_csv(folder / "results/published/published.csv").set_index("metric")
    study = read_csv(results / "evaluation/performance.csv")
    study = study[(study["split"] == "test") & (study["model"] == "image")]
    study = study[study["seed"] == "all"].set_index("metric")
    for metric in ("auroc", "dice", "found", "sensitivity", "specificity", "probability_slope"):
        assert table.loc[metric, "estimate"] == pytest.approx(
            study.loc[metric, "estimate"], abs=2e-6, nan_ok=True
        )
    for name in ("table.md", "table.tex", "figure.svg", "figure.png"):
        assert (folder / "results/published" / name).stat().st_size > 0
