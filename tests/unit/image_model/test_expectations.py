"""What a small cohort is told before it trains, and that it is what the documentation has."""

from pathlib import Path

import pytest

from smallmass.image_model.expectations import MEASURED, expectation

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
