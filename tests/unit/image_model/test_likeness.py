"""How far an image is from those that taught the model: real ultrasound is near, all else far."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.spatial.distance import mahalanobis

from smallmass.cohort.images import read_grey
from smallmass.cohort.prepare import fit, resize_image
from smallmass.errors import UserError
from smallmass.files import read_json, write_json
from smallmass.image_model.likeness import FEATURES, describe, features, from_plain, measure
from smallmass.prediction.comparison import UNCOMPARED, compare
from smallmass.settings.picking import chosen
from smallmass.trained_models import LIKENESS, TrainedModels

SIDE = 192


def numbers_of(*images: np.ndarray) -> np.ndarray:
    """Return the numbers of images, each prepared for the model."""
    squares = [(fit(*grey.shape, SIDE), grey) for grey in images]
    return np.stack([features(resize_image(grey, how), how) for how, grey in squares])


def cases_of(count: int, patients: int | None = None) -> pd.DataFrame:
    """Return cases, several of a patient where there are fewer patients."""
    names = [f"c{i:04d}" for i in range(count)]
    owners = [f"p{i % (patients or count)}" for i in range(count)]
    return pd.DataFrame(
        {
            "case_id": names, "cohort": "own", "patient_id": owners, "group_id": None,
            "image": names, "frame": np.nan, "pixel_sha256": names,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def busbra(shared):
    """Every tenth image of BUS-BRA, in two halves of other patients, and the masks."""
    folder = shared / "datasets/BUS-BRA"
    paths = sorted((folder / "Images").glob("*.png"))[::10]
    images = [read_grey(path) for path in paths]
    masks = [folder / "Masks" / path.name.replace("bus_", "mask_") for path in paths[:20]]
    return images[::2], images[1::2], [read_grey(path) for path in masks]


@pytest.fixture(scope="module")
def likeness(busbra):
    """What the first half is like."""
    return describe(cases_of(len(busbra[0])), numbers_of(*busbra[0]))


def test_ultrasound_of_the_same_scanners_is_like_and_no_ultrasound_is_unlike(busbra, likeness):
    """Photographs, noise and masks, all of them; of held-out patients hardly any."""
    held_out = likeness.distances(numbers_of(*busbra[1])) > likeness.limit
    assert held_out.mean() < 0.05
    folder = Path(sklearn.datasets.__file__).parent / "images"
    photographs = [read_grey(path) for path in sorted(folder.glob("*.jpg"))]
    rng = np.random.default_rng(2)
    noise = [rng.integers(0, 256, grey.shape, dtype=np.uint8) for grey in busbra[0][:10]]
    turned = [np.ascontiguousarray(np.rot90(grey)) for grey in busbra[1][:30]]
    dark = [grey // 16 for grey in busbra[1][:30]]
    assert len(photographs) == 2
    for others in (photographs, noise, busbra[2], dark):
        assert (likeness.distances(numbers_of(*others)) > likeness.limit).all()
    assert (likeness.distances(numbers_of(*turned)) > likeness.limit).mean() > 0.8
    assert next(likeness.foremost(numbers_of(turned[0])))[0] == "direction of the speckle"


def test_the_distance_is_mahalanobis(likeness, busbra):
    """Against SciPy's, of the numbers in spreads, bent beyond two of them."""
    numbers = numbers_of(*busbra[1][:5])
    bent = 2 * np.arcsinh((numbers - likeness.mean) / np.array(likeness.spread) / 2)
    inverse = np.linalg.inv(likeness.covariance)
    expected = [mahalanobis(row, np.zeros(len(FEATURES)), inverse) for row in bent]
    np.testing.assert_allclose(likeness.distances(numbers), expected, rtol=1e-9)


@pytest.mark.parametrize(("count", "patients"), [(300, 300), (300, 100), (40, 40)])
def test_of_images_of_the_same_kind_no_more_than_the_stated_share_is_beyond(count, patients):
    """Numbers of known distribution, two or three of a patient alike: the guarantee holds."""
    rng = np.random.default_rng(5)
    mixture = rng.normal(size=(len(FEATURES), len(FEATURES)))

    def drawn(people: int, each: int) -> np.ndarray:
        own = rng.standard_t(5, size=(people, len(FEATURES))) @ mixture
        return np.concatenate([own + rng.normal(0, 0.1, own.shape) for _ in range(each)])

    shares, stated = [], 0.0
    for _ in range(10):
        found = describe(cases_of(count, patients), drawn(patients, count // patients))
        shares.append((found.distances(drawn(1000, 1)) > found.limit).mean())
        stated = found.beyond
    assert found.images == count
    assert stated == pytest.approx(1 / (count + 1) if count < 99 else 0.01, abs=0.004)
    assert np.mean(shares) < stated + 0.01


def test_images_of_one_size_are_unlike_those_of_another():
    """Phantoms are all of one size, whose spread is nought: a little larger is still alike."""
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 200, (128, 128), dtype=np.uint8) for _ in range(60)]
    found = describe(cases_of(60), numbers_of(*images))
    a_little, much = images[0][:125, :125], images[0][:40, :120]
    distances = found.distances(numbers_of(a_little, np.ascontiguousarray(much)))
    assert distances[0] < found.limit < distances[1]
    assert "height to width" in next(found.foremost(numbers_of(np.ascontiguousarray(much))))


@given(
    height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99), flat=st.booleans()
)
def test_every_image_has_numbers(height, width, seed, flat):
    """Of one pixel, of one level, of any shape: all finite."""
    grey = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert np.isfinite(numbers_of(np.full_like(grey, seed) if flat else grey)).all()


def test_the_models_say_of_new_images_how_far_they_are(tmp_path, likeness, busbra):
    """Out of the file beside the weights; models of an earlier version say that they cannot."""
    cases = pd.DataFrame({"case_id": ["near", "far"]})
    rows = []
    noise = np.random.default_rng(3).integers(0, 256, (300, 400), dtype=np.uint8)
    for name, grey in zip(cases["case_id"], (busbra[1][0], noise), strict=True):
        how = fit(*grey.shape, SIDE)
        Image.fromarray(resize_image(grey, how)).save(tmp_path / f"{name}.png")
        rows.append({"case_id": name, **vars(how)})
    transforms = pd.DataFrame(rows)
    numbers = measure(cases, tmp_path, transforms, workers=2)
    np.testing.assert_array_equal(numbers, numbers_of(busbra[1][0], noise))

    write_json(tmp_path / LIKENESS, likeness.plain())
    assert from_plain(read_json(tmp_path / LIKENESS)) == likeness
    models = TrainedModels(tmp_path, "x", chosen({}), {LIKENESS: ""})
    found = compare(models, cases, tmp_path, transforms)
    assert list(found["unlike"]) == [0, 1]
    assert found["note"][0] == "" and found["note"][1].startswith("unlike the images that taught")
    assert f"limit {likeness.limit:.1f}" in found["note"][1]

    old = compare(TrainedModels(tmp_path, "x", chosen({}), {}), cases, tmp_path, transforms)
    assert old["unlike"].isna().all() and set(old["note"]) == {UNCOMPARED}
    write_json(tmp_path / LIKENESS, likeness.plain() | {"features": ["size"]})
    with pytest.raises(UserError, match="other numbers than this version"):
        compare(models, cases, tmp_path, transforms)
