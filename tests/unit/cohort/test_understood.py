"""The page of what was understood: every image with its outline, and what each column became."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from own_folder import SETTINGS, mask, mask_array, picture
from smallmass.cohort.build import LEFT_OUT, survey_cohort
from smallmass.cohort.findings import Finding, to_table
from smallmass.cohort.table import complete
from smallmass.cohort.understood import SAMPLE, page, parts_of, why_no_pictures
from smallmass.cohort.understood_cards import picture as drawn
from smallmass.settings import Settings
from smallmass.settings.picking import typed

URL = re.compile(r'src="data:image/jpeg;base64,([^"]+)"')


def folder(root):
    for name in ("a", "b"):
        picture(root / f"{name}.png")
        mask(root / f"masks/{name}.png")
    (root / "t.csv").write_text("Bild;Befund;Alter\na;0;50\nb;1;\n")
    columns = {"case_id": "Bild", "label": "Befund", "age_years": "Alter"}
    words = {"label": {0: "benign", 1: "malignant"}}
    return SETTINGS.changed({"columns": columns, "words": words})


def whole(cohort, pictures="public") -> Settings:
    """Return settings of which the page needs no others."""
    return typed(Settings, {"cohort": cohort.plain(), "page": {"pictures": pictures}})


def shown(cases, table, root, settings, left_out=None) -> str:
    """Return the page of a folder of one's own."""
    left_out = cases.iloc[:0] if left_out is None else left_out
    cohorts = parts_of(cases, {"folder": str(root)}, root / "t.csv", whole(settings))
    return page(cases, left_out, table, cohorts)


def made(root, settings):
    survey = survey_cohort(settings, root, None)
    cases, table = survey.cases, to_table(survey.findings)
    table["case_id"] = table["case_id"].where(table["case_id"] != "", np.nan)
    return shown(cases.mask(cases == "").infer_objects(), table, root, settings)


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
    empty = pd.DataFrame(columns=["case_id", "cohort", "label", "patient_id", "outline"])
    row = {"case_id": np.nan, "code": "F001", "message": "no such column", "severity": "error",
           "check": "reading", "remedy": np.nan}  # fmt: skip
    table = pd.DataFrame([row])
    assert "no such column" in shown(empty, table, tmp_path, settings)


def test_what_is_wrong_stands_first_with_its_cases_and_what_to_do(tmp_path):
    settings = folder(tmp_path)
    survey = survey_cohort(settings, tmp_path, None)
    cases = survey.cases.mask(survey.cases == "").infer_objects()
    first = cases["case_id"].iloc[0]
    table = to_table([Finding.of("O024", first, "its outline is all of it")])
    html = shown(cases, table, tmp_path, settings)
    part = html[html.index("What is wrong") : html.index("What each column became")]
    assert "must be put right" in part and "Draw the lesion alone." in part
    assert len(URL.findall(part)) == 1 and "its outline is all of it" in part


def test_a_case_that_was_left_out_has_its_picture_and_why(tmp_path):
    """It is no candidate any more; left_out.csv says where its image is."""
    settings = folder(tmp_path)
    cases = survey_cohort(settings, tmp_path, None).cases.mask(lambda t: t == "").infer_objects()
    stays, left = cases.iloc[1:], cases.iloc[:1]
    found = Finding.of("O003", left["case_id"].iloc[0], "no pixel of it", public=True)
    html = shown(stays, to_table([found]), tmp_path, settings, left[LEFT_OUT])
    part = html[html.index("What is wrong") : html.index("What each column became")]
    assert "left out of the study" in part and len(URL.findall(part)) == 1
    assert len(URL.findall(html)) == len(cases)


def public(root, n) -> pd.DataFrame:
    """Return candidates of a public set with one image, every third malignant."""
    picture(root / "a.png")
    mask(root / "masks/a.png")
    return complete(
        pd.DataFrame({
            "case_id": [f"c{i:04d}" for i in range(n)],
            "cohort": "busbra",
            "image": "a.png",
            "outline": "masks/a.png",
            "label": ["malignant" if i % 3 == 0 else "benign" for i in range(n)],
            "device": "a scanner",
        })
    ).mask(lambda table: table == "")  # fmt: skip


def test_of_a_public_set_a_stated_sample_with_its_shares_is_shown_and_all_that_is_wrong(tmp_path):
    n = 2 * SAMPLE + 100
    cases = public(tmp_path, n)
    found = to_table([Finding.of("O022", "c0007", "is small"), Finding.of("I005", "c0300", "few")])
    cohorts = parts_of(cases, {"busbra": str(tmp_path)}, None, whole(SETTINGS))
    html = page(cases, cases.iloc[:0], found, cohorts)
    assert f"{SAMPLE} of {n}, evenly drawn" in html and "a scanner (500)" in html
    wrong, cards = html.split("<h2>Cases: ")
    assert len(URL.findall(wrong)) == 2 and len(URL.findall(cards)) == SAMPLE
    malignant = len(re.findall(r"</b>: malignant", cards))
    assert malignant == pytest.approx(SAMPLE / 3, abs=1)


@pytest.mark.parametrize(
    ("source", "changes", "pictures", "hidden"),
    [
        ("busbra", {}, "public", ""),
        ("busbra", {}, "none", "page.pictures is none"),
        ("phantom", {}, "public", ""),
        ("folder", {}, "public", ""),
        ("folder", {"thumbnails": False}, "all", "cohort.thumbnails is false"),
        ("dicom", {}, "public", "contact sheet"),
        ("dicom", {}, "all", ""),
        ("dicom", {}, "none", "contact sheet"),
        ("busbra", {"read_pixels": False}, "public", "cohort.read_pixels is false"),
    ],
)
def test_whose_pictures_are_shown_is_the_settings_word(source, changes, pictures, hidden):
    why = why_no_pictures(source, whole(SETTINGS.changed(changes), pictures))
    assert (hidden in why) and bool(why) == bool(hidden)
