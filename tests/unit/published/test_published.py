"""Published predictions: what may be published, and tables and figures from nothing else."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score

from diagnostic_accuracy.printing import as_markdown
from smallmass import style
from smallmass.errors import UserError
from smallmass.files import read_csv, read_json, write_csv, write_json
from smallmass.published.__main__ import main
from smallmass.published.cases import COLUMNS, collect, read_published
from smallmass.published.figure import figure
from smallmass.published.summary import printed, summary
from study_settings import cohort_settings

LIMITS = cohort_settings()


def published(cohort="breast", n=60, seed=0) -> pd.DataFrame:
    """Return a published file of drawn lesions, half of them under 1 cm."""
    rng = np.random.default_rng(seed)
    malignant = np.arange(n) % 3 == 0
    score = (1 / (1 + np.exp(-rng.normal(1.2 * malignant - 0.6, 1)))).round(6)
    found = rng.random(n) < 0.9
    table = pd.DataFrame(
        {
            "case_id": [f"{cohort}{i}" for i in range(n)],
            "cohort": cohort,
            "patient_id": [f"p{i}" for i in range(n)],
            "label": np.where(malignant, "malignant", "benign"),
            "diameter_cm": np.where(np.arange(n) < n // 2, 0.8, 1.4),
            "study": "made",
            "split": "test",
            "fit": "held_out",
            "image_score": score,
            "image_probability": (0.1 + 0.8 * score).round(6),
            "cutoff": 0.4,
            "call": (score >= 0.4).astype(int),
            "found": found.astype(int),
            "dice": (found * rng.uniform(0.6, 1, n)).round(6),
        }
    )
    return table[COLUMNS]


def made_study(folder, name="made", cohort="breast", seed=0):
    """Write a finished study as far as a published file is made of it."""
    table = published(cohort, seed=seed)
    inside = table.assign(case_id="t" + table["case_id"], split="training", fit="in_sample")
    both = pd.concat([inside, table])
    predictions = both.rename(columns={"call": "image_call"}).drop(
        columns=["diameter_cm", "study", "cutoff", "found", "dice"]
    )
    write_csv(folder / "predictions.csv", predictions)
    scores = both[["case_id", "fit", "image_score", "found", "dice"]].assign(seed=0, detection=0)
    write_csv(folder / "image_model/scores.csv", scores)
    write_csv(folder / "cohort/cohort.csv", both[["case_id", "diameter_cm"]])
    write_json(
        folder / "operating_points.json",
        [{"model": "image", "threshold": 0.4, "chosen_on": "validation"}],
    )
    run = {
        "study": name,
        "settings": {
            "seed": 1,
            "image_model": {"size_px": 64},
            "cohort": {"sources": {cohort: "dealt", "folder": {"role": "test", "root": "/here"}}},
        },
        "git": {"commit": "abc", "dirty": False},
        "versions": {"smallmass": "0.1.0", "tensorflow": "2", "keras": "3"},
        "sha256": {
            "image_model/seed0/full/weights.h5": "aa",
            "clinical_model/weights.h5": "bb",
            "predictions.csv": "cc",
        },
    }  # fmt: skip
    write_json(folder / "run.json", run)
    return table


def test_a_file_has_what_was_read_of_lesions_that_the_model_did_not_learn_of(tmp_path, capsys):
    expected = made_study(tmp_path / "results")
    path = tmp_path / "docs/published/breast.csv"
    main([str(path), str(tmp_path / "results")])
    pd.testing.assert_frame_equal(read_published(path), expected, check_dtype=False)
    assert "60 lesions of 1 study" in capsys.readouterr().out
    record = read_json(path.with_suffix(".json"))
    assert record["studies"][0]["weights_sha256"] == {"image_model/seed0/full/weights.h5": "aa"}
    assert "CC BY 4.0" in record["terms"][0]
    assert "/here" not in path.with_suffix(".json").read_text()


def test_folds_of_one_set_come_together_and_a_lesion_stands_once(tmp_path):
    first = made_study(tmp_path / "a", "fold1")
    made_study(tmp_path / "b", "fold2")
    with pytest.raises(UserError, match="60 lesions are read by several models, breast0"):
        collect([tmp_path / "a", tmp_path / "b"])
    for name in ("predictions.csv", "image_model/scores.csv", "cohort/cohort.csv"):
        table = read_csv(tmp_path / "b" / name)
        write_csv(tmp_path / "b" / name, table.assign(case_id="b" + table["case_id"]))
    table, records = collect([tmp_path / "a", tmp_path / "b"])
    assert len(table) == 2 * len(first) and table["study"].nunique() == len(records) == 2


def test_scores_out_of_fold_are_published_with_the_model_of_each_fold(tmp_path):
    table = published("busbra").assign(fold=["fold_1", "fold_2"] * 30, device="A")
    results = tmp_path / "busbra"
    write_csv(results / "rivals/folds/cases.csv", table.drop(columns=["study", "fit"]))
    for number in (1, 2):
        model = {
            "settings": {"size_px": 64}, "training_cases": 30, "weights_sha256": f"w{number}",
            "start": {"name": "phantoms", "sha256": "aa", "path": "/here"},
        }  # fmt: skip
        write_json(results / f"rivals/folds/fold_{number}/seed0/full/model.json", model)
    path = tmp_path / "folds.csv"
    main([str(path), str(results), "--of", "folds"])
    written = read_published(path)
    expected = table.assign(study="busbra/" + table["fold"], fit="out_of_fold")[COLUMNS]
    pd.testing.assert_frame_equal(written, expected, check_dtype=False)
    (record,) = read_json(path.with_suffix(".json"))["studies"]
    assert record["weights_sha256"] == {"fold_1/seed0/full": "w1", "fold_2/seed0/full": "w2"}
    assert "/here" not in path.with_suffix(".json").read_text()
    numbers = summary({"folds": written}, LIMITS, 0.95)
    text = as_markdown(printed(numbers, {"folds": written}, 0.95))
    assert "out-of-fold, by 2 models" in text
    with pytest.raises(SystemExit, match="has no scores out of fold"):
        main([str(path), str(tmp_path), "--of", "folds"])


def test_a_hospitals_own_lesions_are_never_published(tmp_path):
    made_study(tmp_path, cohort="own")
    with pytest.raises(UserError, match="own patients: its terms are not known"):
        collect([tmp_path])


def test_a_study_that_is_not_finished_is_named(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(SystemExit, match=r"x is no finished study: .*predictions.csv is missing"):
        main([str(tmp_path / "out.csv"), str(tmp_path / "x")])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.drop(columns="dice"), "no column dice"),
        (lambda table: table.assign(label="cyst"), "a label is neither of benign, malignant"),
        (lambda table: table.assign(case_id="x"), "a case_id stands there twice"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path, change, words):
    write_csv(tmp_path / "made.csv", change(published()))
    with pytest.raises(UserError, match=words):
        read_published(tmp_path / "made.csv")


def test_every_number_is_what_a_direct_computation_gives():
    table = published()
    result = summary({"made": table}, LIMITS, 0.95).set_index(["subset", "metric"])["estimate"]
    for subset, lesions in (("all", table), ("under_1cm", table[table["diameter_cm"] < 1])):
        malignant, call = lesions["label"] == "malignant", lesions["call"] == 1
        expected = {
            "auroc": roc_auc_score(malignant, lesions["image_score"]),
            "dice": lesions["dice"].mean(),
            "found": lesions["found"].mean(),
            "sensitivity": call[malignant].mean(),
            "specificity": (~call[~malignant]).mean(),
        }
        for metric, number in expected.items():
            assert result[subset, metric] == pytest.approx(number, abs=1e-6)
        logit = np.log(lesions["image_probability"] / (1 - lesions["image_probability"]))
        fit = sm.Logit(malignant.astype(float), sm.add_constant(logit)).fit(disp=0)
        assert result[subset, "probability_slope"] == pytest.approx(fit.params.iloc[1], rel=1e-4)


def test_an_interval_knows_of_patients():
    """Each lesion twice, of one patient: as wide as without the copies, but for the correction."""
    table = published()
    twice = pd.concat([table, table.assign(case_id=table["case_id"] + "again")])
    one, two = (
        summary({"made": each}, LIMITS, 0.95).set_index(["subset", "metric"])
        for each in (table, twice)
    )
    for metric in ("auroc", "dice"):
        widths = [part.loc[("all", metric), ["ci_low", "ci_high"]].diff().iloc[1]
                  for part in (one, two)]  # fmt: skip
        assert widths[1] == pytest.approx(widths[0], rel=0.03)


def test_the_table_names_the_terms_and_how_many_models_read():
    table = published()
    table["study"] = np.where(np.arange(len(table)) % 2, "fold1", "fold2")
    files = {"breast": table, "phantoms": published("phantom", seed=1).assign(diameter_cm=np.nan)}
    page = as_markdown(printed(summary(files, LIMITS, 0.95), files, 0.95))
    assert "| BrEaST, under 1 cm | held out, by 2 models |" in page
    assert "| phantoms | held out |" in page and "phantoms, under" not in page
    assert "CC BY 4.0" in page and "no evidence of anything" in page and "95% conf" in page


def test_lesions_without_an_outline_or_a_call_are_said():
    table = published().assign(found=np.nan, dice=np.nan, call=np.nan, diameter_cm=np.nan)
    rows = summary({"made": table}, LIMITS, 0.95).set_index("metric")
    assert rows.loc["dice", "note"] == "no outlines"
    assert rows.loc["sensitivity", "note"] == "no such lesion with a call"
    assert rows.loc[["dice", "found", "sensitivity"], "estimate"].isna().all()
    page = as_markdown(printed(rows.reset_index(), {"made": table}, 0.95))
    assert page.count("not estimable") == 4


def test_the_figure_shows_the_share_of_lesions_that_reach_a_dice():
    table = published()
    files = {"made": table}
    with style.drawing():
        drawn = figure(files, summary(files, LIMITS, 0.95), LIMITS)
    left, right = drawn.axes
    whole = right.lines[0]
    x, y = whole.get_xdata(), whole.get_ydata()
    # As drawn, y[i] holds from x[i] to x[i + 1]: just under a value all that reach it.
    for at in (0.3, 0.65, 0.8, 0.95):
        assert y[np.searchsorted(x, at, side="right") - 1] == pytest.approx(
            (table["dice"] >= at).mean()
        )
    assert whole.get_drawstyle() == "steps-post"
    assert len(left.lines) == 3 and len(right.lines) == 2
    looks = {(line.get_color(), str(line.get_linestyle())) for line in right.lines}
    assert len(looks) == 2


def test_files_about_one_set_are_told_apart_in_the_figure():
    folds = published().assign(fit="out_of_fold", study="made")
    folds.loc[::2, "study"] = "other"
    files = {"made": published(), "folds": folds}
    with style.drawing():
        drawn = figure(files, summary(files, LIMITS, 0.95), LIMITS)
    for axes in drawn.axes:
        names = [text.get_text().split(":")[0] for text in axes.get_legend().get_texts()]
        assert len(set(names)) == len(names) == 4
        assert any("out-of-fold, by 2 models" in name for name in names)
