"""Which images taught a model, and a start that was taught by what is judged."""

import io
from dataclasses import asdict
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from smallmass.cohort.images import pixel_sha256
from smallmass.cohort.prepare import fit, resize_image
from smallmass.cohort.roles import HOSPITALS, SOURCES
from smallmass.phantom.cohort import make_cohort
from smallmass.start import taught as module
from smallmass.start.overlap import overlaps
from smallmass.start.taught import join, read, taught_by, thumbnails_of, write

NAMES = [f"p{n:04d}" for n in range(24)]


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory) -> list[np.ndarray]:
    """Images of 192 px, no two of one lesion."""
    folder = tmp_path_factory.mktemp("phantoms")
    make_cohort(folder, n=len(NAMES), image_px=192, seed=3)
    pictures = []
    for path in sorted((folder / "images").iterdir()):
        with Image.open(path) as file:
            pictures.append(np.asarray(file))
    return pictures


def prepared(folder: Path, pictures: list[np.ndarray], size_px: int, names=NAMES) -> dict:
    """Prepare pictures as a study does: images, transforms and a cohort with their hashes."""
    folder.mkdir()
    rows = []
    for name, grey in zip(names, pictures, strict=False):
        transform = fit(*grey.shape, size_px)
        Image.fromarray(resize_image(grey, transform)).save(folder / f"{name}.png")
        rows.append({"case_id": name, "pixel_sha256": pixel_sha256(grey), **asdict(transform)})
    table = pd.DataFrame(rows)
    cohort = table[["case_id", "pixel_sha256"]].assign(cohort="phantom")
    return {"images": folder, "transforms": table, "cohort": cohort}


def lesson(study: dict, training: slice, validation: slice):
    """Return what taught a model whose study has these parts."""
    cohort = study["cohort"]
    parts = {"training": cohort[training], "validation": cohort[validation]}
    return taught_by(parts, study["images"], study["transforms"])


def judged(study: dict, taught, out_of_fold=False, **parts: slice) -> list[str]:
    """Return what is wrong with a start for a study of these parts."""
    rows = [study["cohort"][["case_id"]][where].assign(split=part) for part, where in parts.items()]
    return overlaps(
        "study:other",
        taught,
        cohort=study["cohort"],
        split=pd.concat(rows),
        images=study["images"],
        transforms=study["transforms"],
        out_of_fold=out_of_fold,
    )


def saved_again(grey: np.ndarray) -> np.ndarray:
    """Return a picture as a colleague may have it: JPEG, smaller, brighter, trimmed."""
    picture = Image.fromarray(grey[3:-2, 2:-4]).resize((150, 151), Image.Resampling.BICUBIC)
    picture = ImageEnhance.Brightness(picture).enhance(1.15)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    with Image.open(file) as again:
        return np.asarray(again.convert("L"))


def test_images_that_are_judged_must_not_have_taught(phantoms, tmp_path):
    study = prepared(tmp_path / "a", phantoms, 96)
    taught = lesson(study, slice(0, 8), slice(8, 12))
    assert not judged(study, taught, training=slice(0, 12), test=slice(12, 24))
    (text,) = judged(study, taught, training=slice(0, 6), test=slice(6, 24))
    assert "images of 6 test cases: p0006, p0007, p0008, p0009, p0010, p0011." in text


def test_validation_images_may_have_validated_but_not_trained(phantoms, tmp_path):
    study = prepared(tmp_path / "a", phantoms, 96)
    taught = lesson(study, slice(0, 8), slice(8, 12))
    assert not judged(study, taught, validation=slice(8, 12))
    (text,) = judged(study, taught, validation=slice(7, 12))
    assert "images of 1 validation case: p0007." in text


def test_training_images_are_judged_out_of_fold_alone(phantoms, tmp_path):
    study = prepared(tmp_path / "a", phantoms, 96)
    taught = lesson(study, slice(0, 2), slice(2, 3))
    parts = {"training": slice(0, 12), "test": slice(12, 24)}
    assert not judged(study, taught, **parts)
    (text,) = judged(study, taught, out_of_fold=True, **parts)
    assert "2 training cases: p0000, p0001." in text


def test_near_copies_are_found_at_another_size_and_padding(phantoms, tmp_path):
    """Other bytes, other pixels: the same image. Of 24 images none other is taken for a copy."""
    theirs = prepared(tmp_path / "theirs", phantoms, 192)
    taught = lesson(theirs, slice(0, 24), slice(0, 0))
    ours = prepared(tmp_path / "ours", [saved_again(phantoms[5])], 128, ["mine"])
    (text,) = judged(ours, taught, test=slice(0, 1))
    assert "near-copies of the images of 1 test case: mine." in text
    others = lesson(theirs, slice(6, 24), slice(0, 5))
    assert not judged(ours, others, test=slice(0, 1))


def test_no_picture_of_a_hospitals_patients_leaves_with_a_model(phantoms, tmp_path):
    """Hashes alone, by which exact copies are found, and near ones are not."""
    assert {SOURCES[name].cohort for name in HOSPITALS} == {module.HOSPITAL}
    theirs = prepared(tmp_path / "theirs", phantoms, 96)
    theirs["cohort"]["cohort"] = module.HOSPITAL
    taught = lesson(theirs, slice(0, 8), slice(8, 12))
    assert not taught.thumbnails.any() and len(set(taught.sha256)) == 12
    (text,) = judged(theirs, taught, test=slice(0, 24))
    assert "images of 12 test cases" in text
    ours = prepared(tmp_path / "ours", [saved_again(phantoms[5])], 96, ["mine"])
    assert not judged(ours, taught, test=slice(0, 1))


def test_a_start_that_does_not_say_what_taught_it_is_refused(phantoms, tmp_path):
    study = prepared(tmp_path / "a", phantoms[:1], 96)
    (text,) = judged(study, None, test=slice(0, 1))
    assert "does not say which images taught it" in text


def test_stages_are_joined_and_the_file_keeps_all(phantoms, tmp_path):
    study = prepared(tmp_path / "a", phantoms, 96)
    first, second = lesson(study, slice(0, 4), slice(4, 6)), lesson(study, slice(2, 5), slice(6, 7))
    both = join(second, first)
    hashes = study["cohort"]["pixel_sha256"]
    assert both.plain() == {
        "training": sorted(hashes[:5]),
        "validation": sorted(hashes[[4, 5, 6]]),
    }
    for name in ("one.h5", "two.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file.attrs["layer_names"] = [b"conv1"]
        assert read(tmp_path / name) is None
        write(tmp_path / name, both)
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()
    again = read(tmp_path / "one.h5")
    assert again.plain() == both.plain() and np.array_equal(again.thumbnails, both.thumbnails)


def test_no_case_gives_no_square(tmp_path):
    empty = thumbnails_of([], tmp_path, pd.DataFrame({"case_id": []}))
    assert empty.shape == (0, module.THUMBNAIL_PX, module.THUMBNAIL_PX)
