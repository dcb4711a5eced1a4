"""Several sources, each with its role, as one cohort: drawn sets as published, and real ones."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import own_folder
import small_cohort
from public_data import rectangle, rewrite, write_image, write_mask
from smallmass.cohort.build import build_cohort
from smallmass.cohort.findings import errors
from smallmass.cohort.groups import units
from smallmass.cohort.paths import placed
from smallmass.cohort.split import cross_folds, make_split
from smallmass.errors import UserError
from smallmass.settings import CohortSettings
from study_settings import study_settings
from two_datasets import BREAST, TESTED, TRAINED, write

STUDY = study_settings(
    {
        "cohort.sources": {
            "busbra": {"role": "folds", "training": [1, 3, 4, 5], "validation": [2]},
            "breast": "test",
        },
        "cohort.larger_lesions": "keep",
        "seed": 0,
    }
)
SETTINGS = STUDY.cohort


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write(tmp_path_factory.mktemp("datasets"))


def test_each_set_has_its_role_and_patients_of_its_own(published):
    cases, findings = build_cohort(SETTINGS, None, published)
    assert not errors(findings) and cases["case_id"].is_unique
    split = make_split(cases, STUDY)["split"]
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
    assert said.message.startswith("less than 1.0 cm: 20 lesions; larger: 20; of unknown size: ")
    small, findings = build_cohort(SETTINGS.changed({"larger_lesions": "drop"}), None, published)
    assert len(small) == len(cases) - TESTED // 2
    assert {f.check for f in findings} == {"diameter over the limit", "size unknown"}


def test_problems_of_both_sets_are_said_at_once(tmp_path):
    write(tmp_path)
    rewrite(tmp_path / "BUS-BRA/bus_data.csv", lambda t: t.drop(columns="Histology"))
    table = tmp_path / "BrEaST/BrEaST-Lesions-USG-clinical-data-Dec-15-2023.xlsx"
    rewrite(table, lambda t: t.assign(Classification="odd"))
    with pytest.raises(UserError) as raised:
        build_cohort(SETTINGS, None, tmp_path)
    texts = raised.value.problems
    assert any("no column Histology" in text for text in texts)
    assert any("Classification is 'odd'" in text for text in texts)


def test_an_image_without_a_fold_is_refused_by_the_split(tmp_path):
    write(tmp_path)
    rewrite(tmp_path / "BUS-BRA/5-fold-cv.csv", lambda t: t[t["ID"] != "bus_0003-l"])
    cases, _ = build_cohort(SETTINGS, None, tmp_path)
    with pytest.raises(Exception, match="bus_0003-l: published_split is empty"):
        make_split(cases, STUDY)


def study(**sources) -> CohortSettings:
    """Return settings under ``cohort`` with these sources; no lesion is too large."""
    return SETTINGS.changed({"sources": sources})


def counts(cases: pd.DataFrame, split: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return the number of cases by cohort and split."""
    return cases["cohort"].groupby([cases["cohort"], split["split"]]).size().to_dict()


def hospital(root: Path, patients: int = 12) -> Path:
    """Write a hospital's folder, whose names are those that public sets use, too."""
    names = [f"case{n + 1:03d}" for n in range(patients)]
    for seed, name in enumerate(names):
        own_folder.picture(root / f"{name}.png", seed=1000 + seed)
        own_folder.mask(root / "masks" / f"{name}.png")
    own_folder.write_table(
        root,
        case_id=names,
        label=["benign", "malignant"] * (patients // 2),
        patient_id=[n + 1 for n in range(patients)],
        fold=[n // 2 % 3 + 1 for n in range(patients)],
    )
    return root


def third_set(root: Path) -> Path:
    """Write UDIAT below ``root``: 12 images, as published."""
    for n in range(1, 13):
        write_image(root / f"UDIAT/original/{n:06d}.png", seed=2000 + n)
        write_mask(root / f"UDIAT/GT/{n:06d}.png", rectangle(slice(9, 20), slice(9, 20)))
    types = ["Benign", "Malignant"] * 6
    table = pd.DataFrame({"Image": range(1, 13), "Type": types, "Diagnosis": "x"})
    table.to_excel(root / "UDIAT/DatasetB.xlsx", index=False)
    return root


def test_two_public_sets_train_and_a_third_one_tests(tmp_path):
    """Validation cases are dealt out of one of the two."""
    third_set(write(tmp_path))
    shares = {"role": "dealt", "validation": 0.2, "test": 0}
    settings = study(busbra=shares, udiat="training", breast="test")
    cases, findings = build_cohort(settings, None, tmp_path)
    assert not errors(findings)
    split = make_split(cases, STUDY.changed({"cohort.sources": settings.sources}))
    assert counts(cases, split) == {
        ("breast", "test"): TESTED,
        ("busbra", "training"): 32,
        ("busbra", "validation"): 8,
        ("udiat", "training"): 12,
    }


def test_a_public_set_trains_and_a_hospital_tests(tmp_path):
    """Names that both use are told apart: of cases, of patients and of files."""
    write(tmp_path)
    root = hospital(tmp_path / "hospital")
    folds = {"role": "folds", "training": [3, 4, 5], "validation": [2]}
    cases, findings = build_cohort(study(busbra=folds, folder="test"), root, tmp_path)
    assert not errors(findings)
    unused = {f.case_id for f in findings if f.check == "fold not used"}
    assert len(unused) == 2 * TRAINED // 5 and not unused & set(cases["case_id"])
    split = make_split(cases, STUDY)
    assert counts(cases, split) == {
        ("busbra", "training"): 24,
        ("busbra", "validation"): 8,
        ("own", "test"): 12,
    }
    assert {"busbra 3", "own 1"} <= set(cases["patient_id"])
    folders = {"busbra": tmp_path, "own": root}
    paths = placed(cases, folders)
    assert all(Path(path).is_file() for path in [*paths["image"], *paths["outline"]])


def test_cases_of_one_name_bear_that_of_their_set(tmp_path):
    """BrEaST's case001 and a hospital's are two cases; a dropped one keeps its finding."""
    write(tmp_path)
    rewrite(
        tmp_path / "BrEaST/BrEaST-Lesions-USG-clinical-data-Dec-15-2023.xlsx",
        lambda t: t.assign(Classification=["normal", *t["Classification"][1:]]),
    )
    root = hospital(tmp_path / "hospital")
    cases, findings = build_cohort(study(breast="test", folder="training"), root, tmp_path)
    assert {"own-case001", "own-case002", "breast-case002", "case040"} <= set(cases["case_id"])
    assert [f.case_id for f in findings if f.check == "normal"] == ["breast-case001"]
    assert not errors(findings) and cases["case_id"].is_unique


def test_a_hospital_has_folds_of_its_own(tmp_path):
    """Its table says which in a column called fold; one that is not there is an error."""
    root = hospital(tmp_path)
    folds = {"role": "folds", "training": [1], "validation": [2], "test": [3]}
    cases, findings = build_cohort(study(folder=folds), root, None)
    assert not errors(findings)
    assert make_split(cases, STUDY)["split"].value_counts().to_dict() == {
        "training": 4,
        "validation": 4,
        "test": 4,
    }
    _, findings = build_cohort(study(folder=folds | {"test": [4]}), root, None)
    (error,) = errors(findings)
    assert "names the fold 4 for test, but no case is of it; folds: 1, 2, 3" in error.message


COPIES = [
    # roles of BUS-BRA and BrEaST, and which set loses its copy
    ("training", "test", "busbra"),
    ("test", "training", "breast"),
    ("validation", "training", "breast"),
    ("training", "dealt", "busbra"),
    ("dealt", "test", "busbra"),
    ("training", "training", "breast"),
]


@pytest.mark.parametrize(("role", "other", "loser"), COPIES)
def test_a_copy_in_another_set_never_crosses_a_role(tmp_path, role, other, loser):
    """Neither does its patient: BUS-BRA's patient 1 has two images, one of them in BrEaST."""
    write(tmp_path)
    shutil.copy(tmp_path / "BUS-BRA/Images/bus_0001-l.png", tmp_path / BREAST / "case001.png")
    cases, findings = build_cohort(study(busbra=role, breast=other), None, tmp_path)
    assert not errors(findings)
    left = {"bus_0001-l", "bus_0001-r", "case001"} - set(cases["case_id"])
    assert left == ({"bus_0001-l", "bus_0001-r"} if loser == "busbra" else {"case001"})
    check = "copy in another set" if role == other else "copy in another role"
    assert {f.case_id for f in findings if f.check == check} == left


def test_a_near_copy_in_another_set_is_found_too(tmp_path):
    """Saved again as JPEG and brighter; sets in one role keep both, as a group."""
    write(tmp_path)
    first = Image.open(tmp_path / "BUS-BRA/Images/bus_0001-l.png").convert("L")
    first.point(lambda grey: min(255, grey + 9)).save(tmp_path / "a.jpg", quality=92)
    Image.open(tmp_path / "a.jpg").convert("RGB").save(tmp_path / BREAST / "case001.png")
    cases, _ = build_cohort(study(busbra="training", breast="test"), None, tmp_path)
    assert "case001" in set(cases["case_id"]) and "bus_0001-l" not in set(cases["case_id"])
    cases, findings = build_cohort(study(busbra="training", breast="training"), None, tmp_path)
    group = cases.set_index("case_id")["group_id"]
    assert group["case001"] == group["bus_0001-l"]
    assert "near-duplicate in another set" in {f.check for f in findings}


def test_a_copy_with_another_label_stops_a_hospital_and_is_dropped_of_public_sets(tmp_path):
    """Which label is right, a hospital can find out."""
    root = hospital(write(tmp_path) / "hospital")
    shutil.copy(tmp_path / "BUS-BRA/Images/bus_0001-l.png", root / "case002.png")
    shutil.copy(tmp_path / "BUS-BRA/Images/bus_0001-l.png", tmp_path / BREAST / "case002.png")
    mask = tmp_path / "BUS-BRA/Masks/mask_0001-l.png"
    shutil.copy(mask, root / "masks/case002.png")
    _, findings = build_cohort(study(busbra="training", folder="test"), root, tmp_path)
    assert {f.case_id for f in errors(findings)} == {"bus_0001-l", "case002"}
    cases, findings = build_cohort(study(busbra="training", breast="test"), None, tmp_path)
    assert not errors(findings)
    assert not {"bus_0001-l", "case002"} & set(cases["case_id"])


def test_files_of_one_name_in_two_folders_are_two_images(tmp_path):
    """Phantoms and a hospital may both call an image images/case1.png."""
    phantoms = small_cohort.write(tmp_path / "phantoms")
    own = tmp_path / "own"
    for n in range(8):
        own_folder.picture(own / f"images/case{n}.png", seed=500 + n)
        own_folder.mask(own / f"masks/case{n}.png")
    own_folder.write_table(
        own, case_id=[f"case{n}" for n in range(8)], label=["benign", "malignant"] * 4
    )
    settings = study(phantom="training", folder={"role": "test", "root": str(own)})
    cases, findings = build_cohort(settings, phantoms, None)
    assert not errors(findings) and len(cases) == 16
    assert units(cases).nunique() == 16


@pytest.mark.slow
def test_the_real_sets(shared):
    cases, findings = build_cohort(SETTINGS, None, shared / "datasets", workers=2)
    assert not errors(findings)
    assert cases["cohort"].value_counts().to_dict() == {"busbra": 1875, "breast": 252}
    small = cases[cases["diameter_cm"] < 1]
    assert small["label"].value_counts().to_dict() == {"benign": 63, "malignant": 19}
    split = make_split(cases, STUDY)
    assert split["split"].value_counts().to_dict() == {
        "training": 1490,
        "validation": 385,
        "test": 252,
    }
    crossed = study_settings(study="replication").cross_fitting
    folds = cross_folds(cases, split, crossed, 0)
    assert len(folds) == 5 * 252
