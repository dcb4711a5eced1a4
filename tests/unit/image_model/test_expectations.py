"""What a small cohort is told before it trains, and that it is what the documentation has."""

from pathlib import Path

import pandas as pd
import pytest

from smallmass.image_model.expectations import MEASURED, expectation, expected
from study_settings import study_settings

DOCS = Path(__file__).parents[3] / "docs/image-model.md"


@pytest.mark.parametrize("measured", MEASURED, ids=lambda m: str(m.images))
def test_every_number_stands_in_the_documentation(measured):
    row = (
        f"| {measured.images:,} | {measured.auroc:.3f} | {measured.dice:.3f} | "
        f"{100 * measured.found:.1f} % |"
    )
    assert row in DOCS.read_text(encoding="utf-8")


def test_both_neighbours_are_named():
    few, middle, many = (expectation(images) for images in (10, 600, 5000))
    assert "fewer than were ever tried" in few and few.count("mean Dice") == 1
    assert "with 500, " in middle and "with 800, " in middle
    assert many.count("mean Dice") == 1 and f"with {MEASURED[-1].images:,}, " in many


@pytest.mark.parametrize(
    ("weights", "cohort", "told"),
    [
        ("phantoms", "busi", True),
        ("study:phantoms", "busi", True),  # what `phantoms` is short for
        ("study:busbra", "busi", False),
        (None, "busi", False),
        ("phantoms", "phantom", False),
    ],
)
def test_what_starts_from_phantoms_is_told_with_its_training_images(weights, cohort, told):
    cases = pd.DataFrame({"case_id": [f"{i}" for i in range(100)], "cohort": cohort})
    cases["patient_id"] = cases["case_id"]
    cases["pixel_sha256"] = cases["case_id"]
    cases["outline"] = "outline.png"
    cases[["group_id", "published_split", "frame"]] = None
    cases["image"] = cases["case_id"] + ".png"
    cases["label"] = ["benign", "malignant"] * 50
    settings = study_settings(study="busi").changed(
        {
            "image_model.weights": weights,
            "cohort.sources": {cohort: {"role": "dealt", "validation": 0.2, "test": 0.2}},
        }
    )
    words = expected(cases, settings)
    assert (words or "").startswith("60 images to train on") == told
