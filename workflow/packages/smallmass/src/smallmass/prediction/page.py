"""The page of new images: sorted by score, each with what to know before it is believed."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from PIL import Image

from diagnostic_accuracy.rounding import DASH, half_up
from smallmass.cohort.references import path_of
from smallmass.counts import number_of
from smallmass.options import Pictures
from smallmass.sheet import data_url, render

TEMPLATE = "predictions.html.j2"
OVERLAYS = "overlays"
PICTURE_PX = 300
MOST_PICTURES = 500
WHY_NONE = (
    "No picture is on this page, since an image may say whose it is. With the setting "
    "page.pictures: all it has them; a name leads to the picture in the folder beside it."
)


def page(
    predictions: pd.DataFrame, problems: pd.DataFrame, folder: Path, *, study: str, pictures: str
) -> str:
    """Return the page as HTML that needs no network.

    Args:
        predictions: ``predictions.csv``.
        problems: ``problems.csv``: what was found in the folder of new images.
        folder: Where the overlays are, one PNG a case; there may be none.
        study: Whose models read the images.
        pictures: The setting ``page.pictures``: only with ``all`` an image is on the page.
    """
    ranked = predictions.sort_values("image_score", ascending=False, kind="stable")
    told = _told(problems)
    shown = pictures == Pictures.ALL and len(ranked) <= MOST_PICTURES
    cases = [
        _case(row, [*told.get(row["case_id"], []), *told.get(path_of(row["image"]), [])], folder,
              shown=shown)
        for row in ranked.to_dict("records")
    ]  # fmt: skip
    known = {*ranked["case_id"], *map(path_of, ranked["image"])}
    use = str(ranked["use"].iloc[0]) if len(ranked) else ""
    return render(
        "smallmass.prediction",
        TEMPLATE,
        study=study,
        use=use[:1].upper() + use[1:],
        cases=cases,
        number=number_of(len(cases), "new image"),
        warned=sum(bool(case["warnings"]) for case in cases),
        general=[text for name, texts in told.items() if name not in known for text in texts],
        pictured=any(case["picture"] for case in cases),
        why="" if shown else WHY_NONE,
    )


def _told(problems: pd.DataFrame) -> dict[str, list[str]]:
    """Return what was found, by case or file; of the whole folder under an empty name."""
    texts: dict[str, list[str]] = {}
    for row in problems.to_dict("records"):
        name = "" if pd.isna(row["case_id"]) else str(row["case_id"])
        texts.setdefault(name, []).append(f"{row['check']}: {row['message']}")
    return texts


def _case(row: dict[str, Any], found: list[str], folder: Path, *, shown: bool) -> dict[str, Any]:
    """Return a row of the page, every value a text."""
    name = str(row["case_id"])
    file = folder / OVERLAYS / f"{name}.png"
    notes = [] if pd.isna(row["note"]) else str(row["note"]).split("; ")
    case: dict[str, Any] = {
        "name": name,
        "overlay": f"{OVERLAYS}/{quote(name)}.png" if file.exists() else "",
        "score": _number(row["image_score"]),
        "call": _call(row["image_call"]),
        "probability": _number(row["image_probability"]),
        "clinical": _number(row["clinical_score"]),
        "warnings": [*found, *notes],
        "picture": "",
        **{model: f"{_number(row[f'{model}_score'])}: {_call(row[f'{model}_call'])}"
           for model in ("regression", "tree")},
    }  # fmt: skip
    if shown and file.exists():
        with Image.open(file) as picture:
            small = picture.convert("RGB")
            small.thumbnail((PICTURE_PX, PICTURE_PX))
        case |= {"picture": data_url(small), "width": small.width, "height": small.height}
    return case


def _number(value: Any) -> str:
    return DASH if pd.isna(value) else half_up(float(value), 2)


def _call(value: Any) -> str:
    return "no call" if pd.isna(value) else "malignant" if value == 1 else "benign"
