"""The rules as Snakemake sees them, without running any."""

import json
import re
import subprocess
import sys
from pathlib import Path

PARSED = Path(__file__).resolve().parents[1] / "helpers/parsed.py"


def test_a_training_job_for_each_seed_and_fold(working_copy, snakemake):
    """The study `paper`: five seeds, each on all training cases and without each of five folds."""
    run = snakemake(working_copy("paper"), "-n", "--config", "study=paper")
    assert run.returncode == 0, run.stdout[-4000:]
    trained = re.findall(r"Training the image model, (seed \d, \w+)", run.stdout)
    fits = ["full", *(f"fold{k}" for k in range(5))]
    assert sorted(set(trained)) == sorted(
        f"seed {seed}, {fit}" for seed in range(5) for fit in fits
    )
    assert re.search(r"^read_images +30$", run.stdout, re.MULTILINE)
    assert re.search(r"^clinical_model +1$", run.stdout, re.MULTILINE)


def test_a_moved_project_re_runs_nothing(working_copy):
    """No input, output or parameter of a rule says where the project lies."""

    def rules(folder: Path) -> dict[str, str]:
        command = [sys.executable, str(PARSED), "synthetic"]
        run = subprocess.run(command, cwd=folder, text=True, capture_output=True)
        assert run.returncode == 0, run.stderr[-4000:]
        return json.loads(run.stdout.splitlines()[-1])

    before, moved = rules(working_copy("before")), rules(working_copy("moved"))
    assert len(before) > 35 and "data.dvc" in before["data_version"]
    assert moved == before
