"""Resized images, masks and transforms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from smallmass.cohort.images import pixel_sha256, read_grey, read_outline
from smallmass.cohort.prepare import fit, prepare, resize_image, resize_mask
from smallmass.errors import UserError

sides = st.integers(1, 300)
squares = st.integers(16, 128)


@given(sides, sides, squares, st.sampled_from(["pad", "stretch"]))
def test_the_image_lies_centred_inside_its_square(height, width, size, resize):
    transform = fit(height, width, size, resize)
    bottom = transform.top + height * transform.scale_y
    right = transform.left + width * transform.scale_x
    assert transform.top >= 0 and transform.left >= 0
    assert transform.top - (size - bottom) == pytest.approx(0, abs=1.001)
    assert transform.left - (size - right) == pytest.approx(0, abs=1.001)
    if resize == "stretch":
        assert (transform.top, transform.left) == (0, 0)
    assert max(bottom, right) == pytest.approx(size)


@given(sides, sides, squares)
def test_padding_keeps_the_aspect_ratio_to_a_pixel(height, width, size):
    transform = fit(height, width, size, "pad")
    scale = size / max(height, width)
    assert height * transform.scale_y == pytest.approx(max(1, height * scale), abs=0.501)
    assert width * transform.scale_x == pytest.approx(max(1, width * scale), abs=0.501)


def test_padding_is_zero_and_a_constant_image_stays_constant():
    transform = fit(60, 120, 40, "pad")
    resized = resize_image(np.full((60, 120), 99, np.uint8), transform)
    assert resized.shape == (40, 40)
    assert (resized[10:30] == 99).all()
    assert not resized[:10].any() and not resized[30:].any()


def test_shrinking_averages_and_does_not_skip_pixels():
    stripes = np.tile(np.array([0, 200], np.uint8), (64, 32))
    resized = resize_image(stripes, fit(64, 64, 16))
    assert np.abs(resized[2:-2, 2:-2].astype(int) - 100).max() <= 2


def test_a_mask_keeps_pixels_that_are_at_least_half_covered():
    rng = np.random.default_rng(1)
    mask = rng.random((80, 80)) < 0.5
    share = mask.reshape(20, 4, 20, 4).mean(axis=(1, 3))
    assert (resize_mask(mask, fit(80, 80, 20)) == (share >= 0.5)).all()


@given(sides, sides, st.data(), st.sampled_from(["pad", "stretch"]))
@settings(deadline=None)
def test_a_lesion_of_one_pixel_never_vanishes(height, width, data, resize):
    mask = np.zeros((height, width), dtype=bool)
    y = data.draw(st.integers(0, height - 1))
    x = data.draw(st.integers(0, width - 1))
    mask[y, x] = True
    transform = fit(height, width, 32, resize)
    resized = resize_mask(mask, transform)
    assert resized.any()
    # It lies where the transform says.
    centre = np.argwhere(resized).mean(axis=0) + 0.5
    assert centre[0] == pytest.approx((y + 0.5) * transform.scale_y + transform.top, abs=1)
    assert centre[1] == pytest.approx((x + 0.5) * transform.scale_x + transform.left, abs=1)


def test_an_empty_mask_stays_empty():
    assert not resize_mask(np.zeros((9, 9), dtype=bool), fit(9, 9, 4)).any()


def cohort(root, n=6):
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        grey = rng.integers(0, 256, (40 + i, 60), dtype=np.uint8)
        outline = np.zeros(grey.shape, np.uint8)
        outline[10:30, 20 : 40 + i] = 255
        Image.fromarray(grey).save(root / f"{i}.png")
        Image.fromarray(outline).save(root / f"{i}_outline.png")
        rows.append((f"c{i}", f"{i}.png", None, f"{i}_outline.png", pixel_sha256(grey)))
    names = ["case_id", "image", "frame", "outline", "pixel_sha256"]
    return pd.DataFrame(rows, columns=names)


def test_prepare_writes_images_masks_and_transforms_for_any_number_of_workers(tmp_path):
    cases = cohort(tmp_path)
    cases.loc[5, "outline"] = None
    made = {}
    for workers in (1, 3):
        out = tmp_path / f"out{workers}"
        images, masks = out / "images", out / "masks"
        transforms = prepare(
            cases, tmp_path, images, masks, size_px=32, resize="pad", workers=workers
        )
        made[workers] = {path.name: path.read_bytes() for path in sorted(images.iterdir())}
        assert transforms["case_id"].tolist() == cases["case_id"].tolist()
        assert sorted(path.stem for path in masks.iterdir()) == ["c0", "c1", "c2", "c3", "c4"]
    assert made[1] == made[3]
    row = transforms.iloc[2]
    assert (row.height, row.width, row.size_px) == (42, 60, 32)
    assert read_grey(images / "c2.png").shape == (32, 32)
    rows, columns = np.nonzero(read_outline(masks / "c2.png"))
    assert rows.min() == pytest.approx(10 * row.scale_y + row.top, abs=0.6)
    assert rows.max() + 1 == pytest.approx(30 * row.scale_y + row.top, abs=0.6)
    assert columns.min() == pytest.approx(20 * row.scale_x + row.left, abs=0.6)
    assert columns.max() + 1 == pytest.approx(42 * row.scale_x + row.left, abs=0.6)


def test_files_that_changed_since_the_check_are_all_named(tmp_path):
    cases = cohort(tmp_path)
    (tmp_path / "1.png").unlink()
    Image.fromarray(np.zeros((43, 60), np.uint8)).save(tmp_path / "3.png")
    Image.fromarray(np.zeros((44, 60), np.uint8)).save(tmp_path / "4_outline.png")
    with pytest.raises(UserError) as raised:
        prepare(cases, tmp_path, tmp_path / "i", tmp_path / "m", size_px=32, resize="pad")
    assert [problem.split(":")[0] for problem in raised.value.problems] == [
        "case c1",
        "case c3",
        "case c4",
    ]
