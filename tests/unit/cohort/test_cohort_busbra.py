"""BUS-BRA: the published layout, and the real files where they are."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from public_data import problems, rewrite
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.inspection import inspect
from smallmass.cohort.sources import get
from smallmass.cohort.split import make_split
from smallmass.cohort.table import complete
from smallmass.errors import UserError
from study_settings import study_settings

STUDY = study_settings({"cohort.sources": {"busbra": "published"}})
SETTINGS = STUDY.cohort


@pytest.fixture
def published(tmp_path):
    """Five patients with two images each, one a fold, written in the published layout."""
    folder = tmp_path / "BUS-BRA"
    for name in ("Images", "Masks"):
        (folder / name).mkdir(parents=True)
    rows, folds = [], []
    rng = np.random.default_rng(0)
    for patient in range(1, 6):
        for side in "lr":
            case = f"bus_{patient:04d}-{side}"
            label = {"l": "benign", "r": "malignant"}[side]
            rows.append((case, patient, "cyst", label, 4, "GE", 9, 9, "left", "[1,1,2,2]"))
            folds.append((case, label, patient, 1))
            grey = rng.integers(0, 256, (30, 40), dtype=np.uint8)
            Image.fromarray(grey).save(folder / "Images" / f"{case}.png")
            mask = np.zeros((30, 40), dtype=bool)
            mask[5:9, 6:12] = True
            Image.fromarray(mask).save(folder / "Masks" / f"mask_{patient:04d}-{side}.png")
    names = ["ID", "Case", "Histology", "Pathology", "BIRADS", "Device"]
    names += ["Width", "Height", "Side", "BBOX"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "bus_data.csv", index=False)
    names = ["ID", "Pathology", "kFold", "valid_1"]
    pd.DataFrame(folds, columns=names).to_csv(folder / "5-fold-cv.csv", index=False)
    return tmp_path


def test_published_layout_is_read(published):
    cases, findings = build_cohort(SETTINGS, None, published)
    assert not errors(findings)
    assert [f.check for f in findings] == ["sizes unknown"]
    case = cases.set_index("case_id").loc["bus_0002-r"]
    assert (case["patient_id"], case["label"], case["birads"]) == ("2", "malignant", "4")
    assert (case["outline"], case["published_split"]) == (
        "BUS-BRA/Masks/mask_0002-r.png",
        "validation",
    )
    assert case["family_history"] == case["breast_density"] == "unknown"
    assert pd.isna(case["age_years"]) and pd.isna(case["diameter_cm"])
    split = make_split(cases, STUDY)["split"]
    assert split.tolist() == ["test"] * 2 + ["validation"] * 2 + ["training"] * 6


def test_a_case_that_the_folds_do_not_list_is_refused_by_the_split(published):
    folds = pd.read_csv(published / "BUS-BRA" / "5-fold-cv.csv")
    folds[1:].to_csv(published / "BUS-BRA" / "5-fold-cv.csv", index=False)
    cases, _ = build_cohort(SETTINGS, None, published)
    with pytest.raises(UserError, match="case bus_0001-l: published_split is empty"):
        make_split(cases, STUDY)


def test_the_real_table(shared):
    """Counts of the data set's paper and README, and the official folds."""
    root = shared / "datasets"
    cases = complete(get("busbra").read(root, SETTINGS).cases)
    assert len(cases) == 1875
    assert cases["label"].value_counts().to_dict() == {"benign": 1268, "malignant": 607}
    patients = cases.drop_duplicates("patient_id")["label"].value_counts().to_dict()
    assert patients == {"benign": 722, "malignant": 342}
    assert cases["device"].nunique() == 4
    split = make_split(cases, STUDY)["split"]
    assert split.groupby(cases["patient_id"]).nunique().max() == 1
    for case in cases.iloc[::100].to_dict("records"):
        found = inspect(case, root)
        assert found.findings == [] and len(found.pixel_sha256) == 64


@pytest.mark.slow
def test_every_real_image_and_outline(shared):
    cases, findings = build_cohort(SETTINGS, None, shared / "datasets", workers=2)
    assert [f.check for f in findings] == ["sizes unknown"]
    assert len(cases) == cases["pixel_sha256"].nunique() == 1875


def test_everything_wrong_with_the_tables_is_said_at_once(published):
    rewrite(published / "BUS-BRA" / "bus_data.csv", lambda table: table.drop(columns="Case"))
    rewrite(published / "BUS-BRA" / "5-fold-cv.csv", lambda table: pd.concat([table, table[:2]]))
    said = problems("busbra", published)
    assert len(said) == 2
    assert "BUS-BRA/bus_data.csv has no column Case. It has: ID, Histology" in said[0]
    assert "5-fold-cv.csv lists an image more than once: bus_0001-l, bus_0001-r." in said[1]
    (published / "BUS-BRA" / "5-fold-cv.csv").unlink()
    said = problems("busbra", published)
    assert len(said) == 1 and "has no BUS-BRA/5-fold-cv.csv" in said[0]
