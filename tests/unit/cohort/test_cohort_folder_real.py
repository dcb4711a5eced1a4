"""A hospital's folder of real images, and the whole way to a checked cohort."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from own_folder import (
    SETTINGS,
    outlines,
    particular,
    via,
)
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.images import read_outline as read_mask


@pytest.fixture
def hospital(shared, tmp_path):
    """A folder as a hospital has it: 24 patients of BUS-BRA, German words, outlines by VIA."""
    published = shared / "datasets" / "BUS-BRA"
    table = pd.read_csv(published / "bus_data.csv", dtype=str).drop_duplicates("Case")
    table = pd.concat([rows.head(12) for _, rows in table.groupby("Pathology")])
    root = tmp_path / "Klinik"
    (root / "bilder").mkdir(parents=True)
    (root / "masken").mkdir()
    for name in table["ID"]:
        shutil.copy(published / "Images" / f"{name}.png", root / "bilder")
        drawn = published / "Masks" / f"{name.replace('bus_', 'mask_')}.png"
        shutil.copy(drawn, root / "masken" / f"{name}_mask.png")
    rng = np.random.default_rng(0)
    pd.DataFrame(
        {
            "Bild-Nr": table["ID"],
            "Patient": table["Case"],
            "Befund": table["Pathology"].map({"benign": "gutartig", "malignant": "bösartig"}),
            "Größe": [f"{size:.1f}".replace(".", ",") for size in rng.uniform(3, 9.9, len(table))],
            "Alter": rng.integers(25, 80, len(table)),
            "Dichte": rng.choice(["ACR a", "ACR b", "ACR c", "ACR d"], len(table)),
        }
    ).to_csv(root / "patienten.csv", sep=";", index=False, encoding="latin-1")
    return root


MAPPING = {
    "outlines": "masken",
    "columns": {
        "case_id": "Bild-Nr",
        "patient_id": "Patient",
        "label": "Befund",
        "diameter_cm": "Größe",
        "age_years": "Alter",
        "breast_density": "Dichte",
    },
    "units": {"diameter_cm": "mm"},
}


def test_real_images_with_a_german_table(hospital):
    cases, findings = build_cohort(SETTINGS.changed(MAPPING), hospital, None)
    assert particular(findings) == []
    assert cases["label"].value_counts().to_dict() == {"benign": 12, "malignant": 12}
    assert cases["diameter_cm"].between(0.3, 0.99).all()
    assert set(cases["breast_density"]) <= {"fatty", "scattered", "heterogeneous", "extreme"}
    for case_id, drawn in outlines(hospital, cases).items():
        assert (drawn == read_mask(hospital / "masken" / f"{case_id}_mask.png")).all()


def test_real_outlines_drawn_as_polygons_are_the_masks(hospital):
    """The border of a mask, as a polygon, has the mask's pixels inside."""
    from contourpy import contour_generator

    images = {}
    for path in sorted((hospital / "masken").iterdir())[::3]:
        padded = np.pad(read_mask(path), 1).astype(float)
        lines = contour_generator(z=padded).lines(0.5)
        corners = max(lines, key=len)[:-1] - 0.5  # of pixel centres in the padded mask, to edges
        images[path.name.replace("_mask", "")] = [
            {
                "name": "polygon",
                "all_points_x": corners[:, 0].tolist(),
                "all_points_y": corners[:, 1].tolist(),
            }
        ]
    via(hospital, images)
    cases, findings = build_cohort(
        SETTINGS.changed(MAPPING | {"outlines": "via.json"}), hospital, None
    )
    assert not errors(findings)
    drawn_cases = cases[cases["outline"] != ""]
    assert len(drawn_cases) == 8
    for case_id, drawn in outlines(hospital, drawn_cases).items():
        assert (drawn == read_mask(hospital / "masken" / f"{case_id}_mask.png")).all()


@pytest.mark.slow
def test_check_by_snakemake(hospital, working_copy, snakemake, tmp_path):
    copy = working_copy("own")
    settings = {"root": str(hospital)} | MAPPING
    (tmp_path / "mine.yaml").write_text(json.dumps({"override": {"cohort": settings}}))
    command = ["check", "--cores", "1", "--config", "study=own"]
    command += ["--configfile", str(tmp_path / "mine.yaml")]
    run = snakemake(copy, *command)
    assert run.returncode == 0, run.stdout[-4000:]
    assert "[check] 24 cases of 24 known patients: 12 benign, 12 malignant" in run.stdout
    before = (copy / "results/own/cohort/candidates.csv").read_bytes()

    # A new outline alone is noticed.
    changed = sorted((hospital / "masken").iterdir())[0]
    Image.fromarray(np.roll(read_mask(changed), 2, axis=1)).save(changed)
    dry = snakemake(copy, "-n", *command)
    assert "Params have changed" in dry.stdout, dry.stdout[-4000:]
    run = snakemake(copy, *command)
    assert (copy / "results/own/cohort/candidates.csv").read_bytes() != before

    # All problems at once, and exit code 1.
    changed.write_bytes(changed.read_bytes()[:100])
    sorted((hospital / "bilder").iterdir())[1].unlink()
    text = (hospital / "patienten.csv").read_text(encoding="latin-1")
    text = text.replace("bösartig", "boese", 1).replace(";ACR", ";dicht", 1)
    (hospital / "patienten.csv").write_text(text, encoding="latin-1")
    run = snakemake(copy, *command)
    assert run.returncode == 1
    for words in ("truncated", "missing image", "'boese' in 1 row", "says 'dicht "):
        assert words in run.stdout or words in run.stdout.replace("no image", "missing image")
    assert "Traceback" not in run.stdout
    # Nothing of the hospital's own is written to.
    assert sorted(path.name for path in hospital.iterdir()) == ["bilder", "masken", "patienten.csv"]
