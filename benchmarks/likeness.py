"""What share of which images `predict` calls unlike those that taught the model.

    uv run --with scikit-image python benchmarks/likeness.py ../shared/datasets

Learns what BUS-BRA's images are like (folds 3 to 5 of its own five; no model is trained) and prints
the share beyond the limit of its other folds, of BrEaST, and of what is no such ultrasound: parts
of photographs (those that scikit-learn and scikit-image bring along), noise, masks, and BUS-BRA's
images of fold 1 turned, inverted, darkened and blurred. Then the same with BrEaST as the teacher.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn.datasets
from PIL import Image, ImageFilter

from smallmass.cohort.images import read_grey
from smallmass.cohort.prepare import fit, resize_image
from smallmass.image_model.likeness import describe, features

SIDE = 192  # of the public presets' image model
ALTERED = 100
PARTS = 7  # of each photograph, beside the whole
PHOTOGRAPHS = (
    *("astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "moon"),
    *("motorcycle_left", "motorcycle_right", "rocket", "clock_motion", "china", "flower"),
)


def numbers(images: list[np.ndarray]) -> np.ndarray:
    """Return the numbers of images, each prepared for the model."""
    rows = []
    for grey in images:
        how = fit(*grey.shape, SIDE)
        rows.append(features(resize_image(np.ascontiguousarray(grey), how), how))
    return np.stack(rows)


def cases(names: list[str], patients: list[str]) -> pd.DataFrame:
    """Return images as the cases of a cohort."""
    return pd.DataFrame(
        {
            "case_id": names, "cohort": "set", "patient_id": patients, "group_id": None,
            "image": names, "frame": np.nan, "pixel_sha256": names,
        }
    )  # fmt: skip


def photographs() -> Iterator[np.ndarray]:
    """Yield photographs, and parts of each."""
    folders = [Path(sklearn.datasets.__file__).parent / "images"]
    try:
        import skimage.data

        folders.append(Path(skimage.data.__file__).parent)
    except ImportError:
        print("scikit-image is not there: two photographs alone")
    rng = np.random.default_rng(1)
    for path in sorted(path for folder in folders for path in folder.iterdir()):
        if path.stem not in PHOTOGRAPHS or path.suffix not in (".png", ".jpg"):
            continue
        whole = read_grey(path)
        yield whole
        for share in rng.uniform(0.35, 0.9, PARTS):
            height, width = (int(side * share) for side in whole.shape)
            y, x = (
                rng.integers(0, a - b + 1)
                for a, b in zip(whole.shape, (height, width), strict=True)
            )
            yield whole[y : y + height, x : x + width]


def altered(images: list[np.ndarray], masks: list[np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Return what is made of ultrasound images, by name."""
    rng = np.random.default_rng(2)

    def blurred(grey: np.ndarray, radius: float) -> np.ndarray:
        return np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(radius)))

    def noise(grey: np.ndarray) -> np.ndarray:
        levels = rng.normal(grey.mean(), grey.std(), grey.shape)
        return levels.clip(0, 255).astype(np.uint8)

    return {
        "noise": [rng.integers(0, 256, grey.shape, dtype=np.uint8) for grey in images],
        "noise of the image's brightness and contrast": [noise(grey) for grey in images],
        "masks": masks,
        "a sixteenth as bright": [grey // 16 for grey in images],
        "turned by 90 degrees": [np.rot90(grey) for grey in images],
        "turned by 180 degrees": [grey[::-1, ::-1] for grey in images],
        "inverted": [255 - grey for grey in images],
        "half the size": [
            np.asarray(Image.fromarray(grey).reduce(2)) for grey in images
        ],
        "blurred by 4 px": [blurred(grey, 4) for grey in images],
        "mirrored": [grey[:, ::-1] for grey in images],
    }  # fmt: skip


def main() -> None:
    """Read the sets, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", type=Path, help="the folder of BUS-BRA and BrEaST")
    datasets = parser.parse_args().datasets
    busbra = datasets / "BUS-BRA"
    table = pd.read_csv(busbra / "bus_data.csv").merge(pd.read_csv(busbra / "5-fold-cv.csv"))
    images = [read_grey(busbra / "Images" / f"{name}.png") for name in table["ID"]]
    folder = datasets / "BrEaST/BrEaST-Lesions_USG-images_and_masks"
    breast = sorted(path for path in folder.glob("case*.png") if "_" not in path.stem)
    of_busbra, of_breast = numbers(images), numbers([read_grey(path) for path in breast])
    test = np.flatnonzero(table["kFold"] == 1)[:ALTERED]
    masks = [table["ID"][i].replace("bus_", "mask_") for i in test]
    others = {"photographs": list(photographs())} | altered(
        [images[i] for i in test], [read_grey(busbra / "Masks" / f"{name}.png") for name in masks]
    )
    strange = {name: numbers(made) for name, made in others.items()}
    folds = {
        "BUS-BRA, validation": of_busbra[table["kFold"] == 2],
        "BUS-BRA, test": of_busbra[table["kFold"] == 1],
    }
    taught = (table["kFold"] >= 3).to_numpy()
    names, owners = list(table["ID"][taught]), list(map(str, table["Case"][taught]))
    of_its_own = [path.stem for path in breast]
    for teacher, likeness, sets in (
        (
            "BUS-BRA",
            describe(cases(names, owners), of_busbra[taught]),
            folds | {"BrEaST": of_breast},
        ),
        (
            "BrEaST",
            describe(cases(of_its_own, of_its_own), of_breast),
            {"BUS-BRA": of_busbra},
        ),
    ):
        print(f"{teacher}: {likeness.images} images, limit {likeness.limit:.2f}")
        for name, found in (sets | strange).items():
            share = (likeness.distances(found) > likeness.limit).mean()
            print(f"  {name} ({len(found)}): {share:.1%}")


if __name__ == "__main__":
    main()
