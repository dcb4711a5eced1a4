"""Cohorts for nnU-Net and COCO, and predictions that come back: small files, both ways."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.errors import UserError
from smallmass.exchange import coco, nnunet
from smallmass.exchange.cases import image_id, read_all
from smallmass.exchange.predictions import files, read_predictions, sources

SHAPE = (30, 40)
SPLITS = {"a": "training", "b": "validation", "c c": "test", "d": "test"}
LABELS = {"a": "benign", "b": "malignant", "c c": "malignant", "d": "benign"}


@pytest.fixture
def cases(tmp_path):
    """Four drawn cases; the last has no outline."""
    rng = np.random.default_rng(0)
    rows = []
    for number, name in enumerate(SPLITS):
        grey = rng.integers(0, 256, SHAPE).astype(np.uint8)
        mask = np.zeros(SHAPE, np.uint8)
        mask[5 + number : 15, 8 : 20 + number] = 255
        Image.fromarray(grey).save(tmp_path / f"{name}.png")
        Image.fromarray(mask).save(tmp_path / f"{name}_mask.png")
        outline = np.nan if name == "d" else str(tmp_path / f"{name}_mask.png")
        rows.append({"case_id": name, "image": str(tmp_path / f"{name}.png"), "frame": np.nan,
                     "outline": outline, "label": LABELS[name]})  # fmt: skip
    split = pd.DataFrame({"case_id": list(SPLITS), "split": list(SPLITS.values())})
    return list(read_all(pd.DataFrame(rows), split))


def levels(path) -> np.ndarray:
    with Image.open(path) as file:
        return np.asarray(file)


def test_nnunet_finds_its_layout(cases, tmp_path):
    """As its documentation has it: a channel's number behind the name, a level a class, json."""
    assert nnunet.export(cases, tmp_path / "out") == {"training": 1, "validation": 1, "test": 2}
    out = tmp_path / "out"
    there = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert there == {
        "imagesTr/a_0000.png", "imagesTr/b_0000.png", "labelsTr/a.png", "labelsTr/b.png",
        "imagesTs/c c_0000.png", "imagesTs/d_0000.png", "labelsTs/c c.png", "dataset.json",
        "splits_final.json",
    }  # fmt: skip
    description = json.loads((out / "dataset.json").read_text())
    assert description == {
        "channel_names": {"0": "ultrasound"},
        "labels": {"background": 0, "benign": 1, "malignant": 2},
        "numTraining": 2,
        "file_ending": ".png",
    }
    assert json.loads((out / "splits_final.json").read_text()) == [{"train": ["a"], "val": ["b"]}]
    assert (levels(out / "imagesTr/b_0000.png") == cases[1].grey).all()
    assert (levels(out / "labelsTr/b.png") == cases[1].outline * 2).all()
    assert set(np.unique(levels(out / "labelsTr/a.png"))) == {0, 1}


def test_coco_finds_its_layout(cases, tmp_path):
    coco.export(cases, tmp_path / "out")
    files_of = {
        name: json.loads((tmp_path / f"out/annotations/instances_{name}.json").read_text())
        for name in ("train", "val", "test")
    }
    for content in files_of.values():
        assert {one["id"]: one["name"] for one in content["categories"]} == {
            1: "benign", 2: "malignant",
        }  # fmt: skip
        images = {one["id"] for one in content["images"]}
        assert {one["image_id"] for one in content["annotations"]} <= images
    test = files_of["test"]
    assert [one["case_id"] for one in test["images"]] == ["c c", "d"]
    drawn = test["annotations"][0]
    assert len(test["annotations"]) == 1 and drawn["category_id"] == 2
    mask = cases[2].outline
    y, x = np.nonzero(mask)
    assert drawn["bbox"] == [x.min(), y.min(), x.max() - x.min() + 1, y.max() - y.min() + 1]
    assert drawn["area"] == mask.sum() and drawn["segmentation"]["size"] == list(SHAPE)


def test_image_ids_are_of_the_name_alone_and_fit_into_json():
    ids = [image_id(f"case{i}") for i in range(20_000)]
    assert len(set(ids)) == len(ids) and min(ids) >= 0 and max(ids) < 2**53
    assert image_id("case7") == ids[7]


def shapes() -> dict[str, tuple[int, int]]:
    return dict.fromkeys(SPLITS, SHAPE)


def test_what_was_exported_comes_back_as_a_perfect_prediction(cases, tmp_path):
    """nnU-Net's labels as its predictions, COCO's annotations with a score as results."""
    nnunet.export(cases, tmp_path / "nn")
    coco.export(cases, tmp_path / "coco")
    (tmp_path / "predictions").mkdir()
    (tmp_path / "nn/labelsTs").rename(tmp_path / "predictions/nnunet")
    annotations = json.loads((tmp_path / "coco/annotations/instances_test.json").read_text())
    results = [
        {name: one[name] for name in ("image_id", "category_id", "segmentation")} | {"score": 0.9}
        for one in annotations["annotations"]
    ]
    (tmp_path / "predictions/detectron.json").write_text(json.dumps(results))
    found = sources(tmp_path / "predictions")
    assert [path.name for path in found] == ["detectron.json", "nnunet"]
    assert [path.name for path in files(tmp_path / "predictions")] == ["detectron.json", "c c.png"]
    for source, score in zip(found, (0.95, 1.0), strict=True):
        read = read_predictions(source, shapes())
        assert read["c c"].score == pytest.approx(score)
        assert (read["c c"].outline == cases[2].outline).all()
    assert set(read_predictions(found[1], shapes())) == {"c c"}  # a mask a case that was read
    none = read_predictions(found[0], shapes())["d"]  # no region: read, and nothing found
    assert none.score == 0.0 and none.outline is None


def test_a_score_is_the_malignant_share(tmp_path):
    """Of the lesion's pixels; of probabilities, where nnU-Net wrote them."""
    folder = tmp_path / "masks"
    folder.mkdir()
    mask = np.zeros(SHAPE, np.uint8)
    mask[5:15, 5:15], mask[5:15, 5:8] = 2, 1
    Image.fromarray(mask).save(folder / "a.png")
    assert read_predictions(folder, shapes())["a"].score == pytest.approx(0.7)
    chance = np.zeros((3, 1, *SHAPE), np.float16)
    chance[0], chance[1], chance[2] = 0.25, 0.5, 0.25
    np.savez(folder / "a.npz", probabilities=chance)
    assert read_predictions(folder, shapes())["a"].score == pytest.approx(1 / 3)


def test_a_score_is_that_of_the_surest_region_of_either_label(tmp_path):
    results = [
        {"image_id": "a", "category_id": 2, "score": 0.6},
        {"image_id": "a", "category_id": 2, "score": 0.3},
        {"image_id": image_id("a"), "category_id": 1, "score": 0.2},
    ]
    path = tmp_path / "r.json"
    path.write_text(json.dumps(results))
    read = read_predictions(path, shapes())["a"]
    assert read.score == pytest.approx(0.7) and read.outline is None


def test_a_detector_that_gives_one_region_a_case_keeps_the_order_of_its_scores(tmp_path):
    """A doubtful benign lesion lies beside a doubtful malignant one, not at the other end."""
    regions = [(1, 0.9), (1, 0.4), (2, 0.4), (2, 0.9)]
    results = [
        {"image_id": case, "category_id": category, "score": score}
        for case, (category, score) in zip(SPLITS, regions, strict=False)
    ]
    path = tmp_path / "r.json"
    path.write_text(json.dumps(results))
    read = read_predictions(path, shapes())
    scores = [read[one["image_id"]].score for one in results]
    assert scores == sorted(scores) and len(set(scores)) == len(results) > 2


def test_everything_that_is_wrong_with_masks_is_told_at_once(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    Image.fromarray(np.zeros(SHAPE, np.uint8)).save(folder / "nobody.png")
    Image.fromarray(np.zeros((3, 4), np.uint8)).save(folder / "a.png")
    Image.fromarray(np.full(SHAPE, 255, np.uint8)).save(folder / "b.png")
    Image.fromarray(np.full(SHAPE, 1, np.uint8)).save(folder / "d.png")
    np.savez(folder / "d.npz", softmax=np.zeros(3))
    with pytest.raises(UserError) as raised:
        read_predictions(folder, shapes())
    words = ("levels [255]", "no case 'nobody'", "(3, 4) px", "no 'probabilities'")
    assert len(raised.value.problems) == 4
    assert all(any(word in text for text in raised.value.problems) for word in words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "no JSON"),
        ("[]", "no COCO results file"),
        ('{"images": []}', "no COCO results file"),
        ('[{"image_id": 5, "category_id": 1, "score": 0.5}]', "no case with image_id 5"),
        ('[{"image_id": "a", "category_id": 3, "score": 0.5}]', "category_id is 3"),
        ('[{"image_id": "a", "category_id": 1, "score": 50}]', "no number from 0 to 1"),
        ('[{"image_id": "a", "category_id": 1}]', "lacks one of"),
        ('[{"image_id": "a", "category_id": 1, "score": 0.5, "segmentation": [[1, 2]]}]',
         "no run lengths"),
        ('[{"image_id": "a", "category_id": 1, "score": 0.5, "segmentation": '
         '{"size": [4, 3], "counts": [12]}}]', "(4, 3) px"),
    ],
)  # fmt: skip
def test_a_results_file_that_cannot_be_used_says_why(content, words, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(UserError) as raised:
        read_predictions(path, shapes())
    assert words in raised.value.report()


def test_a_table_of_scores_is_one_of_another_study_too(tmp_path):
    """As ``image_model/scores.csv`` has them: a row a seed, averaged; no outline."""
    path = tmp_path / "swin.csv"
    path.write_text("case_id,seed,fit,image_score\na,0,held_out,0.2\na,1,held_out,0.4\n")
    read = read_predictions(path, shapes())
    assert set(read) == {"a"} and read["a"].score == pytest.approx(0.3)
    assert read["a"].outline is None
    path.write_text("case_id,score\na,1.5\nnobody,0.5\nb,\n")
    with pytest.raises(UserError) as raised:
        read_predictions(path, shapes())
    assert len(raised.value.problems) == 3
    path.write_text("case_id,chance\na,0.5\n")
    with pytest.raises(UserError, match="lacks case_id"):
        read_predictions(path, shapes())


def test_a_folder_without_predictions_says_what_is_expected(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match="predictions: "):
            sources(folder)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.csv").touch()
    with pytest.raises(UserError, match="several of the name empty"):
        sources(tmp_path)
    with pytest.raises(UserError, match="holds no mask"):
        read_predictions(tmp_path / "empty", shapes())
