"""Regions, scale and crop: what is cut out of a frame, and that outlines move with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dicom_files import dataset, region
from smallmass.cohort.dicom.regions import (
    Crop,
    aspect,
    frame_spacing_cm,
    make_crop,
    tissue_regions,
)

FRAME = np.zeros((60, 80), dtype=np.uint8)


def header(*regions, **tags):
    return dataset(FRAME, SequenceOfUltrasoundRegions=list(regions), **tags)


def test_bounds_are_pixels_of_the_region():
    """The region of a real machine, whose 84..595 and 31..414 are 512 x 384 px."""
    found, misfit = tissue_regions(header(region(31, 84, 414, 595), Rows=480, Columns=640))
    assert not misfit and [r.box for r in found] == [(31, 84, 415, 596)]


def test_only_two_dimensional_tissue_counts_the_largest_first():
    items = [
        region(0, 0, 9, 9),
        region(10, 10, 49, 49, (0.01, 0.02)),
        region(10, 10, 49, 49),
        region(0, 0, 59, 79, space=3),
        region(0, 0, 59, 79, data=2),
    ]
    found, misfit = tissue_regions(header(*items))
    assert not misfit
    assert [(r.box, r.pixel_cm) for r in found] == [
        ((10, 10, 50, 50), (0.01, 0.02)),
        ((0, 0, 10, 10), (0.005, 0.005)),
    ]


@pytest.mark.parametrize(
    ("item", "box"),
    [
        (region(0, 0, 60, 80), (0, 0, 60, 80)),  # the pixel behind the last, as some machines write
        (region(0, 0, 61, 80), None),
        (region(20, 20, 20, 60), None),
        (region(40, 40, 20, 20), None),
    ],
)
def test_a_region_that_does_not_fit_the_frame_is_not_believed(item, box):
    found, misfit = tissue_regions(header(item))
    assert [r.box for r in found] == ([box] if box else []) and misfit is (box is None)


def test_scale():
    """Centimetres alone, whatever the direction of the axis; PixelSpacing is in millimetres."""
    items = [region(0, 0, 9, 9, (-0.004, 0.005)), region(0, 0, 19, 19, units=4)]
    items += [region(0, 0, 29, 29, (0.0, 0.005))]
    found, _ = tissue_regions(header(*items))
    assert [r.pixel_cm for r in found] == [None, None, (0.004, 0.005)]
    assert frame_spacing_cm(header(PixelSpacing=[0.08, 0.05])) == pytest.approx((0.008, 0.005))
    assert frame_spacing_cm(header(PixelSpacing=[0, 0.05])) is None
    assert frame_spacing_cm(header()) is None
    assert aspect(header(PixelAspectRatio=[3, 2])) == 1.5 and aspect(header()) == 1.0


def test_square_pixels_stay_as_they_are_and_others_are_stretched():
    box = (10, 20, 50, 80)
    assert make_crop(box, (0.01, 0.01)) == Crop(box, (40, 60), 0.01)
    assert make_crop(box, (0.01, 0.01005)).shape == (40, 60)
    assert make_crop(box, (0.02, 0.01)) == Crop(box, (80, 60), 0.01)
    assert make_crop(box, (0.01, 0.02)) == Crop(box, (40, 120), 0.01)
    assert make_crop(box, None, 1.5) == Crop(box, (60, 60), None)
    with pytest.raises(ValueError, match="5 times its width"):
        make_crop(box, (0.05, 0.01))


def test_a_circle_of_tissue_is_a_circle_in_the_stretched_image():
    """1 cm across, in pixels of 0.02 x 0.01 cm: 100 px in both directions afterwards."""
    y, x = np.mgrid[0:100, 0:200]
    outline = ((y + 0.5 - 50) * 0.02) ** 2 + ((x + 0.5 - 100) * 0.01) ** 2 <= 0.25
    crop = make_crop((0, 0, 100, 200), (0.02, 0.01))
    circle = crop.of_outline(outline)
    assert circle.any(axis=1).sum() == circle.any(axis=0).sum() == 100
    picture = crop.of_image(outline.astype(np.uint8) * 255) > 127
    assert (picture != circle).mean() < 0.005


@st.composite
def crops(draw):
    """A frame, an outline on it, a box in it, and masks that may stick out."""
    height, width = draw(st.integers(4, 40)), draw(st.integers(4, 40))
    y1, x1 = draw(st.integers(0, height - 2)), draw(st.integers(0, width - 2))
    box = (y1, x1, draw(st.integers(y1 + 1, height)), draw(st.integers(x1 + 1, width)))
    corner = st.integers(0, 50)
    masks = draw(st.lists(st.tuples(corner, corner, corner, corner), max_size=3))
    frame = draw(arrays(np.uint8, (height, width)))
    return frame, draw(arrays(bool, (height, width))), box, masks


@settings(max_examples=150, deadline=None)
@given(crops())
def test_image_and_outline_are_cut_alike_and_masks_are_black(drawn):
    frame, outline, box, masks = drawn
    untouched = frame.copy()
    crop = make_crop(box, None, 1.0, masks)
    image, cut = crop.of_image(frame), crop.of_outline(outline)
    assert np.array_equal(frame, untouched)
    assert image.shape == cut.shape == crop.shape == (box[2] - box[0], box[3] - box[1])
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            place = y + box[0], x + box[1]
            assert cut[y, x] == outline[place]
            black = any(a <= place[0] < c and b <= place[1] < d for a, b, c, d in masks)
            assert image[y, x] == (0 if black else frame[place])
    whole = np.zeros_like(outline)
    whole[box[0] : box[2], box[1] : box[3]] = cut
    assert np.array_equal(whole, outline & _inside(outline.shape, box))


@settings(max_examples=50, deadline=None)
@given(st.floats(0.26, 3.9), st.integers(20, 60), st.integers(20, 60))
def test_the_stretched_image_measures_the_same_in_cm(ratio, height, width):
    pixel = (0.005 * ratio, 0.005)
    crop = make_crop((0, 0, height, width), pixel)
    for side, before, size in zip(crop.shape, (height, width), pixel, strict=True):
        assert side * crop.pixel_cm == pytest.approx(before * size, rel=0.03)


def _inside(shape, box):
    inside = np.zeros(shape, dtype=bool)
    inside[box[0] : box[2], box[1] : box[3]] = True
    return inside
