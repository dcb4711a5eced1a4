"""Tables as hospitals keep them: titles, codes, merged cells, spellings; nothing in silence."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from own_tables import read, write
from smallmass.cohort.sizes import check_units
from smallmass.cohort.table_checks import about_patients, spelling
from smallmass.cohort.vocabulary import meaning_of, meanings
from smallmass.errors import UserError


def codes(own):
    return [finding.code for finding in own.findings]


# --- where the table is -------------------------------------------------------------------------


def test_titles_above_and_remarks_below_are_left_out_and_told(tmp_path):
    text = "Export vom 1.3.2020\n\n;;Befund;\nBild;Alter;;label\n1;50;;b\n2;61;;m\nn = 2;;;\n"
    own = read(write(tmp_path / "t.csv", text), columns={"case_id": "Bild", "age_years": "Alter"})
    assert own.cases["case_id"].tolist() == ["1", "2"] and own.rows == [5, 6]
    assert codes(own) == ["T024", "T025"]
    assert "the header is row 4" in own.findings[0].message and "n = 2" in own.findings[1].message


def test_a_patient_that_begins_with_n_is_no_remark(tmp_path):
    own = read(write(tmp_path / "t.csv", "case_id,label,age_years\nm1,b,50\nn 2,,\n"))
    assert own.cases["case_id"].tolist() == ["m1", "n 2"]


def test_a_legend_as_first_sheet_is_passed_over(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Legende"
    book.active.append(["0 = gutartig"])
    sheet = book.create_sheet("Daten")
    for row in (["Patientinnen"], ["case_id", "label"], [1, "b"]):
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    own = read(tmp_path / "t.xlsx")
    assert own.cases.iloc[0].to_dict() == {"case_id": "1", "label": "benign"}
    assert codes(own) == ["T014", "T024"] and "sheet 'Daten'" in own.findings[0].message


def test_cells_merged_over_rows_count_for_each(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["case_id", "patient_id", "age_years"],
        [1, "P1", 50],
        [2, None, None],
        [3, "P2", 61],
    ):
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.active.merge_cells("C2:C3")
    book.save(tmp_path / "t.xlsx")
    own = read(tmp_path / "t.xlsx")
    assert own.cases["patient_id"].tolist() == ["P1", "P1", "P2"]
    assert own.cases["age_years"].tolist() == [50, 50, 61] and codes(own) == ["T022"]


def test_formulas_without_a_stored_result_are_refused(tmp_path):
    book = openpyxl.Workbook()
    for row in (["case_id", "age_years"], [1, "=2020-1970"], [2, 60]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(UserError, match="are not stored in 1 cell of the sheet 'Sheet'"):
        read(tmp_path / "t.xlsx")


@pytest.mark.parametrize(
    ("encoding", "header", "label"),
    [
        ("cp949", "영상번호", "악성"),
        ("shift_jis", "画像番号", "悪性"),
        ("gb18030", "图像编号", "恶性"),
        ("utf-16", "영상번호", "악성"),
        ("cp1252", "Größe-Nr", "bösartig"),
        ("cp1250", "Číslo", "m"),
    ],
)
def test_code_pages_are_found_by_the_names_that_are_mapped(tmp_path, encoding, header, label):
    path = write(tmp_path / "t.csv", f"{header},label\n7,{label}\n", encoding)
    own = read(path, columns={"case_id": header})
    assert own.cases.iloc[0].to_dict() == {"case_id": "7", "label": "malignant"}
    assert codes(own) == ([] if encoding in ("utf-16", "cp1252") else ["T026"])


# --- what cells say -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "words", "meaning"),
    [
        ("1.0", {1: "malignant"}, "malignant"),
        ("1,00", {1: "malignant"}, "malignant"),
        ("1, Malignant", None, "malignant"),
        ("0 = benign", {0: "benign"}, "benign"),
        ("(1) malignant", {1: "malignant"}, "malignant"),
        ("1, Malignant", {1: "benign"}, None),  # code and word contradict
        ("1, Papilloma", {1: "benign"}, None),
        ("악성", None, "malignant"),
        ("bénigne", None, "benign"),
        ("#NULL!", None, "unknown"),
        (".", None, "unknown"),
    ],
)
def test_numbers_and_codes_with_words(word, words, meaning):
    assert meaning_of("label", word, meanings("label", words)) == meaning


def test_check_boxes_are_yes_and_no():
    known = meanings("family_history")
    assert meaning_of("family_history", "Unchecked", known) == "no"
    assert meaning_of("family_history", "Checked", known) == "yes"


@pytest.mark.parametrize("code", ["99", "999", "-1", "99.0"])
def test_codes_for_unknown_are_asked_for_and_understood_when_told(tmp_path, code):
    path = write(tmp_path / "t.csv", f"case_id,age_years\na,{code}\nb,{code}\nc,45\n")
    (told,) = [finding for finding in read(path).findings if finding.code == "T021"]
    plain = code.removesuffix(".0")
    assert f"is {plain} in 2 of 3 rows" in told.message
    assert f"cohort.words: {{age_years: {{'{plain}': unknown}}}}" in told.remedy
    own = read(path, words={"age_years": {int(plain): "unknown"}})
    assert own.cases["age_years"].isna().tolist() == [True, True, False]
    assert "T021" not in codes(own)
    real = read(path, words={"age_years": {int(plain): int(plain)}})
    assert real.cases["age_years"][0] == int(plain) and codes(real) == []


def test_a_column_that_is_hardly_filled_is_told_with_its_name(tmp_path):
    own = read(write(tmp_path / "t.csv", "case_id,age_years,brca_mutation\na,,no\nb,.,\nc,45,no\n"))
    (told,) = own.findings
    assert told.message == "age_years (the column 'age_years') is unknown in 2 of 3 rows"


# --- patients -----------------------------------------------------------------------------------


def test_spellings_of_one_patient_are_told(tmp_path):
    forms = ["P001", "p001", "P-001", "P 001", "P001.", "P1", "Ｐ００１"]
    assert len({spelling(form) for form in forms}) == 1
    assert spelling("1-2") != spelling("12") and spelling("P10") != spelling("P1")
    cases = pd.DataFrame({"case_id": list("abc"), "patient_id": ["P001", "p-001", "P002"]})
    (told,) = about_patients(cases)
    assert told.code == "T018" and "'P001' / 'p-001'" in told.message


def test_rows_of_a_patient_that_contradict_are_told():
    cases = pd.DataFrame(
        {
            "case_id": list("abcd"),
            "patient_id": ["P1", "P1", "P2", "P2"],
            "brca_mutation": ["yes", "no", "unknown", "no"],
            "age_years": [50, 51, 30, 70],
        }
    )
    messages = [finding.message for finding in about_patients(cases)]
    assert messages == [
        "patient P1: brca_mutation is yes in a, no in b",
        "patient P2: age_years is 30 in one row and 70 in another",
    ]


def test_both_labels_in_one_patient_are_told_once_with_the_cases():
    """Two lesions of two kinds are possible, and so is a wrong label; normal is no lesion."""
    labels = ["benign", "malignant", "benign", "normal", "malignant", "malignant", "benign"]
    cases = pd.DataFrame(
        {"case_id": list("abcdefg"), "patient_id": ["P1", "P1", "P1", "P2", "P2", "", ""]}
    ).assign(label=labels)
    (told,) = about_patients(cases)
    assert (told.code, told.severity) == ("T029", "warning")
    assert told.message == (
        "benign and malignant lesions in 1 patient: P1 (benign: a, c; malignant: b)"
    )


# --- two header rows ----------------------------------------------------------------------------


@pytest.mark.parametrize("brackets", ["{}", "[{}]", "({})"])
def test_a_second_header_row_gives_units(tmp_path, brackets):
    """Groups above the header, units below it: the values and the number of each row are right."""
    mm, years = brackets.format("mm"), brackets.format("Jahre")
    (tmp_path / "t.csv").write_text(
        f"Patientin;;Ultraschall;\nBild;Alter;Größe;Befund\n;{years};{mm};\n"
        "7;50;8,5;gutartig\n8;61;12;bösartig\n",
        "utf-8",
    )
    columns = {
        "case_id": "Bild", "age_years": "Alter", "diameter_cm": "Größe", "label": "Befund",
    }  # fmt: skip
    own = read(tmp_path / "t.csv", columns=columns)
    assert own.cases["case_id"].tolist() == ["7", "8"] and own.rows == [4, 5]
    assert own.cases["diameter_cm"].tolist() == [0.85, 1.2]
    assert own.cases["age_years"].tolist() == [50, 61]
    (told,) = [finding for finding in own.findings if finding.code == "T028"]
    assert f"Größe: {mm}" in told.message and "row 3" in told.message
    with pytest.raises(UserError, match="says mm"):
        read(tmp_path / "t.csv", columns=columns, units={"diameter_cm": "cm"})


@pytest.mark.parametrize("first", ["7;50;8.5;b", "x;;;", "7;;;m", "mm;;;b"])
def test_a_case_is_no_row_of_units(tmp_path, first):
    """Not where cells may be a case's: an identifier, a word of the label."""
    text = f"case_id;age_years;diameter_mm;label\n{first}\n8;61;12;m\n"
    (tmp_path / "t.csv").write_text(text)
    assert len(read(tmp_path / "t.csv").cases) == 2


# --- units --------------------------------------------------------------------------------------


def test_rows_in_another_unit_are_told_one_by_one():
    """A third of a column in mm was typed in cm: 2.4 cm became 0.24 cm, in silence."""
    true = np.array([0.8, 1.5, 2.4, 0.6, 0.9, 1.1])
    read_as = np.where([True, False, True, False, False, False], true / 10, true)
    table = pd.DataFrame({"case_id": list("abcdef"), "diameter_cm": read_as, "pixel_cm": np.nan})
    side = np.full(6, 400.0)
    found = check_units(table, true / 4 * 400, side, 1.0)
    assert [(f.code, f.case_id) for f in found] == [("L010", "a"), ("L010", "c")]
    no_outline = check_units(table, np.full(6, np.nan), np.full(6, np.nan), 1.0)
    assert [(f.code, f.case_id) for f in no_outline] == [("L011", "a"), ("L011", "c")]


def test_one_age_for_all_patients_is_told():
    cases = pd.DataFrame({"case_id": [f"c{n}" for n in range(12)], "age_years": 50})
    cases["patient_id"] = [f"P{n}" for n in range(12)]
    found = [finding for finding in about_patients(cases) if finding.code == "T034"]
    assert [finding.message for finding in found] == ["age_years is 50 in all 12 rows"]
    cases.loc[0, "age_years"] = 51
    assert not list(about_patients(cases))
    assert not list(about_patients(cases[1:6]))  # five women of one age are a chance
