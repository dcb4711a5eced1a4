"""Read a cohort with a trained image model: every region, its probabilities and its outline."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.outline_files import read_outline
from smallmass.cohort.outlines import dice
from smallmass.cohort.run_lengths import encode_rle
from smallmass.errors import UserError
from smallmass.files import read_json, sha256
from smallmass.image_model.configuration import make_config
from smallmass.image_model.views import join_readings, mirror_inputs, mirror_regions
from smallmass.runtime import prepare_runtime
from smallmass.settings import ImageModelSettings
from smallmass.settings.picking import typed
from smallmass.start.form import form_of

COLUMNS = [
    "case_id",
    "fit",
    "detection",
    "p_background",
    "p_benign",
    "p_malignant",
    "y1",
    "x1",
    "y2",
    "x2",
    "area_px",
    "outline",
    "dice",
]


def read_record(weights: str | Path, description: str | Path) -> dict[str, Any]:
    """Return what the JSON file beside a weight file says of it.

    Raises:
        UserError: If the weight file is not the one that it records.
    """
    recorded = read_json(description)
    if sha256(weights) != recorded["weights_sha256"]:
        raise UserError(
            f"{weights} is not the file that {description} records (its sha256 differs); "
            "delete both and train again, or restore the file"
        )
    return recorded


def open_model(weights: str | Path, description: str | Path):
    """Return the trained `mrcnn.model.MaskRCNN`, ready to read.

    Raises:
        UserError: If the weight file is not the one that model.json records.
    """
    recorded = read_record(weights, description)
    settings = typed(ImageModelSettings, recorded["settings"])
    prepare_runtime(settings.threads)
    from mrcnn.model import MaskRCNN

    model = MaskRCNN("inference", make_config(settings, form_of(recorded)))
    model.load_weights(weights)
    return model


def read_cases(
    model,
    cases: pd.DataFrame,
    *,
    root: str | Path,
    images: str | Path,
    transforms: pd.DataFrame,
    mirrored: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> pd.DataFrame:
    """Read images.

    Args:
        model: Of `open_model`.
        cases: Columns case_id, fit, outline (path of the reader's outline, or empty).
        root: Folder that outlines are relative to.
        images: Folder of prepared images.
        transforms: transforms.csv.
        mirrored: Read each image's mirror image, too; see `join_readings`.
        progress: Called with the number of cases read and their total.

    Returns:
        DataFrame: detections.csv, one row a region, best first; a case without any region has
        one row with empty detection columns.
    """
    where = transforms.set_index("case_id")
    size = model.config.BATCH_SIZE
    rows: list[dict] = []
    for start in range(0, len(cases), size):
        batch = cases.iloc[start : start + size]
        molded = np.stack([_molded(model, Path(images) / f"{c}.png") for c in batch["case_id"]])
        windows = np.stack([_window(where.loc[c], molded.shape[1]) for c in batch["case_id"]])
        shapes = [tuple(where.loc[c, ["height", "width"]].astype(int)) for c in batch["case_id"]]
        readings = _read(model, molded, windows, shapes)
        if mirrored:
            again = _read(model, *mirror_inputs(molded, windows), shapes)
            pairs = zip(readings, map(mirror_regions, again), strict=True)
            readings = [join_readings(*pair) for pair in pairs]
        for case, regions, shape in zip(batch.itertuples(), readings, shapes, strict=True):
            rows += _rows(case, regions, _reader_outline(root, case.outline, shape))
        progress(min(start + size, len(cases)), len(cases))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype(
        {"detection": "Int64", "area_px": "Int64"}
        | dict.fromkeys(("y1", "x1", "y2", "x2"), "Int64")
    )


def _read(model, molded, windows, shapes: list[tuple[int, int]]) -> list[dict]:
    """Return the regions of each image, in its own pixels; ``shapes``: (h, w) of each."""
    from mrcnn.molding import unmold

    answers = model.read(molded, windows)
    return [
        unmold(
            answers.detections[i],
            answers.masks[i],
            shape,
            molded.shape[1:],
            windows[i],
            probabilities=answers.probabilities[i],
            paste=model.config.MASK_PASTE,
        )
        for i, shape in enumerate(shapes)
    ]


def _molded(model, path: Path) -> np.ndarray:
    """Return a prepared image as the network's input, (h, w, c) float32."""
    from mrcnn.images import mold_image

    with Image.open(path) as file:
        grey = np.asarray(file)
    channels = int(model.config.IMAGE_CHANNEL_COUNT)
    return mold_image(np.repeat(grey[..., None], channels, axis=-1), model.config)


def _window(transform: pd.Series, size: int) -> np.ndarray:
    """Return the part (y1, x1, y2, x2) px of a prepared image that is not padding."""
    y1, x1 = transform["top"], transform["left"]
    y2 = y1 + transform["height"] * transform["scale_y"]
    x2 = x1 + transform["width"] * transform["scale_x"]
    return np.array([y1, x1, min(y2, size), min(x2, size)])


def _reader_outline(root, outline, shape: tuple[int, int]) -> np.ndarray | None:
    """Return the outline that a person drew, (h, w) bool, or None where there is none."""
    if not isinstance(outline, str):
        return None
    return read_outline(root, outline, shape)


def _rows(case, regions: dict, truth: np.ndarray | None) -> list[dict]:
    """Return one row a region of an image."""
    empty = {"case_id": case.case_id, "fit": case.fit}
    if not len(regions["rois"]):
        return [empty]
    rows = []
    for i, (y1, x1, y2, x2) in enumerate(regions["rois"].tolist()):
        mask = regions["masks"][:, :, i]
        background, benign, malignant = (round(float(p), 6) for p in regions["probabilities"][i])
        rows.append(
            empty
            | {
                "detection": i,
                "p_background": background,
                "p_benign": benign,
                "p_malignant": malignant,
                "y1": y1,
                "x1": x1,
                "y2": y2,
                "x2": x2,
                "area_px": int(mask.sum()),
                "outline": encode_rle(mask),
                "dice": None if truth is None else round(dice(mask, truth), 6),
            }
        )
    return rows
