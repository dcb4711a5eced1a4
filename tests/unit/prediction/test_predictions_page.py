"""The page of new images: order, warnings, and no picture unless the settings say so."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.prediction.page import page


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Three images; of one a factor is unknown, one is read by no combined model."""
    return pd.DataFrame({
        "case_id": ["a", "b", "c"], "image": ["a.png", "b.png", "c.png"],
        "image_score": [0.2, 0.9, 0.5], "image_call": [0, 1, 1],
        "image_probability": [0.1, 0.8, 0.4], "clinical_score": [0.3, np.nan, 0.6],
        "regression_score": [0.7, np.nan, 0.5], "regression_call": [1, np.nan, 1],
        "tree_score": [0.2, np.nan, 0.5], "tree_call": [0, np.nan, 1],
        "note": [np.nan, "no clinical or combined score", "age_years is unknown; unlike others"],
        "use": "for research, not for diagnosis",
    })  # fmt: skip


PROBLEMS = pd.DataFrame({
    "case_id": ["a", "c.png", np.nan], "check": ["size", "dark", "table"],
    "message": ["larger than studied", "64 of 255", "no table"],
})  # fmt: skip


def rows(html: str) -> dict[str, list[str]]:
    """Return the cells of the table by case, without tags."""
    found = re.findall(r'<tr><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', html, re.DOTALL)

    def plain(text: str) -> str:
        return re.sub(r"<[^>]*>", " ", text).strip()

    return {plain(name): [plain(cell) for cell in re.findall(r"<td.*?</td>", cells, re.DOTALL)]
            for name, cells in found}  # fmt: skip


def test_images_are_sorted_by_score_each_with_its_warnings(predictions, tmp_path):
    html = page(predictions, PROBLEMS, tmp_path, study="tiny", pictures="public")
    shown = rows(html)
    assert list(shown) == ["b", "c", "a"]
    assert shown["a"][:2] == ["0.20", "benign"] and shown["a"][5] == "0.70: malignant"
    assert shown["b"][5] == "–: no call"
    assert "larger than studied" in shown["a"][2]
    assert all(word in shown["c"][2] for word in ("dark", "age_years", "unlike"))
    assert "table: no table" in html and "For research, not for diagnosis" in html
    assert "With a warning: 3 of 3" in html


@pytest.mark.parametrize(("pictures", "there"), [("public", 0), ("none", 0), ("all", 1)])
def test_pictures_are_there_only_if_the_settings_say_so(predictions, tmp_path, pictures, there):
    (tmp_path / "overlays").mkdir()
    Image.new("L", (900, 300)).save(tmp_path / "overlays/b.png")
    html = page(predictions, PROBLEMS, tmp_path, study="tiny", pictures=pictures)
    assert html.count("data:image") == there
    assert 'href="overlays/b.png"' in html and 'href="overlays/a.png"' not in html
