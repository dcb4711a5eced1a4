"""Outlines that were not drawn on these pixels, found over a cohort of real images."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import skew

from own_folder import SETTINGS, write_table
from smallmass.cohort.build import build_cohort
from smallmass.cohort.outline_fit import ELSEWHERE, Small, check_fit, contrast, small
from smallmass.cohort.pictures import inverted, much_bright
from smallmass.cohort.thumbnails import thumbnail


@pytest.fixture(scope="module")
def cohort(shared):
    """Every 50th image of BUS-BRA's folds 2 to 5 with its outline."""
    published = shared / "datasets" / "BUS-BRA"
    folds = pd.read_csv(published / "5-fold-cv.csv")
    names = folds.loc[folds["kFold"] != 1, "ID"].iloc[::50]
    return [
        (
            name,
            np.asarray(Image.open(published / "Images" / f"{name}.png").convert("L")),
            np.asarray(
                Image.open(published / "Masks" / f"{name.replace('bus_', 'mask_')}.png")
            ).astype(bool),
        )
        for name in names
    ]


def told(cohort, change=lambda grey, outline: (grey, outline)):
    """Return codes and messages of a cohort whose images or outlines are changed."""
    cases = []
    for name, grey, outline in cohort:
        grey, outline = change(grey, outline)
        cases.append((name, small(thumbnail(np.ascontiguousarray(grey)), outline)))
    return [(finding.code, finding.message) for finding in check_fit(cases)]


def save(path, outline):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(outline.astype(np.uint8) * 255).save(path)


def resized(outline, times):
    """Return an outline whose coordinates are so many times as large, in the image's size."""
    height, width = outline.shape
    y, x = np.indices(outline.shape)
    row, column = (y / times).astype(int), (x / times).astype(int)
    inside = (row < height) & (column < width)
    return outline[np.minimum(row, height - 1), np.minimum(column, width - 1)] & inside


def exchanged(outline):
    """Return an outline with x and y exchanged, where the image has such pixels."""
    side = min(outline.shape)
    wrong = np.zeros_like(outline)
    wrong[:side, :side] = outline[:side, :side].T
    return wrong


def around(outline, times):
    """Return an outline so many times as wide and high around its centre."""
    y, x = np.indices(outline.shape)
    rows, columns = np.nonzero(outline)
    row = np.rint(rows.mean() + (y - rows.mean()) / times).astype(int)
    column = np.rint(columns.mean() + (x - columns.mean()) / times).astype(int)
    height, width = outline.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return outline[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)] & inside


def test_right_outlines_are_not_told(cohort):
    assert told(cohort) == []


@pytest.mark.parametrize(
    "wrong, words",
    [
        (lambda outline: outline[:, ::-1], "mirrored left to right"),
        (lambda outline: outline[::-1], "mirrored top to bottom"),
        (lambda outline: outline[::-1, ::-1], "turned by 180°"),
        (exchanged, "with x and y exchanged"),
        (lambda outline: resized(outline, 0.5), "with coordinates twice as large"),
        (lambda outline: resized(outline, 2), "with coordinates half as large"),
        (lambda outline: around(outline, 2), "if it were half as wide and high"),
        (lambda outline: around(outline, 0.5), "if it were twice as wide and high"),
        (lambda outline: np.roll(outline, outline.shape[1] // 8, 1), "further left"),
    ],
)
def test_outlines_that_were_not_drawn_on_these_pixels_are_told_with_the_cause(cohort, wrong, words):
    found = told(cohort, lambda grey, outline: (grey, wrong(outline)))
    assert {code for code, _ in found} == {"O036"} and len(found) > len(cohort) / 2
    assert f"would fit better {words}, as in {len(found)} of {len(cohort)} images" in found[0][1]


def test_each_outline_on_the_next_image_is_told(cohort):
    outlines = [outline for _, _, outline in cohort]
    shifted = [
        (name, np.asarray(Image.fromarray(grey).resize(outline.shape[::-1])), outline)
        for (name, grey, _), outline in zip(cohort, outlines[1:] + outlines[:1], strict=True)
    ]
    found = told(shifted)
    assert "that of the image before" in found[0][1] and len(found) > len(cohort) / 2


def test_half_of_a_cohort_is_told_by_name(cohort):
    """The files of one workstation were mirrored, the others were not."""
    wrong = {name for name, _, _ in cohort[::2]}
    cases = [
        (name, small(thumbnail(grey), outline[::-1] if name in wrong else outline))
        for name, grey, outline in cohort
    ]
    found = {finding.case_id for finding in check_fit(cases)}
    assert len(found & wrong) >= 0.8 * len(wrong) and len(found - wrong) <= 1


def test_exchanged_black_and_white_are_told_of_each_image_and_nothing_else(cohort):
    found = told(cohort, lambda grey, outline: (255 - grey, outline))
    assert {code for code, _ in found} == {"I009"} and len(found) > 0.8 * len(cohort)


def test_exchanged_black_and_white_are_told_of_images_without_outlines(cohort):
    pictures = [thumbnail(grey) for _, grey, _ in cohort]
    assert inverted(pictures) == ""
    assert inverted([255 - picture for picture in pictures]).endswith("much bright and little dark")
    assert inverted([255 - picture for picture in pictures[:5]]) == ""  # too few to tell


def test_few_cases_say_nothing(cohort):
    assert told(cohort[:5], lambda grey, outline: (grey, outline[::-1])) == []


def test_contrast_is_what_it_says():
    """A dark square of 16 px on bright ground: ring less inside in standard deviations."""
    outline = np.zeros((64, 64), bool)
    outline[24:40, 24:40] = True
    grey = np.where(outline, 50, 150).astype(np.float32)[None]
    spread = 100 * np.sqrt(1 / 16 * 15 / 16)
    assert contrast(grey, outline[None])[0] == pytest.approx(100 / spread)
    assert np.isnan(contrast(grey, np.zeros((1, 64, 64), bool))[0])


@pytest.mark.parametrize("seed", range(8))
def test_an_image_is_bright_where_its_median_is_and_its_skewness_negative(seed):
    rng = np.random.default_rng(seed)
    light, shape = rng.uniform(0.3, 3), (64, 64)
    for image in (255 * rng.beta(light, 1, shape), 255 * rng.beta(1, light, shape)):
        levels = image.astype(np.uint8)
        expected = np.median(levels) > 128 and skew(levels, axis=None) < 0
        assert much_bright(levels) == expected
    assert not much_bright(np.full(shape, 200, np.uint8))


def test_an_exchange_of_x_and_y_is_in_px_of_the_image():
    """An image twice as wide as high: its left half is the square that is exchanged."""
    outline = np.zeros((1, 64, 64), bool)
    outline[0, 32:48, 4:8] = True  # y 32 to 48 of 64, x 8 to 16 of 128
    moved = ELSEWHERE["with x and y exchanged"](outline, np.full((1, 1, 1), 2.0))
    rows, columns = np.nonzero(moved[0])
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (8, 16, 16, 24)


def test_an_own_folder_with_mirrored_masks_says_so(tmp_path, cohort):
    for mirrored in (False, True):
        root = tmp_path / str(mirrored)
        (root / "images").mkdir(parents=True)
        for name, grey, outline in cohort[:12]:
            Image.fromarray(grey).save(root / "images" / f"{name}.png")
            drawn = outline[::-1] if mirrored else outline
            save(root / "masks" / f"{name}.png", drawn)
        write_table(root, *((name, "benign") for name, _, _ in cohort[:12]))
        _, findings = build_cohort(SETTINGS, root, None)
        assert ("O036" in {finding.code for finding in findings}) is mirrored


def test_two_lesions_of_an_image_are_not_told_as_mixed_up(tmp_path, cohort):
    """The outline of the next row fits better where that lesion is the darker one."""
    (tmp_path / "images").mkdir()
    rows = []
    for name, grey, outline in cohort[:10]:
        faint = np.clip(grey, 110, 140)
        twice = np.concatenate((faint, grey), axis=1)
        Image.fromarray(twice).save(tmp_path / "images" / f"{name}.png")
        none = np.zeros_like(outline)
        save(tmp_path / "masks" / f"{name}_1.png", np.concatenate((outline, none), axis=1))
        save(tmp_path / "masks" / f"{name}_2.png", np.concatenate((none, outline), axis=1))
        rows += [(f"{name}_{number}", "benign", f"images/{name}.png") for number in (1, 2)]
    names, labels, images = zip(*rows, strict=True)
    write_table(tmp_path, case_id=list(names), label=list(labels), image=list(images))
    _, findings = build_cohort(SETTINGS, tmp_path, None)
    assert "O036" not in {finding.code for finding in findings}


def test_small_squares_keep_the_images_proportions():
    case = small(np.zeros((64, 64), np.uint8), np.ones((30, 60), bool))
    assert isinstance(case, Small) and case.width_to_height == 2 and case.outline.all()
