"""Outlines out of COCO and VIA files: against COCO's own library, geometry, and round trips."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coco_oracle import ORACLE, of_rows
from smallmass.cohort.annotation_files import load
from smallmass.cohort.annotations import annotation_mask, polygon_mask
from smallmass.cohort.images import ImageProblem
from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.references import join_reference

SQUARE = {"all_points_x": [2, 8, 8, 2], "all_points_y": [1, 1, 6, 6], "name": "polygon"}


def write_coco(path, annotations, images=((1, "a.png", 10, 12),), categories=()):
    content = {
        "images": [
            dict(zip(("id", "file_name", "height", "width"), image, strict=False))
            for image in images
        ],
        "annotations": annotations,
        "categories": list(categories),
    }
    path.write_text(json.dumps(content))
    return path


def write_via(path, *shapes, version=2):
    regions = [{"shape_attributes": shape, "region_attributes": {}} for shape in shapes]
    if version == 1:
        regions = {str(number): region for number, region in enumerate(regions)}
    images = {"a.png5": {"filename": "a.png", "size": 5, "regions": regions, "file_attributes": {}}}
    content = images if version == 1 else {"_via_settings": {}, "_via_img_metadata": images}
    path.write_text(json.dumps(content))
    return path


def via_mask(path, shape=(10, 12), region="0"):
    return annotation_mask(path, {"file": "a.png", "region": region}, shape)


# --- COCO ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ORACLE["encoded"], ids=range(len(ORACLE["encoded"])))
def test_compressed_run_lengths_are_read_as_coco_wrote_them(tmp_path, case):
    mask = of_rows(case["rows"])
    segmentation = {"size": case["size"], "counts": case["counts"]}
    path = write_coco(tmp_path / "c.json", [annotation(segmentation)], [(1, "a.png", *mask.shape)])
    assert (annotation_mask(path, {"annotation": "7"}, mask.shape) == mask).all()


def annotation(segmentation, number=7, image=1, **further):
    return {"id": number, "image_id": image, "segmentation": segmentation, **further}


@pytest.mark.parametrize("case", ORACLE["drawn"], ids=range(len(ORACLE["drawn"])))
def test_polygons_are_those_of_coco_but_for_pixels_that_the_line_halves(tmp_path, case):
    theirs = of_rows(case["rows"])
    path = write_coco(
        tmp_path / "c.json", [annotation([case["polygon"]])], [(1, "a.png", *theirs.shape)]
    )
    ours = annotation_mask(path, {"annotation": "7"}, theirs.shape)
    differing = np.argwhere(ours ^ theirs)
    assert len(differing) <= 0.06 * theirs.sum()
    corners = np.array(case["polygon"]).reshape(-1, 2)
    for y, x in differing:
        assert distance_to_line(np.array([x + 0.5, y + 0.5]), corners) < 0.5


def distance_to_line(point, corners):
    ends = np.roll(corners, -1, axis=0)
    along = ends - corners
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((point - corners) * along).sum(axis=1) / length, 0, 1)
    return np.sqrt(((point - corners - share[:, None] * along) ** 2).sum(axis=1)).min()


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_uncompressed_run_lengths_round_trip(tmp_path_factory, mask):
    runs, current = [0], False
    for pixel in mask.T.ravel():  # column by column, background first
        if pixel != current:
            runs.append(0)
            current = pixel
        runs[-1] += 1
    path = tmp_path_factory.mktemp("coco") / "c.json"
    segmentation = {"size": list(mask.shape), "counts": runs}
    write_coco(path, [annotation(segmentation)], [(1, "a.png", *mask.shape)])
    assert (annotation_mask(path, {"annotation": "7"}, mask.shape) == mask).all()


def test_a_lesion_of_several_polygons_and_of_several_annotations(tmp_path):
    left, right = [0, 0, 2, 0, 2, 4, 0, 4], [6, 0, 9, 0, 9, 2, 6, 2]
    path = write_coco(
        tmp_path / "c.json", [annotation([left, right], 1), annotation([left], 2, case_id="c")]
    )
    joined = np.zeros((10, 12), dtype=bool)
    joined[:4, :2] = joined[:2, 6:9] = True
    assert (annotation_mask(path, {"annotation": "1"}, (10, 12)) == joined).all()
    write_coco(path, [annotation([left], 1), annotation([right], 2)])
    assert (annotation_mask(path, {"annotation": "1,2"}, (10, 12)) == joined).all()


# --- VIA ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_a_polygon_of_either_version(tmp_path, version):
    mask = via_mask(write_via(tmp_path / "v.json", SQUARE, version=version))
    expected = np.zeros((10, 12), dtype=bool)
    expected[1:6, 2:8] = True
    assert (mask == expected).all()


def test_rectangle_and_polyline_are_the_same_as_their_polygon(tmp_path):
    rectangle = {"name": "rect", "x": 2, "y": 1, "width": 6, "height": 5}
    path = write_via(tmp_path / "v.json", SQUARE, rectangle, SQUARE | {"name": "polyline"})
    polygon = via_mask(path)
    assert (via_mask(path, region="1") == polygon).all()
    assert (via_mask(path, region="2") == polygon).all()


def test_circle_and_ellipse_have_their_area_and_direction(tmp_path):
    circle = {"name": "circle", "cx": 60, "cy": 50, "r": 30}
    ellipse = {"name": "ellipse", "cx": 60, "cy": 50, "rx": 40, "ry": 10}
    turned = ellipse | {"theta": np.pi / 2}
    slanted = ellipse | {"theta": np.pi / 4}
    path = write_via(tmp_path / "v.json", circle, ellipse, turned, slanted)
    masks = [via_mask(path, (100, 120), str(number)) for number in range(4)]
    assert masks[0].sum() == pytest.approx(np.pi * 30**2, rel=0.005)
    for mask in masks[1:]:
        assert mask.sum() == pytest.approx(np.pi * 400, rel=0.01)
    y, x = (axis - (50, 60)[n] + 0.5 for n, axis in enumerate(np.nonzero(masks[1])))
    assert np.ptp(x) > 3 * np.ptp(y)
    y, x = (axis - (50, 60)[n] + 0.5 for n, axis in enumerate(np.nonzero(masks[2])))
    assert np.ptp(y) > 3 * np.ptp(x)
    # VIA turns clockwise on the screen: from the x axis towards y, which points down.
    y, x = (axis - (50, 60)[n] + 0.5 for n, axis in enumerate(np.nonzero(masks[3])))
    assert np.corrcoef(x, y)[0, 1] > 0.8


def test_regions_named_together_are_one_lesion(tmp_path):
    other = {"name": "rect", "x": 9, "y": 7, "width": 2, "height": 2}
    path = write_via(tmp_path / "v.json", SQUARE, other)
    assert (via_mask(path, region="0,1") == (via_mask(path) | via_mask(path, region="1"))).all()


def test_through_a_reference_with_any_name(tmp_path):
    content = {"k": {"filename": "a & b#1=ü.png", "size": 1, "regions": [region(SQUARE)]}}
    (tmp_path / "v.json").write_text(json.dumps(content), encoding="utf-8")
    reference = join_reference("v.json", file="a & b#1=ü.png", region="0")
    assert read_outline(tmp_path, reference, (10, 12)).sum() == 30
    # Without the image, the outline still has its size: the image's own problem is told elsewhere.
    assert read_outline(tmp_path, reference, None).sum() == 30


def region(shape, **attributes):
    return {"shape_attributes": shape, "region_attributes": attributes}


def test_files_of_the_same_name_are_told_apart_by_vias_own_key(tmp_path):
    other = {"name": "rect", "x": 0, "y": 0, "width": 1, "height": 1}
    content = {
        "a.png5": {"filename": "a.png", "size": 5, "regions": [region(SQUARE)]},
        "a.png6": {"filename": "a.png", "size": 6, "regions": [region(other)]},
    }
    (tmp_path / "v.json").write_text(json.dumps(content))
    images = load(tmp_path / "v.json").images
    assert [image.key for image in images] == ["a.png5", "a.png6"]
    assert [image.file_bytes for image in images] == [5, 6]
    mask = annotation_mask(tmp_path / "v.json", {"file": "a.png6", "region": "0"}, (10, 12))
    assert mask.sum() == 1


def test_attributes_are_words_and_ticked_boxes(tmp_path):
    boxes = {"benign": True, "malignant": False}
    content = {"k": {"filename": "a.png", "regions": [region(SQUARE, side="left", type=boxes)]}}
    (tmp_path / "v.json").write_text(json.dumps(content))
    assert load(tmp_path / "v.json").images[0].regions[0].words == ("left", "benign")


# --- geometry -----------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-2, 22), st.floats(-2, 16)), min_size=3, max_size=9),
)
def test_a_pixel_belongs_to_a_polygon_if_its_centre_lies_inside(corners):
    """The rule, a pixel at a time: a ray to the right crosses the line an odd number of times."""
    corners = np.array(corners)
    shape = (14, 20)
    ours = polygon_mask(corners, shape)
    for y, x in np.ndindex(shape):
        point = np.array([x + 0.5, y + 0.5])
        if distance_to_line(point, corners) < 1e-6:
            continue  # on the line itself, either is right
        assert ours[y, x] == is_inside(point, corners), (y, x)


def is_inside(point, corners):
    inside = False
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (y1 > point[1]) != (y2 > point[1]):
            inside ^= x1 + (point[1] - y1) * (x2 - x1) / (y2 - y1) > point[0]
    return inside


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (SQUARE | {"all_points_x": [2, 14, 14, 2]}, "outside the image: x from 2 to 14"),
        (SQUARE | {"all_points_y": [-5, -5, 6, 6]}, "outside the image"),
        ({"name": "circle", "cx": 40, "cy": 5, "r": 3}, "outside the image: its centre"),
        ({"name": "circle", "cx": 4, "cy": 5, "r": 0}, "has no size"),
        ({"name": "point", "cx": 4, "cy": 5}, "is a point, which is no outline"),
        ({"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1, 2]}, "fewer than three"),
        (SQUARE | {"all_points_x": [1, 2, 3]}, "another number of x than of y"),
        (SQUARE | {"all_points_x": [1, "b", 3, 4]}, "cannot be understood"),
        (SQUARE | {"all_points_x": [1, float("nan"), 3, 4]}, "not a number"),
    ],
)
def test_a_via_region_that_is_no_outline_in_the_image(tmp_path, shape, words):
    path = write_via(tmp_path / "v.json", shape)
    with pytest.raises(ImageProblem, match=words) as raised:
        via_mask(path)
    assert "region 0 of a.png" in str(raised.value)


def test_a_line_on_the_border_is_inside(tmp_path):
    path = write_via(tmp_path / "v.json", SQUARE | {"all_points_x": [-0.5, 12.5, 12.5, -0.5]})
    assert via_mask(path)[1:6].all()


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        ([], "box or a point"),
        ([[1, 1, 5]], "odd number"),
        ({"size": [10, 12], "counts": [5, 5]}, "add up to 10, not to 12 x 10"),
        ({"size": [10, 12], "counts": "5"}, "add up to"),
        ({"size": [10, 12], "counts": "ü!"}, "damaged"),
        ({"size": [5, 24], "counts": [60, 60]}, "is 24 x 5 px, the image has 12 x 10"),
        ({"size": [10, 12], "counts": [2**70]}, "cannot be understood"),
        ({"counts": [60, 60]}, "cannot be understood"),
    ],
)
def test_a_coco_annotation_that_is_no_outline(tmp_path, segmentation, words):
    path = write_coco(tmp_path / "c.json", [annotation(segmentation)])
    with pytest.raises(ImageProblem, match=words):
        annotation_mask(path, {"annotation": "7"}, (10, 12))


def test_an_outline_of_an_image_of_another_size(tmp_path):
    path = write_coco(tmp_path / "c.json", [annotation([[1, 1, 5, 1, 5, 5]])])
    with pytest.raises(
        ImageProblem, match="drawn on an image of 12 x 10 px, the image has 24 x 20"
    ):
        annotation_mask(path, {"annotation": "7"}, (20, 24))


@pytest.mark.parametrize(
    ("selectors", "words"),
    [
        ({"annotation": "8"}, "no annotation 8"),
        ({"file": "a.png", "region": "0"}, "must say annotation, and says file and region"),
        ({}, "says nothing"),
    ],
)
def test_a_reference_that_leads_nowhere(tmp_path, selectors, words):
    path = write_coco(tmp_path / "c.json", [annotation([[1, 1, 5, 1, 5, 5]])])
    with pytest.raises(ImageProblem, match=words):
        annotation_mask(path, selectors, (10, 12))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG", "no text in UTF-8"),
        (b"{", "is no JSON"),
        (b"[]", "neither COCO"),
        (b"{}", "neither COCO"),
        (b'{"shapes": []}', "neither COCO"),
        (b'{"images": [{"id": 1}], "annotations": []}', "is damaged .KeyError"),
        (b'{"images": [], "annotations": [{"id": 1, "image_id": 3}]}', "does not list"),
        (
            b'{"images": [{"id": 1, "file_name": "a"}],'
            b' "annotations": [{"id": 1, "image_id": 1}, {"id": 1, "image_id": 1}]}',
            "two annotations with the id 1",
        ),
    ],
)
def test_a_file_that_holds_no_annotations(tmp_path, content, words):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(ImageProblem, match=words):
        load(tmp_path / "x.json")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ImageProblem, match="cannot be read"):
        load(tmp_path / "x.json")


def test_an_edited_file_is_read_again(tmp_path):
    path = write_via(tmp_path / "v.json", SQUARE)
    assert via_mask(path).sum() == 30
    write_via(path, {"name": "rect", "x": 0, "y": 0, "width": 12, "height": 10})
    assert via_mask(path).all()
