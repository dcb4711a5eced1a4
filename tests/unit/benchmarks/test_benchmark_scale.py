"""What benchmarks/scale.py computes: images of all jobs, and made-up studies of any size."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallmass.cohort.split import make_folds
from smallmass.files import read_csv, write_csv
from smallmass.image_model.cases import cases_to_read
from smallmass.image_model.training import training_cases
from smallmass.settings.picking import chosen

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def benchmarks(monkeypatch):
    """Make benchmarks/ importable."""
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    yield
    for name in [name for name in sys.modules if name in ("scale", "workers")]:
        del sys.modules[name]


def small_study(n):
    """Return cohort and split of n cases, in the paper's proportions."""
    names = [f"p{i:04d}" for i in range(n)]
    cohort = pd.DataFrame(
        {
            "case_id": names,
            "cohort": "made",
            "patient_id": names,
            "group_id": names,
            "image": names,
            "frame": np.nan,
            "pixel_sha256": names,
            "outline": names,
            "label": np.where(np.arange(n) % 3, "benign", "malignant"),
        }
    )
    validation = test = round(n * 120 / 1041)
    parts = ["validation"] * validation + ["test"] * test
    split = ["training"] * (n - len(parts)) + parts
    return cohort, pd.DataFrame({"case_id": names, "split": split})


def test_images_of_all_jobs_are_those_that_the_jobs_themselves_count(benchmarks):
    from scale import work

    cohort, split = small_study(1041)
    folds = make_folds(cohort, split, 5, seed=1)
    fits = ["full", *(f"fold{k}" for k in range(5))]
    trained = [len(training_cases(cohort, split, folds, fit)) for fit in fits]
    read = [len(cases_to_read(cohort=cohort, split=split, folds=folds, fit=fit)) for fit in fits]
    done = work(chosen({"image_model": {"seeds": 5, "folds": 5, "epochs": 30}}), 1041)
    assert done["jobs"] == 5 * len(fits)
    assert done["trained"] == pytest.approx(5 * 30 * sum(trained))
    assert done["read"] == pytest.approx(5 * sum(read))
    assert done["validated"] == pytest.approx(5 * 30 * 120 * len(fits))
    assert done["longest"] == pytest.approx(30 * max(trained))


def test_a_made_up_study_has_as_many_cases_as_asked_for_and_none_twice(benchmarks, tmp_path):
    from workers.made_study import MadeStudy

    cohort, _ = small_study(30)
    source = tmp_path / "source"
    write_csv(source / "cohort" / "cohort.csv", cohort)
    regions = pd.DataFrame(
        {
            "case_id": np.repeat(cohort["case_id"], 2),
            "fit": "in_sample",
            "detection": [0, 1] * 30,
            "p_background": 0.5,
            "p_benign": 0.3,
            "p_malignant": 0.2,
            "area_px": 100,
        }
    )
    write_csv(source / "image_model" / "seed0" / "full" / "detections.csv", regions)
    study = MadeStudy(source, tmp_path / "made", n=70, seeds=2, folds=2)
    made = read_csv(study.make_cohort())
    assert len(made) == 70
    for name in ("case_id", "patient_id", "group_id", "pixel_sha256"):
        assert made[name].is_unique
    half = made["case_id"].head(20)
    folds = pd.DataFrame({"case_id": half, "fold": [0] * 10 + [1] * 10})
    paths = study.make_detections(folds)
    assert len(paths) == 2 * 3
    full, fold = (read_csv(path) for path in paths[:2])
    assert sorted(full["case_id"].unique()) == sorted(made["case_id"])
    assert set(fold["case_id"]) == set(half[:10]) and set(fold["fit"]) == {"out_of_fold"}
    total = full[["p_background", "p_benign", "p_malignant"]].sum(axis=1)
    assert np.allclose(total, 1, atol=2e-6)
    assert full["p_malignant"].nunique() > 70
