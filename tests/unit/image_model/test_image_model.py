"""The image arm: scores from regions, augmentation, which cases a fit sees."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from smallmass.cohort.run_lengths import encode_rle
from smallmass.errors import UserError
from smallmass.image_model import scores as scores_module
from smallmass.image_model.cases import cases_to_read
from smallmass.image_model.dataset import SHARES, CohortDataset, image_weights
from smallmass.image_model.scores import (
    IMAGE_SCORES,
    REGION_SCORES,
    image_scores,
    localisation,
    read_regions,
    score_all,
)
from smallmass.image_model.training import training_cases
from smallmass.options import Balance
from study_settings import study_settings


def regions(*rows):
    """Return a table of detections: (case, detection, p_benign, p_malignant, area)."""
    names = ["case_id", "detection", "p_benign", "p_malignant", "area_px"]
    return pd.DataFrame(rows, columns=names).assign(fit="held_out")


TWO = regions(("a", 0, 0.2, 0.6, 50), ("a", 1, 0.1, 0.2, 90), ("b", np.nan, np.nan, np.nan, np.nan))


def score(table=TWO, region_score="malignant_share", image_score="top_foreground", floor=0.0):
    result = image_scores(
        table, region_score=region_score, image_score=image_score, floor=floor
    ).set_index("case_id")
    return result["image_score"]


def test_scores_by_hand():
    assert score()["a"] == pytest.approx(0.6 / 0.8)
    assert score(region_score="malignant_probability")["a"] == pytest.approx(0.6)
    assert score(region_score="signed_top")["a"] == pytest.approx((1 + 0.6) / 2)
    assert score(image_score="largest")["a"] == pytest.approx(0.2 / 0.3)
    mean = (0.75 * 0.8 + (0.2 / 0.3) * 0.3) / 1.1
    assert score(image_score="mean")["a"] == pytest.approx(mean)


def test_an_image_without_region_scores_zero_and_keeps_its_row():
    result = image_scores(TWO, region_score="malignant_share", image_score="mean", floor=0.9)
    assert result["image_score"].tolist() == [0, 0] and result["detection"].isna().all()


def test_unknown_options_are_refused_with_the_known_ones():
    with pytest.raises(UserError, match="known: top_foreground"):
        score(image_score="median")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_scores_are_probabilities_and_do_not_depend_on_order(pairs):
    rows = [("a", i, b / 2, m / 2, 10 * i) for i, (b, m) in enumerate(pairs)]
    for region in REGION_SCORES:
        for image in IMAGE_SCORES:
            forward = score(regions(*rows), region, image)["a"]
            assert 0 <= forward <= 1
            if image == "highest":
                assert forward == score(regions(*rows[::-1]), region, image)["a"]


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_more_malignant_regions_never_lower_the_score(seed):
    b, m = np.random.default_rng(seed).dirichlet([1, 1, 1])[:2]
    for region in REGION_SCORES:
        before = score(regions(("a", 0, b, m, 1)), region)["a"]
        after = score(regions(("a", 0, b / 2, m + b / 2, 1)), region)["a"]
        assert after >= before - 1e-12


def test_localisation_counts_a_miss_as_zero():
    truth = np.zeros((20, 20), bool)
    truth[5:15, 5:15] = True
    table = pd.DataFrame(
        {
            "case_id": ["hit", "miss", "none"],
            "fit": "held_out",
            "detection": [0, 0, np.nan],
            "y1": [4, 0, np.nan],
            "x1": [4, 0, np.nan],
            "y2": [14, 6, np.nan],
            "x2": [14, 6, np.nan],
            "dice": [0.8, 0.05, np.nan],
            "outline": [encode_rle(truth), encode_rle(~truth), np.nan],
        }
    )
    scores = table[["case_id", "fit", "detection"]].assign(image_score=0.5)
    outlines = dict.fromkeys(["hit", "miss", "none"], truth)
    for rule in ("centre", "iou"):
        result = localisation(scores, table, outlines, rule)
        assert result["found"].tolist() == [1, 0, 0]
        assert result["dice"].tolist() == [0.8, 0.0, 0.0]
    assert localisation(scores, table, {}, "centre")["found"].isna().all()


@pytest.mark.parametrize("rule", ["centre", "iou"])
def test_each_seed_and_fit_is_judged_by_its_own_region_and_outlines_are_read_once(
    rule, tmp_path, monkeypatch
):
    """Outlines of 100,000 cases do not go into memory at once: each is read, used and forgotten."""
    truth = np.zeros((20, 20), bool)
    truth[5:15, 5:15] = True
    away = ~truth
    Image.fromarray(truth).save(tmp_path / "outline.png")

    def table(fit, hits):
        rows = [
            {"case_id": case, "fit": fit, "detection": 0, "p_background": 0.1, "p_benign": 0.2,
             "p_malignant": 0.7, "y1": 5 if hit else 0, "x1": 5 if hit else 0,
             "y2": 15 if hit else 4, "x2": 15 if hit else 4, "area_px": 100,
             "outline": encode_rle(truth if hit else away), "dice": 0.9 if hit else 0.0}
            for case, hit in zip(["a", "b", "undrawn"], hits, strict=True)
        ]  # fmt: skip
        path = tmp_path / f"{fit}{hits}.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        return read_regions(path, found=rule)

    detections = {
        0: [table("in_sample", [1, 0, 1]), table("out_of_fold", [0, 0, 1])],
        1: [table("in_sample", [0, 1, 1]), table("out_of_fold", [1, 1, 1])],
    }
    cohort = pd.DataFrame(
        {
            "case_id": ["a", "b", "undrawn"],
            "image": "none.png",
            "frame": np.nan,
            "outline": ["outline.png", "outline.png", np.nan],
        }
    )
    read = []

    def counted(root, case):
        read.append(case["case_id"])
        return truth

    monkeypatch.setattr(scores_module, "case_outline", counted)
    options = study_settings({"image_model.image_score": "highest", "image_model.found": rule})
    scores = score_all(detections, cohort=cohort, root=tmp_path, image_model=options.image_model)
    assert sorted(read) == ["a", "b"]
    found = scores.set_index(["seed", "fit", "case_id"])["found"]
    assert found[0, "in_sample"].tolist() == [1, 0, pd.NA]
    assert found[0, "out_of_fold"].tolist() == [0, 0, pd.NA]
    assert found[1, "in_sample"].tolist() == [0, 1, pd.NA]
    assert found[1, "out_of_fold"].tolist() == [1, 1, pd.NA]
    assert scores["dice"].dropna().tolist() == [0.9, 0, 0, 0, 0, 0.9, 0.9, 0.9]


def test_outlines_are_read_only_where_they_decide(tmp_path):
    path = tmp_path / "detections.csv"
    pd.DataFrame({"case_id": ["007"], "fit": ["held_out"], "detection": [0], "p_background": [0.1],
                  "p_benign": [0.2], "p_malignant": [0.7], "y1": [0], "x1": [0], "y2": [4],
                  "x2": [4], "area_px": [16], "outline": ["0 16"], "dice": [0.5]}
                 ).to_csv(path, index=False)  # fmt: skip
    assert "outline" in read_regions(path, found="iou")
    assert "outline" not in read_regions(path, found="centre")
    alone = read_regions(path)
    assert "dice" not in alone and alone["case_id"].tolist() == ["007"]
    assert score(alone)["007"] == pytest.approx(0.7 / 0.9)


COHORT = pd.DataFrame(
    {
        "case_id": list("abcdef"),
        "cohort": "one",
        "label": ["benign", "malignant"] * 3,
        "image": [f"{name}.png" for name in "abcdef"],
        "frame": np.nan,
        "outline": "o",
    }
)
SPLIT = pd.DataFrame(
    {"case_id": list("abcdef"), "split": ["training"] * 4 + ["validation", "test"]}
)
FOLDS = pd.DataFrame(
    {"case_id": list("abcd"), "arm": "image_model", "repeat": 0, "fold": [0, 0, 1, 1]}
)


def test_a_fold_never_trains_on_the_cases_it_reads():
    for fold in (0, 1):
        trained = set(training_cases(COHORT, SPLIT, FOLDS, f"fold{fold}")["case_id"])
        read = cases_to_read(cohort=COHORT, split=SPLIT, folds=FOLDS, fit=f"fold{fold}")
        assert set(read["fit"]) == {"out_of_fold"}
        assert not trained & set(read["case_id"]) and trained | set(read["case_id"]) == set("abcd")


def test_only_test_cases_are_held_out():
    read = cases_to_read(cohort=COHORT, split=SPLIT, folds=FOLDS, fit="full").set_index("case_id")[
        "fit"
    ]
    assert read.to_dict() == dict.fromkeys("abcde", "in_sample") | {"f": "held_out"}
    assert set(training_cases(COHORT, SPLIT, FOLDS, "full")["case_id"]) == set("abcd")


def test_an_unknown_fold_is_an_error():
    with pytest.raises(UserError, match="fold7"):
        training_cases(COHORT, SPLIT, FOLDS, "fold7")


def test_lesions_of_one_image_are_trained_on_together(tmp_path):
    """Read on its own, each of them would be background to the other."""
    cases = pd.DataFrame(
        {
            "case_id": ["a-1", "a-2", "b"],
            "cohort": "one",
            "label": ["benign", "malignant", "benign"],
            "image": ["a.png", "a.png", "b.png"],
            "frame": np.nan,
        }
    )
    for place, name in enumerate(cases["case_id"]):
        mask = np.zeros((8, 8), np.uint8)
        mask[place, place] = 255
        Image.fromarray(mask).save(tmp_path / f"{name}.png")
    dataset = CohortDataset(cases, tmp_path, tmp_path, ["benign", "malignant"], 1)
    assert len(dataset.image_ids) == 2
    masks, class_ids = dataset.load_mask(0)
    assert masks.shape == (8, 8, 2) and class_ids.tolist() == [1, 2]
    assert masks[0, 0].tolist() == [True, False] and masks[1, 1].tolist() == [False, True]
    assert dataset.load_mask(1)[1].tolist() == [1]


def test_images_of_one_name_in_two_sources_are_two_images(tmp_path):
    cases = pd.DataFrame(
        {
            "case_id": ["a", "b"],
            "cohort": ["one", "other"],
            "label": ["benign", "malignant"],
            "image": "images/1.png",
            "frame": np.nan,
        }
    )
    dataset = CohortDataset(cases, tmp_path, tmp_path, ["benign", "malignant"], 1)
    assert [info["id"] for info in dataset.image_info] == ["a", "b"]


@pytest.mark.parametrize(
    ("balance", "shares"),
    [(Balance.ROOT, (0.75, 0.25)), (Balance.EQUAL, (0.5, 0.5)), (Balance.SIZE, (0.9, 0.1))],
)
def test_a_source_is_drawn_as_the_rule_says(balance, shares):
    """Of 90 and 10 images; roots 9.49 and 3.16, three to one."""
    weights = image_weights(["one"] * 90 + ["other"] * 10, balance)
    assert weights.mean() == pytest.approx(1)
    assert (weights[:90].sum() / 100, weights[90:].sum() / 100) == pytest.approx(shares)
    assert len(set(weights[:90])) == len(set(weights[90:])) == 1


def test_every_rule_of_balance_has_a_function():
    assert set(SHARES) == set(Balance)


def test_a_single_source_has_nothing_to_balance():
    assert image_weights(["one"] * 9, Balance.EQUAL) is None
