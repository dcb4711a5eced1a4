"""The plain yardstick: what it learns from, what it reads, and what it says where it cannot."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from smallmass.rivals.features import Outline, feature_table
from smallmass.rivals.outline_features import FEATURES, outline_features
from smallmass.rivals.plain import plain_part
from smallmass.rivals.rival import read_part, write_part
from study_settings import study_settings

SETTINGS = study_settings()


def drawn(n: int = 60, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return features of true and predicted outlines, and predictions, with some signal."""
    rng = np.random.default_rng(seed)
    parts, rows = [], []
    for split, fit in (
        ("training", "in_sample"),
        ("validation", "in_sample"),
        ("test", "held_out"),
    ):
        malignant = np.arange(n) % 2 == 0
        cases = [f"{split}{i:03d}" for i in range(n)]
        label = np.where(malignant, "malignant", "benign")
        rows.append(pd.DataFrame({"case_id": cases, "split": split, "fit": fit, "label": label}))
        values = rng.normal(size=(n, len(FEATURES))) + 0.4 * malignant[:, None]
        table = pd.DataFrame(values, columns=list(FEATURES)).assign(case_id=cases)
        parts.append(table.assign(outline=Outline.PREDICTED, seed="0", fit=fit))
        parts.append(table.assign(outline=Outline.TRUE, **{FEATURES[0]: values[:, 0] + malignant}))
    return pd.concat(parts, ignore_index=True), pd.concat(rows, ignore_index=True)


def test_it_is_the_penalised_regression_of_training_cases_alone():
    """As scikit-learn fits it by hand; test cases' labels and features change no coefficient."""
    features, predictions = drawn()
    part = plain_part(features, predictions, SETTINGS.operating_point)
    assert [rival.name for rival in part.rivals] == ["plain_predicted", "plain_true"]
    own = features[features["outline"] == Outline.PREDICTED].reset_index(drop=True)
    learnt = (predictions["split"] == "training").to_numpy()
    values = own[list(FEATURES)].to_numpy()
    scaled = (values - values[learnt].mean(axis=0)) / values[learnt].std(axis=0)
    by_hand = LogisticRegression(C=1.0, max_iter=2000, tol=1e-10)
    by_hand.fit(scaled[learnt], predictions["label"][learnt] == "malignant")
    tested = (predictions["split"] == "test").to_numpy()
    rival = part.rivals[0]
    assert rival.cases["score"].to_numpy() == pytest.approx(
        by_hand.predict_proba(scaled[tested])[:, 1], abs=1e-4
    )
    other = predictions.assign(
        label=predictions["label"].where(predictions["split"] != "test", "benign")
    )
    again = plain_part(features, other, SETTINGS.operating_point)
    assert again.rivals[0].record == rival.record


def test_the_cut_off_is_the_youden_point_of_validation_cases():
    features, predictions = drawn(seed=3)
    rival = plain_part(features, predictions, SETTINGS.operating_point).rivals[0]
    cutoff = rival.record["cutoff"]
    assert (cutoff["chosen_on"], cutoff["rule"]) == ("validation", "youden")
    assert (rival.cases["call"] == (rival.cases["score"] >= cutoff["threshold"])).all()


def test_a_lesion_without_a_region_scores_nothing_and_one_without_an_outline_is_not_read():
    features, predictions = drawn()
    gone = features[features["case_id"] != "test000"]
    predicted, true = plain_part(gone, predictions, SETTINGS.operating_point).rivals
    of_case = [rival.cases.set_index("case_id").loc["test000"] for rival in (predicted, true)]
    assert of_case[0]["score"] == 0.0 and of_case[0]["call"] == 0
    assert of_case[1].isna().all()


def test_several_seeds_are_averaged_each_with_a_regression_of_its_own():
    features, predictions = drawn()
    rng = np.random.default_rng(9)
    second = features[features["outline"] == Outline.PREDICTED].assign(seed="1")
    second[list(FEATURES)] += rng.normal(size=(len(second), len(FEATURES)))
    scores = [
        plain_part(table, predictions, SETTINGS.operating_point).rivals[0].cases["score"]
        for table in (features, second, pd.concat([features, second]))
    ]
    assert scores[2].to_numpy() == pytest.approx((scores[0] + scores[1]).to_numpy() / 2)


def test_a_seed_without_a_region_counts_as_nothing_beside_seeds_that_have_one():
    features, predictions = drawn()
    second = features[features["outline"] == Outline.PREDICTED].assign(seed="1")
    both = pd.concat([features, second[second["case_id"] != "test000"]])
    once, twice = (
        plain_part(table, predictions, SETTINGS.operating_point).rivals[0].cases["score"][0]
        for table in (features, both)
    )
    assert once > 0 and twice == pytest.approx(once / 2)


def test_without_outlines_or_labels_it_says_why():
    features, predictions = drawn()
    only = features[features["outline"] == Outline.PREDICTED]
    part = plain_part(only, predictions, SETTINGS.operating_point)
    assert len(part.rivals) == 1 and "no outlined training cases" in part.left_out[0]
    benign = predictions.assign(label="benign")
    part = plain_part(features, benign, SETTINGS.operating_point)
    assert not part.rivals and len(part.left_out) == 2


def test_a_part_is_read_as_it_was_written(tmp_path):
    features, predictions = drawn()
    part = plain_part(
        features[features["case_id"] != "test001"], predictions, SETTINGS.operating_point
    )
    files = {"scores": tmp_path / "plain.csv", "record": tmp_path / "plain.json"}
    write_part(part, **files)
    again = read_part(**files)
    assert again.left_out == part.left_out
    for before, after in zip(part.rivals, again.rivals, strict=True):
        assert (before.name, before.printed, before.reads) == (
            after.name,
            after.printed,
            after.reads,
        )
        assert after.cases["score"].to_numpy() == pytest.approx(
            before.cases["score"].to_numpy(), abs=1e-6, nan_ok=True
        )
        assert after.cases["call"].isna().sum() == before.cases["call"].isna().sum()


def test_features_of_a_study_are_those_of_its_regions_and_outlines(tmp_path):
    from PIL import Image

    from smallmass.cohort.run_lengths import encode_rle

    rng = np.random.default_rng(2)
    grey = rng.integers(0, 256, (40, 50)).astype(np.uint8)
    truth, region = np.zeros((40, 50), bool), np.zeros((40, 50), bool)
    truth[10:25, 12:30] = True
    region[12:24, 10:31] = True
    Image.fromarray(grey).save(tmp_path / "a.png")
    Image.fromarray(truth.astype(np.uint8) * 255).save(tmp_path / "a_mask.png")
    cohort = pd.DataFrame(
        {
            "case_id": ["a", "b"],
            "image": [str(tmp_path / "a.png")] * 2,
            "frame": [np.nan] * 2,
            "outline": [str(tmp_path / "a_mask.png"), np.nan],
        }
    )
    head = {"seed": ["0", "0"], "fit": ["held_out"] * 2}
    scores = pd.DataFrame({"case_id": ["a", "b"], **head, "detection": [1, np.nan]})
    detections = pd.DataFrame(
        {
            "case_id": ["a", "a", "b"],
            "fit": "held_out",
            "detection": [0, 1, np.nan],
            "outline": [encode_rle(~region), encode_rle(region), np.nan],
        }
    )
    table = feature_table(cohort, scores, {0: [detections]})
    assert list(zip(table["case_id"], table["outline"], strict=True)) == [
        ("a", "true"),
        ("a", "predicted"),
    ]
    for row, mask in zip(table.to_dict("records"), (truth, region), strict=True):
        assert {name: row[name] for name in FEATURES} == pytest.approx(
            outline_features(grey, mask), abs=1e-6
        )
