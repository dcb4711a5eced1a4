"""The wizard: what is sure stands in the settings, what is not is a question."""

import re

import pytest
import yaml

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
