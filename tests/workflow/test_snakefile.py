"""The rules as Snakemake sees them, without running any."""

import re


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
