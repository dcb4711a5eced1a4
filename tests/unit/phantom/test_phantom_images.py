"""The phantoms' pictures: physics, geometry, the latent severity, and the same bytes anywhere."""

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from smallmass.errors import UserError
from smallmass.phantom import D_PRIME, make_cohort, tables
from smallmass.phantom.beam import envelope
from smallmass.phantom.geometry import Frame
from smallmass.phantom.lesion import LOADINGS, make_lesion
from smallmass.phantom.picture import Order, draw
from smallmass.phantom.random import Draws
from smallmass.phantom.scanners import SCANNERS

ORDER = Order(
    seed=11, number=1, malignant=True, diameter_um=8000, scanner=0, depth_um=30_000, image_px=192
)


@pytest.fixture(scope="module")
def lesions():
    frame, rows = Frame(512, 30_000), []
    for number in range(1200):
        lesion = make_lesion(
            Draws(99, number + 1), malignant=bool(number % 2), diameter_um=7000, frame=frame
        )
        rows.append({"malignant": number % 2, "severity": lesion.severity, **lesion.traits})
    return pd.DataFrame(rows)


def test_severity_has_the_stated_separation(lesions):
    by_label = lesions.groupby("malignant")["severity"]
    assert D_PRIME == 2.0
    assert np.allclose(by_label.mean(), [-1000, 1000], atol=130)  # three standard errors
    assert np.allclose(by_label.std(), 1000, atol=100)
    reached = roc_auc_score(lesions["malignant"], lesions["severity"])
    assert abs(reached - norm.cdf(D_PRIME / np.sqrt(2))) < 0.025


@pytest.mark.parametrize("trait", LOADINGS)
def test_trait_loads_as_stated(lesions, trait):
    within = lesions.groupby("malignant")[trait].std()
    apart = lesions.groupby("malignant")[trait].mean().diff().iloc[1]
    assert np.allclose(within, 1000, atol=100)
    assert abs(apart / 1000 - D_PRIME * LOADINGS[trait] / 1000) < 0.18  # three standard errors


def test_speckle_is_rayleigh():
    frame = Frame(512, 30_000)
    gland = np.full((512, 512), tables.UNIT / 16)
    scanner = replace(SCANNERS[0], quadratures=2)
    speckle = envelope(Draws(5, 1), frame, scanner, gland, np.zeros_like(gland))[32:-32, 32:-32]
    assert abs(speckle.mean() / speckle.std() - 1.913) < 0.06
    assert abs(np.median(speckle) / speckle.mean() - np.sqrt(np.log(4) * 2 / np.pi)) < 0.02


def width_of_speckle(rows: np.ndarray) -> int:
    """Return the lag in columns at which the autocorrelation falls under one half."""
    rows = rows - rows.mean()
    lags = [(rows[:, k:] * rows[:, : rows.shape[1] - k]).mean() for k in range(20)]
    return int(np.argmax(np.array(lags) < lags[0] / 2))


def test_speckle_is_wider_than_deep_and_widens_with_depth():
    frame, gland = Frame(512, 30_000), np.full((512, 512), tables.UNIT / 16)
    speckle = envelope(Draws(5, 2), frame, SCANNERS[4], gland, np.zeros_like(gland))
    focus = slice(170, 240)
    assert width_of_speckle(speckle[focus]) > width_of_speckle(speckle[focus].T)
    assert width_of_speckle(speckle[-70:]) > width_of_speckle(speckle[focus])


def corners(points: np.ndarray) -> np.ndarray:
    """Return the indices of the convex hull's corners: no others can be farthest apart."""
    return ConvexHull(points).vertices


@pytest.mark.parametrize("scanner", range(len(SCANNERS)))
@pytest.mark.parametrize("diameter_um", [2000, 5500, 9900])
def test_outline_has_the_diameter_and_lies_inside(scanner, diameter_um):
    for number, malignant in ((1, True), (2, False)):
        for depth_um in SCANNERS[scanner].depths_um:
            order = replace(
                ORDER,
                number=number,
                malignant=malignant,
                diameter_um=diameter_um,
                scanner=scanner,
                depth_um=depth_um,
            )
            outline = draw(order).outline
            ys, xs = np.nonzero(outline)
            points = np.stack([ys, xs], axis=1)
            longest = (
                pdist(points[corners(points)]).max() + 1
            )  # from centre to centre, and half a pixel either side
            pixel_cm = depth_um / 10_000 / order.image_px
            assert abs(longest * pixel_cm - diameter_um / 10_000) <= 1.5 * pixel_cm
            assert ys.min() > 0
            assert ys.max() < order.image_px - 1
            assert xs.min() > 0
            assert xs.max() < order.image_px - 1


def test_lesions_are_darker_than_what_surrounds_them():
    darker = []
    for number in range(1, 11):
        phantom = draw(replace(ORDER, number=number, malignant=bool(number % 2)))
        ys = np.nonzero(phantom.outline)[0]
        band = phantom.image[ys.min() : ys.max() + 1]
        outside = ~phantom.outline[ys.min() : ys.max() + 1]
        darker.append(phantom.image[phantom.outline].mean() < band[outside].mean())
    assert sum(darker) >= 9


def test_shadow_is_darker_than_enhancement():
    behind = {"shadowing": [], "enhancement": []}
    for number in range(1, 41):
        phantom = draw(replace(ORDER, number=number, malignant=bool(number % 2), image_px=128))
        word = phantom.lesion.words["posterior"]
        if word in behind:
            ys, xs = np.nonzero(phantom.outline)
            rows = slice(ys.max() + 3, ys.max() + 20)
            quarter = np.ptp(xs) // 4
            under = phantom.image[rows, xs.min() + quarter : xs.max() - quarter + 1].mean()
            beside = phantom.image[rows].mean()
            behind[word].append(under - beside)
    assert np.mean(behind["shadowing"]) < -5
    assert np.mean(behind["enhancement"]) > 5


def files_of(root):
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    root, calls = tmp_path_factory.mktemp("phantoms"), []
    make_cohort(
        root, n=12, image_px=64, seed=4, workers=1, progress=lambda *done: calls.append(done)
    )
    assert calls == [(k, 12) for k in range(1, 13)]
    return root


def test_two_workers_write_the_same_bytes(cohort, tmp_path):
    make_cohort(tmp_path, n=12, image_px=64, seed=4, workers=2)
    assert files_of(tmp_path) == files_of(cohort)
    assert len(files_of(cohort)) == 2 + 2 * 12


def test_files_are_what_the_table_says(cohort):
    table = pd.read_csv(cohort / "cohort.csv")
    manifest = pd.read_csv(cohort / "manifest.csv", index_col="case_id")
    assert table["case_id"].tolist() == [f"p{k:04d}" for k in range(1, 13)]
    assert table["patient_id"].is_unique
    assert set(table["cohort"]) == {"phantom"}
    assert set(table["published_split"]) == {"training", "validation", "test"}
    for row in table.itertuples():
        with Image.open(cohort / row.image) as image, Image.open(cohort / row.outline) as outline:
            assert image.mode == "L"
            pixels, mask = np.asarray(image), np.asarray(outline.convert("L"))
        assert pixels.shape == mask.shape == (64, 64)
        assert set(np.unique(mask)) == {0, 255}
        assert hashlib.sha256(pixels.tobytes()).hexdigest() == row.pixel_sha256
        assert manifest.loc[row.case_id, "image_sha256"] == row.pixel_sha256
        sha = hashlib.sha256(mask.tobytes()).hexdigest()
        assert manifest.loc[row.case_id, "outline_sha256"] == sha
        depth_cm = row.pixel_cm * 64
        assert 2 < depth_cm < 4


def test_a_smaller_cohort_leaves_nothing_of_a_larger_one(cohort, tmp_path):
    make_cohort(tmp_path, n=14, image_px=64, seed=4, workers=1)
    (tmp_path / "images" / "portrait.png").write_bytes(b"not a phantom")
    make_cohort(tmp_path, n=12, image_px=64, seed=4, workers=1)
    left = files_of(tmp_path)
    assert left.pop("images/portrait.png")
    assert left == files_of(cohort)


def test_settings_that_cannot_be_are_one_message(tmp_path):
    with pytest.raises(UserError) as error:
        make_cohort(tmp_path, n=12, image_px=8, seed=-1, workers=1)
    assert len(error.value.problems) == 2
    assert not any(tmp_path.iterdir())
