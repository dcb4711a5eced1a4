"""The page of what was understood: every image with its outline, and what each column became."""

import base64
import io
import re

import numpy as np
import pandas as pd
from PIL import Image

from own_folder import SETTINGS, mask, mask_array, picture
from smallmass.cohort.build import survey_cohort
from smallmass.cohort.findings import Finding, to_table
from smallmass.cohort.understood import page
from smallmass.cohort.understood import picture as drawn

URL = re.compile(r'src="data:image/jpeg;base64,([^"]+)"')


def folder(root):
    for name in ("a", "b"):
        picture(root / f"{name}.png")
        mask(root / f"masks/{name}.png")
    (root / "t.csv").write_text("Bild;Befund;Alter\na;0;50\nb;1;\n")
    columns = {"case_id": "Bild", "label": "Befund", "age_years": "Alter"}
    words = {"label": {0: "benign", 1: "malignant"}}
    return SETTINGS.changed({"columns": columns, "words": words})


def made(root, settings):
    survey = survey_cohort(settings, root, None)
    cases, table = survey.cases, to_table(survey.findings)
    table["case_id"] = table["case_id"].where(table["case_id"] != "", np.nan)
    return page(cases.mask(cases == "").infer_objects(), table, root, root / "t.csv", settings)


def test_every_case_and_every_column_stand_on_a_page_of_its_own(tmp_path):
    html = made(tmp_path, folder(tmp_path))
    assert len(URL.findall(html)) == 2 and "http" not in html
    for words in ("0 → benign (1)", "1 → malignant (1)", "from 50 to 50", "1 of 2", "Alter"):
        assert words in html
    with Image.open(io.BytesIO(base64.b64decode(URL.findall(html)[0]))) as shown:
        assert shown.size == (200, 150)


def test_without_pictures_nothing_of_a_patient_leaves(tmp_path):
    html = made(tmp_path, folder(tmp_path).changed({"thumbnails": False}))
    assert not URL.findall(html) and "1 → malignant (1)" in html


def test_the_line_runs_around_the_outline():
    shown = np.asarray(drawn(np.zeros((30, 40), np.uint8), mask_array()))
    yellow = (shown == (255, 214, 10)).all(axis=-1)
    rows, columns = np.nonzero(yellow)
    assert (rows.min(), rows.max()) == (39, 60) and (columns.min(), columns.max()) == (49, 80)
    assert not yellow[45:55, 55:75].any()


def test_a_table_that_cannot_be_read_leaves_a_page(tmp_path):
    settings = folder(tmp_path).changed({"columns": {"case_id": "Nix"}})
    empty = pd.DataFrame(columns=["case_id", "label", "patient_id", "outline"])
    row = {"case_id": np.nan, "code": "F001", "message": "no such column", "severity": "error",
           "check": "reading", "remedy": np.nan}  # fmt: skip
    table = pd.DataFrame([row])
    assert "no such column" in page(empty, table, tmp_path, tmp_path / "t.csv", settings)


def test_what_is_wrong_stands_first_with_its_cases_and_what_to_do(tmp_path):
    settings = folder(tmp_path)
    survey = survey_cohort(settings, tmp_path, None)
    cases = survey.cases.mask(survey.cases == "").infer_objects()
    first = cases["case_id"].iloc[0]
    table = to_table([Finding.of("O024", first, "its outline is all of it")])
    html = page(cases, table, tmp_path, tmp_path / "t.csv", settings)
    part = html[html.index("What is wrong") : html.index("What each column became")]
    assert "must be put right" in part and "Draw the lesion alone." in part
    assert len(URL.findall(part)) == 1 and "its outline is all of it" in part
