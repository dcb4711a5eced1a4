"""Masks of more than black and white, lines, slips of the pen, turned images: never in silence."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from scipy import ndimage

from smallmass.cohort import outline_shapes
from smallmass.cohort.inspection import inspect
from smallmass.cohort.mask_levels import lesion
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.outlines import dice
from smallmass.cohort.problems import ImageProblem


def disc(y, x, radius, shape=(120, 160)):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


ONE, TWO = disc(50, 50, 20), disc(60, 120, 12)
RIM = ndimage.binary_dilation(ONE, iterations=2) & ~ONE


@pytest.mark.parametrize(
    "levels",
    [
        ONE * 1 + TWO * 2,  # labels, or instances
        ONE * 1 + TWO * 2 + disc(100, 20, 8) * 3,
        ONE * 128 + TWO * 255,
        ONE * 1 + RIM * 2,  # a lesion and its rim, which is brighter
        ONE * 200 + TWO * 90,
        np.where(ONE, 1, 2),  # no black at all
        ONE * 1.0 + TWO * 2.0,
    ],
)
def test_masks_of_several_levels_are_refused_with_levels_and_areas(levels):
    with pytest.raises(ImageProblem, match=r"\(\d+ px\), ") as raised:
        lesion(np.asarray(levels), "m.png")
    assert raised.value.code == "O019"


@pytest.mark.parametrize("high", [1, 2, 77, 255, 4095])
def test_any_single_level_is_the_lesion(high):
    assert (lesion((ONE * high).astype(np.int32), "") == ONE).all()


@pytest.mark.parametrize("quality", [20, 50, 75, 95])
def test_jpeg_and_soft_edges_are_no_levels(quality):
    image = Image.fromarray(ONE.astype(np.uint8) * 255)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality)
    assert dice(lesion(np.asarray(Image.open(written)), ""), ONE) > 0.97
    soft = image.filter(ImageFilter.GaussianBlur(3))
    assert dice(lesion(np.asarray(soft), ""), ONE) > 0.97
    small = image.resize((83, 61), Image.Resampling.BILINEAR)
    assert lesion(np.asarray(small), "").any()


def test_a_level_can_be_named(tmp_path):
    Image.fromarray((ONE * 1 + TWO * 2).astype(np.uint8)).save(tmp_path / "m.png")
    assert (read_outline(tmp_path, "m.png#level=1") == ONE).all()
    assert (read_outline(tmp_path, "m.png#level=2") == TWO).all()
    with pytest.raises(ImageProblem, match="no pixel of level 3"):
        read_outline(tmp_path, "m.png#level=3")


@pytest.mark.parametrize("width", [1, 2, 3])
def test_closed_lines_are_filled(tmp_path, width):
    line = ONE & ~ndimage.binary_erosion(ONE, iterations=width)
    Image.fromarray(line.astype(np.uint8) * 255).save(tmp_path / "m.png")
    assert (read_outline(tmp_path, "m.png") == ONE).all()


OPEN = (ONE & ~ndimage.binary_erosion(ONE, iterations=2)) & ~disc(50, 70, 6)
DASHED = OPEN & (np.add.outer(np.arange(120), np.arange(160)) % 9 < 6)
THICK = ONE & ~disc(50, 50, 8)


@pytest.mark.parametrize(
    ("mask", "code"),
    [
        (OPEN, "O021"),
        (DASHED, "O021"),
        (THICK, "O021"),
        (disc(50, 50, 1), "O023"),
        (disc(300, 300, 15, (900, 1200)), "O022"),
        (~disc(0, 0, 20), "O024"),
        (disc(60, 80, 68), "O025"),
        (ONE, None),
        (TWO | disc(60, 120, 13), None),
    ],
)
def test_what_is_no_filled_lesion_is_told(mask, code):
    found = outline_shapes.problem(outline_shapes.filled(mask)[0])
    assert (found[0] if found else None) == code


def test_the_specks_of_a_pen_leave_a_lesion_alone():
    pierced = ONE & ~disc(50, 50, 1)
    assert outline_shapes.problem(pierced) is None
    assert not outline_shapes.filled(pierced)[1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_that_is_turned_on_reading_needs_an_outline_that_was_too(tmp_path, orientation):
    grey = np.random.default_rng(0).integers(60, 180, ONE.shape, dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(grey).save(tmp_path / "a.jpg", exif=exif, quality=95)
    Image.fromarray(ONE.astype(np.uint8)).save(tmp_path / "m.png")
    case = {"case_id": "a", "image": "a.jpg", "frame": None, "outline": "m.png"}
    case |= {"diameter_cm": None, "pixel_cm": None}
    codes = {finding.code for finding in inspect(case, tmp_path).findings}
    assert codes == {1: set()}.get(orientation, {"O026"} if orientation < 5 else {"O004"})


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    share=st.floats(0.05, 1),
    seed=st.integers(0, 999),
)
def test_a_square_within_says_that_an_outline_is_thick_enough(height, width, share, seed):
    """The same verdict as by all distances, whatever the shape."""
    rng = np.random.default_rng(seed)
    mask = np.pad(rng.random((height, width)) < share, 1)
    whole = 2 * ndimage.distance_transform_edt(mask).max()
    for enough in (0.5, 2.0, 3.7, 10.0):
        assert (outline_shapes._thickness(mask, enough) < enough) == (whole < enough)
