"""Predictions of other tools that are damaged or ambiguous: told as such, never a traceback."""

import json

import numpy as np
import pytest
from PIL import Image

from smallmass.cohort.run_lengths import encode_rle
from smallmass.errors import UserError
from smallmass.exchange.predictions import read_predictions, sources

SHAPE = (8, 10)
SHAPES = {"a": SHAPE, "b": SHAPE}
LESION = np.zeros(SHAPE, bool)
LESION[2:5, 3:7] = True


def problems(source) -> list[str]:
    """What is said of predictions that cannot be used."""
    with pytest.raises(UserError) as raised:
        read_predictions(source, SHAPES)
    return raised.value.problems


@pytest.fixture
def masks(tmp_path):
    """A model's folder with one mask."""
    folder = tmp_path / "model"
    folder.mkdir()
    Image.fromarray((2 * LESION).astype(np.uint8)).save(folder / "a.png")
    return folder


def cut(path):
    """An archive of which the second half is missing."""
    np.savez(path, probabilities=np.ones((3, 1, *SHAPE)))
    path.write_bytes(path.read_bytes()[:500])


def changed(path):
    """An archive with a byte that does not fit its checksum."""
    np.savez(path, probabilities=np.ones((3, 1, *SHAPE)))
    content = bytearray(path.read_bytes())
    content[300] ^= 255
    path.write_bytes(bytes(content))


def single(path):
    """An array that is no archive, under its ending."""
    with open(path, "wb") as file:
        np.save(file, np.ones((3, *SHAPE)))


@pytest.mark.parametrize(
    "write", [lambda path: path.touch(), lambda path: path.write_text("no"), cut, changed, single]
)
def test_a_damaged_file_of_probabilities_is_named(write, masks):
    write(masks / "a.npz")
    assert "a.npz is no archive of NumPy" in " ".join(problems(masks))


@pytest.mark.parametrize("value", [np.nan, -1.0, 30.0, "x"])
def test_numbers_that_are_no_probabilities_are_refused(value, masks):
    """Logits, too: a share of them would lie anywhere."""
    np.savez(masks / "a.npz", probabilities=np.full((3, 1, *SHAPE), value))
    assert "other numbers than probabilities" in " ".join(problems(masks))


def test_probabilities_of_half_precision_may_add_up_to_a_little_more_than_one(masks):
    np.savez(masks / "a.npz", probabilities=np.full((3, 1, *SHAPE), 1.001, np.float16))
    assert read_predictions(masks, SHAPES)["a"].score == pytest.approx(0.5)


def test_of_two_masks_of_a_case_none_is_taken_in_silence(masks):
    Image.fromarray(LESION.astype(np.uint8)).save(masks / "a.tif")
    assert "the case 'a' has another mask beside it" in " ".join(problems(masks))


def test_masks_without_a_subfolder_are_told_where_they_belong(masks):
    (masks / "dataset.json").write_text("{}")  # nnU-Net writes one beside its masks
    with pytest.raises(UserError, match="holds masks itself; give each model a subfolder"):
        sources(masks)


def test_versions_of_a_model_are_several_models(tmp_path):
    for name in ("unet.v1", "unet.v2"):
        (tmp_path / name).mkdir()
    assert [path.name for path in sources(tmp_path)] == ["unet.v1", "unet.v2"]


@pytest.mark.parametrize("of_region, words", [
    ({"image_id": ["a"]}, "no case with image_id ['a']"),
    ({"category_id": True}, "category_id is True"),
    ({"segmentation": {"counts": "x"}}, "(size and counts)"),
    ({"segmentation": {"size": 80, "counts": [80]}}, "a mask is 80 px"),
    ({"segmentation": {"size": [8, 10], "counts": None}}, "neither a text nor whole numbers"),
    ({"segmentation": {"size": [8, 10], "counts": [0.5, 79.5]}}, "nor whole numbers"),
])  # fmt: skip
def test_a_region_that_cannot_be_read_says_why(of_region, words, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(json.dumps([{"image_id": "a", "category_id": 1, "score": 0.5} | of_region]))
    assert words in " ".join(problems(path))


def test_regions_that_are_not_the_surest_are_looked_at_too(tmp_path):
    fits = json.loads(encode_rle(LESION))
    other = json.loads(encode_rle(LESION.T))
    regions = [
        {"image_id": "a", "category_id": 2, "score": score, "segmentation": outline}
        for score, outline in ((0.9, fits), (0.2, other))
    ]
    path = tmp_path / "r.json"
    path.write_text(json.dumps(regions))
    assert "(10, 8) px" in " ".join(problems(path))


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "r.json"
    content = json.dumps([{"image_id": "a", "category_id": 2, "score": 0.5}])
    path.write_text(content, encoding="utf-8-sig")
    assert read_predictions(path, SHAPES)["a"].score == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("r.json", "[" * 100_000, "no JSON that can be read"),
        ("r.json", "", "no JSON that can be read"),
        ("t.csv", "case_id,score\n", "has no row"),
        ("t.csv", "case_id,score\na,\n", "score is missing, no number from 0 to 1"),
        ("t.csv", "case_id,score\na,0.5,1,2\n", "more cells than its first line names"),
        ("t.csv", "case_id;score\na;0.5\n", "it has case_id;score"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(name, content, words, tmp_path):
    path = tmp_path / name
    path.write_text(content)
    assert words in " ".join(problems(path))


def test_blanks_behind_commas_do_no_harm(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("case_id, score\na, 0.5\n")
    assert read_predictions(path, SHAPES)["a"].score == 0.5
