"""References to outlines: which pixels of which file they mean."""

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from smallmass.cohort.images import ImageProblem
from smallmass.cohort.outline_files import case_outline, part_areas, read_outline
from smallmass.cohort.references import join_reference, split_reference

SHAPE = (60, 80)
GREEN = (slice(10, 30), slice(8, 40))
RED = (slice(35, 55), slice(30, 70))


def region(where, shape=SHAPE):
    mask = np.zeros(shape, dtype=bool)
    mask[where] = True
    return mask


def colours(green=255, red=255):
    """A mask with a green and a red region, RGB."""
    levels = np.zeros((*SHAPE, 3), dtype=np.uint8)
    levels[GREEN] = 0, green, 0
    levels[RED] = red, 0, 0
    return levels


def save(path, levels, **options):
    Image.fromarray(levels).save(path, **options)
    return path.name


@pytest.mark.parametrize(
    ("reference", "path", "selectors"),
    [
        ("a/b.png", "a/b.png", {}),
        ("a.png#colour=red&fit=image", "a.png", {"colour": "red", "fit": "image"}),
        ("case #2.png", "case #2.png", {}),
        ("case #2.png#colour=red", "case #2.png", {"colour": "red"}),
        ("50%25.png", "50%25.png", {}),
    ],
)
def test_references_are_taken_apart(reference, path, selectors):
    assert split_reference(reference) == (path, selectors)


@given(
    path=st.text(st.characters(exclude_characters="#", exclude_categories=["Cs"]), min_size=1),
    selectors=st.dictionaries(
        st.from_regex(r"[a-z_]+", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"])),
        max_size=3,
    ),
)
def test_taking_apart_undoes_joining_whatever_the_values_hold(path, selectors):
    assert split_reference(join_reference(path, **selectors)) == (path, selectors)


def test_a_plain_file_is_its_bright_pixels(tmp_path):
    name = save(tmp_path / "a.png", region(RED))
    assert (read_outline(tmp_path, name, SHAPE) == region(RED)).all()


@pytest.mark.parametrize(("green", "red"), [(255, 255), (128, 255), (255, 100), (1, 1)])
@pytest.mark.parametrize("transparency", [False, True])
def test_a_colour_is_its_own_pixels(tmp_path, green, red, transparency):
    levels = colours(green, red)
    if transparency:
        levels = np.dstack((levels, np.full(SHAPE, 255, dtype=np.uint8)))
    name = save(tmp_path / "a.png", levels)
    assert (read_outline(tmp_path, f"{name}#colour=green") == region(GREEN)).all()
    assert (read_outline(tmp_path, f"{name}#colour=red") == region(RED)).all()
    assert not read_outline(tmp_path, f"{name}#colour=blue").any()


@pytest.mark.parametrize("quality", [75, 95])
def test_jpeg_and_softened_edges_move_a_colour_by_its_edge_alone(tmp_path, quality):
    soft = Image.fromarray(colours()).resize((40, 30), Image.Resampling.BILINEAR)
    name = save(tmp_path / "a.jpg", np.asarray(soft.resize((80, 60))), quality=quality)
    for colour, where in (("green", GREEN), ("red", RED)):
        read = read_outline(tmp_path, f"{name}#colour={colour}")
        rows, columns = where
        inside = slice(rows.start + 2, rows.stop - 2), slice(columns.start + 2, columns.stop - 2)
        around = slice(rows.start - 2, rows.stop + 2), slice(columns.start - 2, columns.stop + 2)
        assert read[inside].all()
        assert not read[~region(around)].any()


def test_white_and_grey_have_no_colour(tmp_path):
    levels = np.full((*SHAPE, 3), 255, dtype=np.uint8)
    levels[RED] = 90
    name = save(tmp_path / "a.png", levels)
    assert not read_outline(tmp_path, f"{name}#colour=red").any()


def test_a_mask_of_another_size_is_brought_to_the_images(tmp_path):
    name = save(tmp_path / "a.png", colours())
    twice = read_outline(tmp_path, f"{name}#colour=red&fit=image", (120, 160))
    assert (twice == region(RED).repeat(2, axis=0).repeat(2, axis=1)).all()
    half = read_outline(tmp_path, f"{name}#fit=image&colour=green", (30, 40))
    # Halves of even numbers: a region of 20 x 32 px becomes one of 10 x 16.
    assert (half == region((slice(5, 15), slice(4, 20)), (30, 40))).all()
    assert read_outline(tmp_path, f"{name}#colour=red&fit=image").shape == SHAPE


def test_a_mask_of_other_proportions_is_refused(tmp_path):
    name = save(tmp_path / "a.png", region(RED))
    assert read_outline(tmp_path, f"{name}#fit=image", (61, 80)).shape == (61, 80)
    with pytest.raises(ImageProblem, match="the mask is 80 x 60 px and the image 80 x 90 px"):
        read_outline(tmp_path, f"{name}#fit=image", (90, 80))


@pytest.mark.parametrize(
    ("selectors", "message"),
    [
        ("colour=pink", "colour is 'pink'.* red, green, blue"),
        ("fit=window", "fit is 'window'.* image"),
        ("part=0", "part is '0'.* 1, 2, ..."),
        ("part=3", "has 2 regions, and part 3 was asked for"),
        ("color=red", "'color' .* means nothing for a mask image"),
    ],
)
def test_what_a_mask_cannot_do_is_said(tmp_path, selectors, message):
    name = save(tmp_path / "a.png", region(RED) | region(GREEN))
    with pytest.raises(ImageProblem, match=message):
        read_outline(tmp_path, f"{name}#{selectors}", SHAPE)


def test_parts_are_the_regions_of_a_mask_the_largest_first(tmp_path):
    levels = colours()
    levels[0, 0] = levels[1, 1] = 0, 255, 0  # they touch by a corner: one region of 2 px
    name = save(tmp_path / "a.png", levels)
    first, second = (read_outline(tmp_path, f"{name}#colour=green&part={i}") for i in (1, 2))
    assert (first == region(GREEN)).all()
    assert np.argwhere(second).tolist() == [[0, 0], [1, 1]]
    assert part_areas(first | second) == [20 * 32, 2]
    assert part_areas(np.zeros(SHAPE, dtype=bool)) == []


@given(hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_parts_make_up_the_mask_and_none_touches_another(mask):
    areas = part_areas(mask)
    assert sum(areas) == mask.sum() and areas == sorted(areas, reverse=True)
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(mask).save(Path(folder, "a.png"))
        parts = [read_outline(folder, f"a.png#part={i + 1}") for i in range(len(areas))]
    assert [part.sum() for part in parts] == areas
    for place, part in enumerate(parts):
        around = np.zeros(np.add(mask.shape, 2), dtype=bool)
        for y, x in np.argwhere(part):
            around[y : y + 3, x : x + 3] = True
        assert not any((around[1:-1, 1:-1] & other).any() for other in parts[place + 1 :])


def test_a_missing_file_is_named_without_its_selectors(tmp_path):
    with pytest.raises(ImageProblem, match=r"no such file: .*a\.png\Z"):
        read_outline(tmp_path, "a.png#colour=red", SHAPE)


@pytest.mark.parametrize("frame", [None, float("nan"), 1])
def test_the_outline_of_a_case_fits_its_image(tmp_path, frame):
    frames = [Image.new("L", (160, 120)) for _ in range(2)]
    frames[0].save(tmp_path / "image.tif", save_all=True, append_images=frames[1:])
    name = save(tmp_path / "a.png", region(RED))
    case = {"image": "image.tif", "frame": frame, "outline": f"{name}#fit=image"}
    assert case_outline(tmp_path, case).shape == (120, 160)


def test_the_outline_of_a_case_needs_no_image_where_it_does_not_depend_on_it(tmp_path):
    name = save(tmp_path / "a.png", region(RED))
    case = {"image": "none.png", "frame": None, "outline": name}
    assert (case_outline(tmp_path, case) == region(RED)).all()


def test_a_polygon_is_drawn_at_the_images_size(tmp_path):
    corners = [30, 35, 70, 35, 70, 55, 30, 55]  # x, y of RED's corners
    content = {
        "images": [{"id": 1, "file_name": "image.png", "width": 80, "height": 60}],
        "categories": [{"id": 1, "name": "lesion"}],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "segmentation": [corners]}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(content))
    Image.new("L", SHAPE[::-1]).save(tmp_path / "image.png")
    case = {"image": "image.png", "frame": None, "outline": "coco.json#annotation=7"}
    assert (case_outline(tmp_path, case) == region(RED)).all()
    with pytest.raises(ImageProblem):
        case_outline(tmp_path, case | {"outline": "coco.json#annotation=8"})
    with pytest.raises(ImageProblem, match="no such file"):
        case_outline(tmp_path, case | {"image": "none.png"})


def test_sixteen_bits_have_no_colour(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(region(RED).astype(np.uint16) * 65535).save(buffer, format="PNG")
    (tmp_path / "a.png").write_bytes(buffer.getvalue())
    assert not read_outline(tmp_path, "a.png#colour=red").any()
    assert (read_outline(tmp_path, "a.png") == region(RED)).all()
