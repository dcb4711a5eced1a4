"""A hospital's folder of images, table and outlines, for the tests of what is read from it."""

import json

import numpy as np
import pandas as pd
from PIL import Image

from smallmass.cohort.outline_files import case_outline
from smallmass.cohort.sources import folder
from smallmass.cohort.table import complete
from study_settings import cohort_settings

SETTINGS = cohort_settings({"sources": {"folder": "dealt"}})
LESION = {"name": "rect", "x": 10, "y": 8, "width": 6, "height": 4}
SECOND = {"name": "rect", "x": 24, "y": 20, "width": 5, "height": 5}


def picture(path, seed=None):
    """Write a random image of 40 x 30 px."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(str(path.name).encode()) if seed is None else seed
    grey = np.random.default_rng(seed).integers(0, 256, (30, 40), dtype=np.uint8)
    Image.fromarray(grey).save(path)


def mask(path, shape=LESION):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask_array(shape).astype(np.uint8) * 255).save(path)


def mask_array(shape=LESION):
    drawn = np.zeros((30, 40), dtype=bool)
    y, x = shape["y"], shape["x"]
    drawn[y : y + shape["height"], x : x + shape["width"]] = True
    return drawn


def write_table(root, *rows, name="patients.csv", **columns):
    """Write rows of ``case_id,label``, or whole columns."""
    table = pd.DataFrame(columns) if columns else pd.DataFrame(rows, columns=["case_id", "label"])
    table.to_csv(root / name, index=False)


def via(root, images, name="via.json", attributes=()):
    """Write VIA's file: each image's shapes, with attributes by image and number."""
    attributes = dict(attributes)
    content = {
        f"{file}-1": {
            "filename": file,
            "size": -1,
            "regions": [
                {"shape_attributes": shape, "region_attributes": attributes.get((file, n), {})}
                for n, shape in enumerate(shapes)
            ],
        }
        for file, shapes in images.items()
    }
    (root / name).write_text(json.dumps({"_via_img_metadata": content}))


def coco(root, images, name="coco.json", categories=("lesion",), chosen=()):
    """Write COCO's file: each image's shapes as polygons, numbered from 1."""
    chosen, annotations = dict(chosen), []
    for image, shapes in enumerate(images.values()):
        for shape in shapes:
            x, y, w, h = (shape[key] for key in ("x", "y", "width", "height"))
            annotations.append(
                {
                    "id": (number := len(annotations) + 1),
                    "image_id": image,
                    "category_id": chosen.get(number, 0),
                    "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                }
            )
    content = {
        "images": [
            {"id": n, "file_name": file, "width": 40, "height": 30} for n, file in enumerate(images)
        ],
        "annotations": annotations,
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories)],
    }
    (root / name).write_text(json.dumps(content))


def read(root, **settings):
    return folder.read(root, SETTINGS.changed(settings))


def by_check(findings, severity=None):
    return {
        (finding.check, finding.case_id): finding
        for finding in findings
        if severity in (None, finding.severity)
    }


def particular(findings):
    """Return the findings but for the warnings that these tables have no patients and factors."""
    general = ("patients unknown", "factors unknown")
    return [finding for finding in findings if finding.check not in general]


def outlines(root, cases):
    table = complete(cases)
    return {case["case_id"]: case_outline(root, case) for case in table.to_dict("records")}
