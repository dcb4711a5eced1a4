"""The comparison of phantoms with real scans, and the five scanners."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter1d
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from smallmass.errors import UserError
from smallmass.phantom import make_cohort
from smallmass.phantom.realism import compare, patches, statistics
from smallmass.phantom.realism.comparison import summarise
from smallmass.phantom.realism.pictures import HEIGHT, PHANTOMS, REAL, Picture, read_picture
from smallmass.phantom.realism.scanners import MARKS, marks, same_lesion
from smallmass.phantom.scanners import SCANNERS

RANDOM = 20230401


@pytest.mark.parametrize("sigma", [1.5, 2.0, 3.0])
def test_speckle_size_is_that_of_filtered_noise(sigma):
    """The autocovariance of white noise under a Gaussian filter is exp(-d**2 / (4 sigma**2))."""
    noise = np.random.default_rng(1).normal(size=(400, 400))
    noise = gaussian_filter1d(noise, sigma, axis=1, mode="wrap")
    expected = 2 * sigma * np.sqrt(np.log(2))
    assert statistics.half_width(noise - noise.mean()) == pytest.approx(expected, rel=0.04)
    assert np.isnan(statistics.half_width(np.zeros((24, 24))))


def test_speckle_of_rayleigh_grey_levels_is_fully_developed():
    """60 dB over 255 levels of a Rayleigh envelope: SNR 1.913, m 1, SD 5.57 dB, skewness -1.14."""
    random = np.random.default_rng(2)
    amplitude = np.hypot(*random.normal(size=(2, 480, 480)))
    grey = 130 + 20 * np.log10(amplitude) * 255 / 60
    found = statistics.speckle(grey, np.zeros(grey.shape, bool))
    assert found["snr"] == pytest.approx(np.sqrt(np.pi / (4 - np.pi)), rel=0.03)
    assert found["nakagami_m"] == pytest.approx(1, rel=0.04)
    assert found["grey_sd"] == pytest.approx(5.57 * 255 / 60, rel=0.03)
    assert found["grey_skewness"] == pytest.approx(-1.14, abs=0.12)


def test_trends_text_and_dark_do_not_count_as_speckle():
    random = np.random.default_rng(3)
    y, x = np.mgrid[:HEIGHT, :HEIGHT] / HEIGHT
    flat = 120 + random.normal(0, 10, (HEIGHT, HEIGHT))
    tilted = flat + 60 * y - 50 * x * y
    plain, trend = (statistics.speckle(a, np.zeros(a.shape, bool)) for a in (flat, tilted))
    assert trend["grey_sd"] == pytest.approx(plain["grey_sd"], rel=0.02)
    spoilt = flat.copy()
    spoilt[:60] = 0
    spoilt[200:, ::5] = 255
    other = statistics.speckle(spoilt, np.zeros(flat.shape, bool))
    assert other["grey_sd"] == pytest.approx(plain["grey_sd"], rel=0.05)
    everywhere = statistics.speckle(flat, np.ones(flat.shape, bool))
    assert np.isnan(list(everywhere.values())).all()


def test_lesion_of_a_drawn_disc():
    y, x = np.mgrid[:HEIGHT, :300]
    outline = (y - 120) ** 2 + (x - 150) ** 2 <= 30**2
    random = np.random.default_rng(4)
    image = np.where(outline, 60.0, 100.0) + random.normal(0, 8, outline.shape)
    found = statistics.lesion(image, outline, scale=0.5)
    assert found["diameter_file_px"] == pytest.approx(2 * 61, abs=1)
    assert found["diameter_share"] == pytest.approx(61 / HEIGHT, abs=0.003)
    assert found["area_share"] == pytest.approx(np.pi * 30**2 / (HEIGHT * 300), rel=0.02)
    assert found["contrast"] == pytest.approx(40, abs=1)
    assert found["cnr"] == pytest.approx(40 / np.sqrt(2 * 8**2), rel=0.05)
    nothing = statistics.lesion(image, np.zeros(outline.shape, bool), 1.0)
    assert np.isnan(list(nothing.values())).all()
    line = np.zeros(outline.shape, bool)
    line[50, 40:60] = True
    assert statistics.lesion(image, line, 1.0)["diameter_file_px"] == pytest.approx(20)


def test_depth_histogram_follows_the_depth():
    image = np.repeat(np.linspace(0, 255, HEIGHT)[:, None], 40, axis=1)
    shares = statistics.depth_histogram(image)
    assert shares.shape == (statistics.BANDS, statistics.LEVELS)
    assert np.allclose(shares.sum(axis=1), 1)
    middles = shares @ (np.arange(statistics.LEVELS) + 0.5)
    assert (np.diff(middles) > 0).all()


def test_separation_is_one_half_for_alike_and_one_for_apart():
    random = np.random.default_rng(5)
    names = statistics.SPECKLE | statistics.LESION
    alike = pd.DataFrame({name: random.normal(size=4000) for name in names})
    alike["source"] = [PHANTOMS, REAL] * 2000
    assert summarise(alike)["separation"].to_numpy() == pytest.approx(0.5, abs=0.04)
    apart = alike.assign(cnr=alike["cnr"] + 20 * (alike["source"] == REAL))
    assert summarise(apart).set_index("statistic").loc["cnr", "separation"] == 1.0


def pictures_of(source: str, count: int, sigma: float, seed: int) -> list[Picture]:
    """Return pictures of filtered noise, two of each patient."""
    random = np.random.default_rng(seed)
    found = []
    for k in range(count):
        noise = gaussian_filter1d(random.normal(size=(HEIGHT, 200)), sigma, axis=1)
        image = 110 + 25 * noise / noise.std()
        found.append(Picture(source, str(k // 2), "x", image, np.zeros(image.shape, bool), 1.0))
    return found


@pytest.mark.parametrize(("sigma", "low", "high"), [(1.5, 0.4, 0.6), (2.5, 0.95, 1.0)])
def test_patches_are_told_apart_only_if_they_differ(sigma, low, high):
    pictures = pictures_of(PHANTOMS, 20, 1.5, 6) + pictures_of(REAL, 20, sigma, 7)
    told = patches.told_apart(patches.gather(pictures, REAL, 8), 8)
    assert told["auroc_patch"].between(low, high).all(), told
    assert (told["lowest_fold"] <= told["auroc_patch"] + 0.05).all()
    assert (told["patches"] == 40 * patches.PER_PICTURE).all()


def test_patches_avoid_text_and_dark():
    image = np.full((HEIGHT, 200), 100.0)
    image[:, :100] = 255.0
    image[128:] = 0.0
    picture = Picture(REAL, "1", "x", image, np.zeros(image.shape, bool), 1.0)
    found = patches.cut(picture, np.random.default_rng(9))
    assert found
    assert all(patch.max() <= 100 and patch.mean() >= statistics.DARK for patch in found)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    """BUS-BRA as published, with 30 small pictures; those of folds 1 and 2 are not images."""
    root = tmp_path_factory.mktemp("datasets")
    for name in ("Images", "Masks"):
        (root / "BUS-BRA" / name).mkdir(parents=True)
    random, cases, folds = np.random.default_rng(10), [], []
    for k in range(30):
        name, fold = f"{k:04}-l", k % 5 + 1
        cases.append(f"bus_{name},{k},cyst,{['benign', 'malignant'][k % 2]},3,A device,9,9,left,x")
        folds.append(f"bus_{name},benign,{fold}")
        image = random.integers(60, 200, (140, 120)).astype(np.uint8)
        mask = np.zeros((140, 120), np.uint8)
        mask[50:80, 40:90] = 255
        for folder, first, pixels in (("Images", "bus", image), ("Masks", "mask", mask)):
            path = root / "BUS-BRA" / folder / f"{first}_{name}.png"
            if fold < 3:
                path.write_bytes(b"not to be opened")
            else:
                Image.fromarray(pixels).save(path)
    columns = "ID,Case,Histology,Pathology,BIRADS,Device,Width,Height,Side,BBOX"
    (root / "BUS-BRA/bus_data.csv").write_text("\n".join([columns, *cases]) + "\n")
    (root / "BUS-BRA/5-fold-cv.csv").write_text("\n".join(["ID,Pathology,kFold", *folds]) + "\n")
    return root


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    root = tmp_path_factory.mktemp("phantoms")
    make_cohort(root, n=14, image_px=160, seed=3)
    return root


def test_comparison_writes_tables_figures_and_a_page(phantoms, datasets, tmp_path):
    """BUS-BRA's validation and test folds are never opened."""
    compare(phantoms, datasets, tmp_path / "first", seed=1, pictures=12, workers=1)
    files = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    figures = ("speckle", "depth", "lesion_size", "contrast", "scanners")
    assert set(files) == {
        *(f"{name}.csv" for name in ("pictures", "statistics", "depth", "patches", "traits")),
        *(f"{name}.{kind}" for name in figures for kind in ("svg", "png")),
        "realism.md",
    }
    table = pd.read_csv(tmp_path / "first" / "pictures.csv")
    assert table["source"].value_counts().to_dict() == {PHANTOMS: 12, REAL: 12}
    told = pd.read_csv(tmp_path / "first" / "patches.csv")
    page = (tmp_path / "first" / "realism.md").read_text()
    assert f"{told['auroc_patch'].max():.3f}" in page
    # White noise is not speckle, and it is said.
    assert told["auroc_patch"].min() > 0.9 and "no substitute for real images" in page


@pytest.mark.slow
def test_comparison_is_the_same_bytes_again(phantoms, datasets, tmp_path):
    for out, workers in ((tmp_path / "first", 1), (tmp_path / "second", 2)):
        compare(phantoms, datasets, out, seed=1, pictures=12, workers=workers)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    )
    assert first == second


def test_what_is_missing_is_said_at_once(tmp_path, datasets):
    with pytest.raises(UserError) as raised:
        compare(tmp_path, None, tmp_path / "out", seed=1)
    text = raised.value.report()
    assert "no phantoms" in text and "datasets is not set" in text and "BUS-BRA" in text
    assert not (tmp_path / "out").exists()


def test_an_unreadable_picture_is_named(phantoms, datasets, tmp_path):
    import shutil

    broken = shutil.copytree(datasets, tmp_path / "datasets")
    path = broken / "BUS-BRA/Masks/mask_0002-l.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UserError, match=r"mask_0002-l\.png"):
        compare(phantoms, broken, tmp_path / "out", seed=1, workers=1)
    assert not (tmp_path / "out").exists()


def test_pictures_keep_their_proportions(tmp_path):
    Image.fromarray(np.full((100, 60), 7, np.uint8)).save(tmp_path / "image.png")
    mask = np.zeros((100, 60), np.uint8)
    mask[20:40, 10:30] = 1
    Image.fromarray(mask).save(tmp_path / "mask.png")
    files = tmp_path / "image.png", tmp_path / "mask.png"
    picture = read_picture(*files, source=REAL, group="1", device="x")
    assert picture.image.shape == picture.outline.shape == (HEIGHT, 154)
    assert picture.outline.mean() == pytest.approx(400 / 6000, rel=0.05)
    assert picture.scale == HEIGHT / 100


@pytest.fixture(scope="module")
def scans() -> pd.DataFrame:
    """The marks of eight breasts, each as the five scanners show it."""
    return pd.DataFrame(
        {"breast": number, "scanner": scanner, **marks(image)}
        for number in range(1, 9)
        for scanner, image in enumerate(same_lesion(number, seed=5, malignant=bool(number % 2)))
    )


def test_scanners_differ_more_than_breasts(scans):
    """Of any two scanners some mark lies three standard deviations of the breasts apart."""
    means = scans.groupby("scanner")[list(MARKS)].mean()
    spread = np.sqrt(scans.groupby("scanner")[list(MARKS)].var().mean())
    for first in range(len(SCANNERS)):
        for second in range(first):
            apart = ((means.loc[first] - means.loc[second]) / spread).abs()
            assert apart.max() > 3, (SCANNERS[first].name, SCANNERS[second].name, apart)


def test_a_scanner_is_recognised_in_a_breast_never_seen(scans):
    for columns in (list(MARKS), ["lateral_px", "axial_px"]):
        found = cross_val_predict(
            LinearDiscriminantAnalysis(),
            scans[columns],
            scans["scanner"],
            groups=scans["breast"],
            cv=LeaveOneGroupOut(),
        )
        assert (found == scans["scanner"]).mean() > 0.9


def test_the_same_breast_lies_under_every_scanner():
    """Pictures of one breast go together more than those of two breasts under one scanner."""
    one, other = (same_lesion(number, seed=5, image_px=128) for number in (1, 2))

    def smooth(image):
        parts = image.reshape(16, 8, 16, 8).mean(axis=(1, 3))
        return parts.ravel()

    within = [np.corrcoef(smooth(one[0]), smooth(image))[0, 1] for image in one[1:]]
    across = np.corrcoef(smooth(one[0]), smooth(other[0]))[0, 1]
    assert min(within) > 0.85 > across
