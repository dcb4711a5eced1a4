"""`snakemake across` whole, on two made-up public sets in the published layouts."""

from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from smallmass.files import read_csv, read_json
from two_datasets import TESTED, TRAINED, write

pytestmark = pytest.mark.slow
OVERRIDE = (
    "override={image_model: {size_px: 64, epochs: 1, least_steps: 0, weights: null, "
    "precision: float32}}"
)


@pytest.fixture(scope="module")
def run(working_copy, snakemake) -> tuple[Path, str]:
    """The folder with what the run made, and what it said."""
    folder = working_copy("across")
    datasets = write(folder / "datasets")
    config = ("--config", f"datasets={datasets}", OVERRIDE)
    done = snakemake(folder, "across", "--cores", "2", *config)
    assert done.returncode == 0, done.stdout[-8000:]
    again = snakemake(folder, "across", "-n", "--cores", "2", *config)
    assert "Nothing to be done" in again.stdout, again.stdout[-8000:]
    return folder / "results/across", done.stdout


def test_sets_that_are_not_there_are_named(run):
    results, text = run
    assert text.count("and left out: busi, udiat, busuclm.") == 1
    assert "Not there, and left out: BUSI, UDIAT, BUS-UCLM." in (
        results / "tables/across.md"
    ).read_text(encoding="utf-8")


def test_no_lesion_is_tested_on_that_trained_the_model(run):
    results, _ = run
    cohort = read_csv(results / "cohort/cohort.csv")
    for name in ("busbra", "breast"):
        own = read_csv(results / f"only_{name}/split.csv").merge(cohort)
        learned, tested = own[own["split"] != "test"], own[own["split"] == "test"]
        assert set(learned["cohort"]) == {name} and set(tested["cohort"]) == {"busbra", "breast"}
        whose = [set(part["cohort"] + part["patient_id"]) for part in (learned, tested)]
        assert not whose[0] & whose[1]
        model = read_json(results / f"only_{name}/image_model/seed0/full/model.json")
        assert model["training_cases"] == (own["split"] == "training").sum()


def test_each_number_of_the_table_is_what_its_scores_give(run):
    results, _ = run
    cohort = read_csv(results / "cohort/cohort.csv")
    split = read_csv(results / "cohort/split.csv")
    table = read_csv(results / "across.csv").set_index(["train", "test", "metric"]).sort_index()
    for train in ("busbra", "breast"):
        scores = read_csv(results / f"only_{train}/scores.csv").merge(cohort).merge(split)
        for test, size in (("busbra", 2 * TRAINED), ("breast", TESTED)):
            lesions = scores[scores["cohort"] == test]
            if test == train:
                lesions = lesions[lesions["split"] == "test"]
            else:
                assert len(lesions) == size
            area = roc_auc_score(lesions["label"] == "malignant", lesions["image_score"])
            shown = table.loc[(f"only_{train}", test)]
            assert shown.loc["auroc", "estimate"] == pytest.approx(area, abs=1e-6)
            assert shown.loc["auroc", "lesions"] == len(lesions)
            for metric in ("dice", "found"):
                assert shown.loc[metric, "estimate"] == pytest.approx(
                    pd.to_numeric(lesions[metric]).mean(), abs=1e-6
                )
    assert (results / "figures/across.png").stat().st_size > 10_000


def test_an_ordinary_study_trains_on_both_sets_balanced(run, snakemake):
    """The study `across` without the target `across`: one model of all sets."""
    results, _ = run
    name = "image_model/seed0/full/model.json"
    folder, datasets = results.parents[1], results.parents[1] / "datasets"
    config = ("--config", "study=across", f"datasets={datasets}", OVERRIDE)
    done = snakemake(folder, f"results/across/{name}", "--cores", "2", *config)
    assert done.returncode == 0, done.stdout[-8000:]
    model, split = read_json(results / name), read_csv(results / "cohort/split.csv")
    assert model["training_cases"] == (split["split"] == "training").sum()
    assert model["balance"] == "root"
    assert "balance" not in read_json(results / "only_busbra" / name)
