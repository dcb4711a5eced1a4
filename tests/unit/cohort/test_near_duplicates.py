"""Near-duplicates: every way of saving an image again is found, no other pair is."""

import io
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from smallmass.cohort.images import read_grey
from smallmass.cohort.near_duplicates import find
from smallmass.cohort.thumbnails import THUMBNAIL_PX, thumbnail


def tissue(seed: int) -> Image.Image:
    """An image with layers, a dark lesion and speckle, as ultrasound has; 300 x 240 px."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:240, :300]
    layers = gaussian_filter(rng.normal(size=(240, 300)), (12, 40)) * 60
    lesion = np.hypot((x - rng.integers(80, 220)) / 40, (y - rng.integers(60, 180)) / 30) < 1
    speckle = gaussian_filter(rng.rayleigh(1, (240, 300)), 1.5) * 2
    levels = (90 + 30 * layers - 50 * lesion - y / 6) * (0.4 + 0.5 * speckle)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def saved(image: Image.Image, quality: int) -> Image.Image:
    """Return an image after JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("L")


def resized(image: Image.Image, share: float) -> Image.Image:
    """Return an image in another size."""
    return image.resize((round(image.width * share), round(image.height * share)))


def trimmed(image: Image.Image, left: float, top: float, right: float, low: float) -> Image.Image:
    """Return an image without shares of its borders."""
    w, h = image.size
    return image.crop((round(left * w), round(top * h), round(w - right * w), round(h - low * h)))


def marked(image: Image.Image) -> Image.Image:
    """Return an image with callipers and a line of text."""
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    w, h = copy.size
    for x, y in ((0.3, 0.4), (0.6, 0.5), (0.45, 0.3), (0.45, 0.65)):
        x, y = round(x * w), round(y * h)
        draw.line((x - 6, y, x + 6, y), fill=255, width=2)
        draw.line((x, y - 6, x, y + 6), fill=255, width=2)
    draw.rectangle((4, 4, w // 3, 18), fill=0)
    draw.text((6, 5), "RT BREAST 10:00", fill=255)
    return copy


COPIES = {
    "jpeg": lambda image: saved(image, 50),
    "smaller": lambda image: resized(image, 0.6),
    "larger": lambda image: resized(image, 1.3),
    "stretched": lambda image: image.resize((image.width, round(image.height * 1.1))),
    "brighter": lambda image: image.point(lambda level: min(255, level + 30)),
    "darker": lambda image: image.point(lambda level: level * 0.6),
    "more contrast": lambda image: image.point(lambda level: (level / 255) ** 1.5 * 255),
    "trimmed all round": lambda image: trimmed(image, 0.02, 0.02, 0.02, 0.02),
    "trimmed at a corner": lambda image: trimmed(image, 0.03, 0, 0, 0.03),
    "marked": marked,
    "all of it": lambda image: saved(
        resized(trimmed(marked(image), 0.01, 0.02, 0.01, 0).point(lambda v: v * 0.8), 0.8), 60
    ),
}


def squares(images) -> np.ndarray:
    """Return the thumbnails of images."""
    return np.stack([thumbnail(np.asarray(image)) for image in images])


def places(pairs) -> list[tuple[int, int]]:
    """Return the places of pairs."""
    return [(pair.first, pair.second) for pair in pairs]


@pytest.fixture(scope="module")
def originals():
    """Twelve images that have nothing to do with one another."""
    return [tissue(seed) for seed in range(12)]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_found_and_nothing_else(originals, name):
    copies = [COPIES[name](image) for image in originals]
    assert places(find(squares(originals + copies))) == [(i, i + 12) for i in range(12)]


def test_layers_alone_do_not_make_a_copy(originals):
    """The same anatomy with other speckle, as in the next frame of an examination."""
    rng = np.random.default_rng(9)
    other = []
    for image in originals:
        smooth = gaussian_filter(np.asarray(image, float), 6)
        speckle = gaussian_filter(rng.rayleigh(1, smooth.shape), 1.5)
        other.append(np.clip(smooth * speckle / speckle.mean(), 0, 255).astype(np.uint8))
    assert find(squares(originals + other)) == []


def test_no_two_images_and_blank_ones():
    nothing = np.zeros((0, THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    assert find(nothing) == []
    assert find(squares([tissue(0)])) == []
    assert find(np.full((3, THUMBNAIL_PX, THUMBNAIL_PX), 7, np.uint8)) == []


def test_images_of_one_file_are_not_compared(originals):
    both = squares([originals[0], originals[1], COPIES["jpeg"](originals[0])])
    assert places(find(both, apart=np.array([0, 1, 2]))) == [(0, 2)]
    assert find(both, apart=np.array([0, 1, 0])) == []


def test_order_and_blocks_do_not_matter(originals, monkeypatch):
    images = squares([*originals, *(marked(image) for image in originals)])
    expected = find(images)
    assert len(expected) == 12
    monkeypatch.setattr("smallmass.cohort.near_duplicates._BLOCK", 5)
    monkeypatch.setattr("smallmass.cohort.near_duplicates._BATCH", 3)
    in_blocks = find(images)
    assert places(in_blocks) == places(expected)
    turned = places(find(images[::-1]))
    assert sorted(tuple(sorted((23 - a, 23 - b))) for a, b in turned) == places(expected)


def test_memory_grows_with_images_and_not_with_pairs():
    peaks = []
    for count in (1500, 6000):
        images = np.random.default_rng(0).integers(0, 256, (count, 64, 64), dtype=np.uint8)
        tracemalloc.start()
        assert find(images) == []
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 4 * peaks[0]
    assert peaks[1] < 6000**2 * 4 / 2  # what all correlations would take, halved


def busbra(shared, keep) -> tuple[pd.DataFrame, np.ndarray]:
    """Return BUS-BRA's table, as far as kept, and the thumbnails."""
    folder = shared / "datasets/BUS-BRA"
    table = pd.read_csv(folder / "bus_data.csv", dtype=str)
    folds = pd.read_csv(folder / "5-fold-cv.csv", dtype=str).set_index("ID")["kFold"]
    table = table[keep(table.assign(fold=table["ID"].map(folds)))]
    images = [read_grey(folder / f"Images/{name}.png") for name in table["ID"]]
    return table, squares(images)


def test_real_copies_are_found_among_views_of_the_same_patients(shared):
    """Forty patients of the training folds with two views each."""

    def views(table: pd.DataFrame) -> pd.Series:
        two = table[table["fold"].isin(["3", "4", "5"])].groupby("Case")["ID"].transform("count")
        patients = table.loc[two.index[two == 2], "Case"].drop_duplicates()[:40]
        return table["Case"].isin(patients)

    folder = shared / "datasets/BUS-BRA"
    table, images = busbra(shared, views)
    assert len(table) == 80
    assert find(images) == []
    for name in ("jpeg", "smaller", "trimmed all round", "all of it"):
        copies = [
            COPIES[name](Image.fromarray(read_grey(folder / f"Images/{case}.png")))
            for case in table["ID"][:20]
        ]
        found = places(find(np.concatenate([images, squares(copies)])))
        assert found == [(i, i + 80) for i in range(20)], name


@pytest.mark.slow
def test_no_false_alarm_among_all_real_images(shared):
    """1.76 million pairs, 811 of them two views of one patient."""
    table, images = busbra(shared, lambda table: table["ID"] != "")
    assert len(table) == 1875 and (table.groupby("Case").size() == 2).sum() == 811
    assert find(images) == []
