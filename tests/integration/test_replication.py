"""The study `replication` from drawn images in the published layouts to its report."""

from pathlib import Path

import pandas as pd
import pytest

from smallmass.files import read_csv, read_json
from two_datasets import TESTED, write

pytestmark = pytest.mark.slow
OVERRIDE = (
    "override={image_model: {size_px: 64, epochs: 1, least_steps: 0, weights: null}, "
    "clinical_model: {trials: 0, epochs: 3}, "
    "cross_fitting: {folds: 3, repeats: 1}, combined_model: {tree_min_leaf: 3}, "
    "evaluation: {replicates: 100, null_draws: 5, drawn_studies: 100}}"
)


@pytest.fixture(scope="module")
def results(working_copy, snakemake, tmp_path_factory) -> Path:
    """The folder with what the study made."""
    datasets = write(tmp_path_factory.mktemp("datasets"))
    folder = working_copy("replication")
    config = ("--config", "study=replication", f"datasets={datasets}", OVERRIDE)
    run = snakemake(folder, "--cores", "2", *config)
    assert run.returncode == 0, run.stdout[-8000:]
    return folder / "results/replication"


def test_a_case_has_one_row_that_says_how_its_scores_came_about(results):
    table = read_csv(results / "predictions.csv")
    assert table["case_id"].is_unique
    own = table[table["cohort"] == "breast"]
    assert len(own) == TESTED
    assert (own["fit"] == "held_out").all() and (own["clinical_fit"] == "out_of_fold").all()
    assert own[["image_call", "clinical_score"]].notna().all(axis=None)
    assert table.loc[table["cohort"] == "busbra", "clinical_score"].isna().all()


def test_cohorts_sizes_and_fits_are_apart_in_every_table(results):
    table = read_csv(results / "evaluation/performance.csv")
    sets = table.loc[table["split"] == "test", ["cohort", "subset"]].drop_duplicates()
    assert sorted(map(tuple, sets.to_numpy())) == [("breast", "all"), ("breast", "under_1cm")]
    fits = table[table["split"] == "test"].groupby("model")["fit"].unique()
    assert list(fits["image"]) == ["held_out"]
    assert all(list(fits[name]) == ["out_of_fold"] for name in ("clinical", "regression", "tree"))
    printed = (results / "tables/table2.md").read_text(encoding="utf-8")
    assert "Test set, BrEaST, under 1 cm" in printed and "BrEaST, all sizes" in printed
    assert "out-of-fold" in printed and "cross-fitted in BrEaST" in printed


def test_the_image_models_cutoff_is_chosen_on_busbra(results):
    point = read_json(results / "operating_points.json")[0]
    split = read_csv(results / "cohort/split.csv")
    assert (point["model"], point["chosen_on"]) == ("image", "validation")
    assert point["n"] == (split["split"] == "validation").sum()
    chose = split[split["split"] == "validation"].merge(read_csv(results / "cohort/cohort.csv"))
    assert set(chose["cohort"]) == {"busbra"}


def test_what_cannot_be_had_says_why(results):
    choices = read_csv(results / "evaluation/choices.csv")
    assert len(choices) == 1 and choices["note"].item().startswith("not estimable: ")
    null = read_csv(results / "evaluation/gate_null.csv")
    assert set(null["null"]) == {"observed", "permuted", "coin"}
    card = read_csv(results / "scorecard.csv")
    assert set(card["verdict"]) <= {
        "reproduced",
        "not reproduced",
        "too few to tell",
        "cannot tell",
    }
    report = (results / "report.html").read_text(encoding="utf-8")
    for words in ("not mammographic density", "BRCA mutation", "cross-fitted in BrEaST"):
        assert words in report
    assert pd.Series(read_json(results / "clinical_model/model.json")["left_out"]).index[0] == (
        "brca_mutation"
    )
