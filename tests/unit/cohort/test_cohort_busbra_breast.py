"""BUS-BRA and BrEaST as one cohort: small files in the published layouts, and the real ones."""

import pandas as pd
import pytest

from public_data import problems, rewrite
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.split import cross_folds, make_split
from two_datasets import TESTED, TRAINED, write

SETTINGS = {
    "source": "busbra_breast",
    "max_diameter_cm": 1.0,
    "inclusive": False,
    "larger_lesions": "keep",
}
PUBLISHED = {"assignment": "published"}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write(tmp_path_factory.mktemp("datasets"))


def test_each_set_has_its_role_and_patients_of_its_own(published):
    cases, findings = build_cohort(SETTINGS, None, published)
    assert not errors(findings) and cases["case_id"].is_unique
    split = make_split(cases, PUBLISHED, 0)["split"]
    counts = pd.crosstab(cases["cohort"], split)
    assert counts.loc["breast"].to_dict() == {"test": TESTED, "training": 0, "validation": 0}
    assert counts.loc["busbra"].to_dict() == {
        "test": 0,
        "training": 2 * TRAINED * 4 // 5,
        "validation": 2 * TRAINED // 5,
    }
    assert cases["patient_id"].nunique() == TRAINED + TESTED  # both number them from 1
    assert (cases.loc[split == "validation", "x_fold"] == "2").all()


def test_sizes_are_breasts_alone_and_larger_lesions_stay_or_go(published):
    cases, findings = build_cohort(SETTINGS, None, published)
    known = cases["diameter_cm"].notna()
    assert (known == (cases["cohort"] == "breast")).all()
    assert (cases["diameter_cm"] < 1).sum() == TESTED // 2
    (said,) = findings
    assert said.message.startswith("20 lesions are less than 1.0 cm, 20 are not, and the size of")
    small, findings = build_cohort(SETTINGS | {"larger_lesions": "drop"}, None, published)
    assert len(small) == len(cases) - TESTED // 2
    assert {f.check for f in findings} == {"diameter over the limit", "size unknown"}


def test_problems_of_both_sets_are_said_at_once(tmp_path):
    write(tmp_path)
    rewrite(tmp_path / "BUS-BRA/bus_data.csv", lambda t: t.drop(columns="Histology"))
    table = tmp_path / "BrEaST/BrEaST-Lesions-USG-clinical-data-Dec-15-2023.xlsx"
    rewrite(table, lambda t: t.assign(Classification="odd"))
    found = problems("busbra_breast", tmp_path)
    assert any("no column Histology" in text for text in found)
    assert any("Classification is 'odd'" in text for text in found)


def test_an_image_without_a_fold_is_refused_by_the_split(tmp_path):
    write(tmp_path)
    rewrite(tmp_path / "BUS-BRA/5-fold-cv.csv", lambda t: t[t["ID"] != "bus_0003-l"])
    cases, _ = build_cohort(SETTINGS, None, tmp_path)
    with pytest.raises(Exception, match="bus_0003-l: published_split is empty"):
        make_split(cases, PUBLISHED, 0)


@pytest.mark.slow
def test_the_real_sets(shared):
    cases, findings = build_cohort(SETTINGS, None, shared / "datasets", workers=2)
    assert not errors(findings)
    assert cases["cohort"].value_counts().to_dict() == {"busbra": 1875, "breast": 252}
    small = cases[cases["diameter_cm"] < 1]
    assert small["label"].value_counts().to_dict() == {"benign": 63, "malignant": 19}
    split = make_split(cases, PUBLISHED, 0)
    assert split["split"].value_counts().to_dict() == {
        "training": 1490,
        "validation": 385,
        "test": 252,
    }
    folds = cross_folds(cases, split, {"cohort": "breast", "folds": 5, "repeats": 5}, 0)
    assert len(folds) == 5 * 252
