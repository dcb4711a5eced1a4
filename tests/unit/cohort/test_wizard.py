"""The wizard: what is sure stands in the settings, what is not is a question."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from dicom_hospital import Hospital, screen
from own_folder import LESION, coco, mask, picture, write_table
from smallmass.settings.resolve import resolve
from smallmass.wizard.__main__ import main
from smallmass.wizard.looking import look
from smallmass.wizard.writing import questions, settings_text


def written(root):
    text = settings_text(look(root), str(root))
    return text, yaml.safe_load(text)["override"]["cohort"]


def german(root):
    for n in range(4):
        picture(root / f"bilder/{n}.png")
        mask(root / f"gt/{n}.png")
    write_table(
        root,
        **{
            "Bild-Nr": range(4), "Patientin": ["P1", "P1", "P2", "P3"],
            "Befund": ["gutartig", "bösartig", "gutartig", "B3"], "Alter (Jahre)": [40, 41, 50, 61],
            "Größe [mm]": [7.5, 8, 6, 9], "Dichte": ["ACR b"] * 4, "Bemerkung": "ok",
        },
    )  # fmt: skip
    return {
        "columns": {"case_id": "Bild-Nr", "patient_id": "Patientin", "label": "Befund",
                    "age_years": "Alter (Jahre)", "diameter_cm": "Größe [mm]",
                    "breast_density": "Dichte"},
        "units": {"diameter_cm": "mm"}, "outlines": "gt", "table": "patients.csv",
    }  # fmt: skip


def korean(root):
    for n in (1, 2, 3):
        picture(root / f"{n}.png")
    coco(root, {f"{n}.png": [LESION] for n in (1, 2, 3)}, name="labels.json")
    write_table(
        root,
        영상번호=[1, 2, 3],
        환자번호=list("abc"),
        병리결과=["양성", "악성", "양성"],
        나이=[40, 41, 50],
    )
    return {
        "columns": {"case_id": "영상번호", "patient_id": "환자번호", "label": "병리결과",
                    "age_years": "나이"},
        "outlines": "labels.json", "table": "patients.csv",
    }  # fmt: skip


@pytest.mark.parametrize("hospital", [german, korean])
def test_what_is_sure_is_right_and_can_be_used(tmp_path, hospital):
    expected = hospital(tmp_path)
    text, settings = written(tmp_path)
    assert {key: settings[key] for key in expected} == expected
    assert resolve({**_defaults(), **yaml.safe_load(text)}).name == "own"


def _defaults():
    from pathlib import Path

    return yaml.safe_load((Path(__file__).parents[3] / "config.yaml").read_text("utf-8"))


def test_what_is_not_sure_is_asked_and_can_be_answered(tmp_path):
    german(tmp_path)
    write_table(tmp_path, **{"Bild-Nr": range(4), "Befund": list("xyxy"), "size": [7, 8, 9, 6],
                             "Alter": ["a", "b", "c", "d"]})  # fmt: skip
    text, settings = written(tmp_path)
    assert "units" not in settings and "words" not in settings
    assert set(settings["columns"]) == {"case_id", "label", "diameter_cm"}
    asked = "\n".join(questions(text))
    for line in ("diameter_cm: mm", "age_years: Alter", "x: MEANING", "patient_id: NAME"):
        assert line in asked
    answered = yaml.safe_load(re.sub(r"# \? ", "", text))["override"]["cohort"]
    assert set(answered["words"]["label"].values()) == {"MEANING"}


def test_the_command_writes_no_file_over_another(tmp_path, capsys):
    german(tmp_path)
    out = tmp_path / "our own.yaml"
    assert main(["start", str(tmp_path), "--out", str(out)]) == 0
    assert f"snakemake check --cores all --configfile '{out}'" in capsys.readouterr().out
    assert main(["start", str(tmp_path), "--out", str(out)]) == 1
    assert main(["start", str(tmp_path / "none")]) == 1
    told = capsys.readouterr().err
    assert "is there already" in told and "there is no folder" in told


def test_a_title_and_a_row_of_units_are_understood(tmp_path):
    """The unit below a heading answers what would be asked; German, under a title."""
    for n in range(3):
        picture(tmp_path / f"{n}.png")
        mask(tmp_path / f"masks/{n}.png")
    (tmp_path / "t.csv").write_text(
        "Kohorte 2020;;;;\nBild;Patiente;Alter;Größe;Befund\n;;Jahre;mm;\n"
        "0;a;40;7;gutartig\n1;b;50;8;bösartig\n2;c;55;9;gutartig\n",
        "utf-8",
    )
    text, settings = written(tmp_path)
    assert settings["units"] == {"diameter_cm": "mm"} and not questions(text)
    assert settings["columns"] == {
        "case_id": "Bild", "patient_id": "Patiente", "label": "Befund", "age_years": "Alter",
        "diameter_cm": "Größe",
    }  # fmt: skip


def of_dicom(folder, names, cells, patients):
    """A folder of DICOM files with a German table; `cells` of the column Datei, or None."""
    hospital = Hospital(folder)
    rows = []
    for n, (name, patient) in enumerate(zip(names, patients, strict=True)):
        hospital.add(name, seed=n, row=False, PatientID=patient)
        rows.append({"Patientin": f"A{n}", "Befund": ("gutartig", "bösartig")[n % 2],
                     "Alter": 50 + n, "Größe [mm]": 7 + n / 10})  # fmt: skip
        if cells is not None:
            rows[-1]["Datei"] = cells[n]
    pd.DataFrame(rows).to_csv(hospital.root / "t.csv", index=False)
    return hospital


PATHS = [f"st{n}/IM{n:04d}.dcm" for n in range(4)]


@pytest.mark.parametrize(
    ("cells", "patients", "columns", "dicom"),
    [
        (PATHS, [f"A{n}" for n in range(4)], {"image": "Datei"}, {"match": "file"}),
        ([f"IM{n:04d}" for n in range(4)], ["ANON"] * 4, {"image": "Datei"},
         {"match": "file", "patient": "table"}),
        (None, [f"A{n}" for n in range(4)], {}, {"match": "PatientID"}),
    ],
)  # fmt: skip
def test_a_folder_of_dicom_files_is_one(tmp_path, cells, patients, columns, dicom):
    """What is written imports every file; nothing of a tag's value stands in the settings."""
    hospital = of_dicom(tmp_path, PATHS, cells, patients)
    text, settings = written(hospital.root)
    assert settings["sources"] == {"dicom": "dealt"} and settings["dicom"] == dicom
    assert {"patient_id": "Patientin", "label": "Befund"} | columns == {
        name: settings["columns"][name] for name in ("patient_id", "label", *columns)
    }
    assert questions(text) == [] and "ANON" not in text
    assert resolve({**_defaults(), **yaml.safe_load(text)}).name == "own"
    own = {name: settings[name] for name in ("table", "columns", "units")}
    cases, findings = hospital.run(own, **dicom)
    assert len(cases) == 4 and not [f for f in findings if f.severity == "error"]


def test_what_is_not_sure_of_dicom_is_asked(tmp_path):
    """Other numbers of patients in the table, several frames, text in the pictures, previews."""
    hospital = of_dicom(tmp_path, PATHS, PATHS, ["X1", "X2", "X3", "X4"])
    tags = {"BurnedInAnnotation": "YES", "PatientID": "X9"}
    hospital.add("loop.dcm", pixels=np.stack([screen(n) for n in range(3)]), row=False, **tags)
    picture(hospital.root / "preview.png")
    text, settings = written(hospital.root)
    assert settings["dicom"] == {"match": "file"} and "sources" not in settings
    asked = "\n".join(questions(text))
    for line in ("patient: table", "frames: first", "mask: ", "sources: {dicom: dealt}"):
        assert f"# ? {line}" in asked
