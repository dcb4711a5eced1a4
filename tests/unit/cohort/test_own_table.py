"""A hospital's table: every way of writing it down, its columns and files, and what is refused."""

import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from own_tables import read, write
from smallmass.cohort.columns import GIVEN, WORDED
from smallmass.cohort.columns import LENGTHS as LENGTH_COLUMNS
from smallmass.cohort.findings import WARNING
from smallmass.cohort.spreadsheet import read_cells
from smallmass.cohort.table import NUMBERS, complete
from smallmass.cohort.vocabulary import MEANINGS, UNKNOWN_WORDS, normal_form
from smallmass.errors import UserError


def test_the_settings_and_the_reading_mean_the_same_columns():
    assert set(MEANINGS) == set(WORDED) and set(LENGTH_COLUMNS) < set(NUMBERS)


# --- round trips --------------------------------------------------------------------------------

# Letters that Latin-1 has; names and words differ by more than capitals.
LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßéABCXYZ0123456789"
NAMES = st.text(LETTERS + " ,;.-_/()\"'#\n", min_size=1, max_size=12).map(str.strip)
TEXTS = st.text(LETTERS + " ,;\"'#\n", min_size=1, max_size=12).map(str.strip)
LENGTHS = st.decimals("0.01", "25", places=2).filter(
    lambda cm: cm != Decimal("9.9")
)  # 99 mm, see T021
ROW = st.fixed_dictionaries(
    {
        "diameter_cm": st.none() | LENGTHS,
        # 99 may mean unknown, and is asked about (T021).
        "age_years": st.none() | st.integers(15, 110).filter(lambda age: age != 99),
        "label": st.sampled_from(["benign", "malignant"]),
        "family_history": st.sampled_from(["yes", "no", "unknown"]),
        "breast_density": st.sampled_from(MEANINGS["breast_density"]),
        "histology": TEXTS,
        "x_note": TEXTS,
    }
)


@st.composite
def tables(draw):
    """A table as it should be read, and as a hospital may write it."""
    rows = draw(st.lists(ROW, min_size=1, max_size=5))
    for number, row in enumerate(rows):
        row["case_id"] = f"c{number}"
    named = ["case_id", *(name for name in rows[0] if name not in ("case_id", "x_note"))]
    headers = draw(
        st.lists(NAMES, min_size=len(named) + 1, max_size=len(named) + 1, unique_by=_form)
    )
    forms = set(map(_form, headers))
    # Names that are the study's own, or say a unit or a person, mean something: tested apart.
    assume("" not in forms and not forms & {*GIVEN, "name", "dob"})
    assume(not any(unit in form for form in forms for unit in ("mm", "cm")))
    words = {
        name: dict(zip(draw(_words(len(MEANINGS[name]))), MEANINGS[name], strict=True))
        for name in ("label", "family_history", "breast_density")
    }
    return {
        "rows": rows,
        "columns": dict(zip(named, headers, strict=False)),
        "note": headers[-1],
        "words": words,
        "unit": draw(st.sampled_from(["mm", "cm"])),
        "comma": draw(st.booleans()),
        "separator": draw(st.sampled_from([",", ";", "\t"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16"])),
        "ending": draw(st.sampled_from(["csv", "xlsx"])),
        "blank": draw(st.booleans()),
    }


def _form(name):
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _words(count):
    letters = st.text("abcdefgäöü", min_size=2, max_size=6)
    # Words that begin with "acr" or "bi-rads" are density words without being told.
    return st.lists(letters.map("w{}".format), min_size=count, max_size=count, unique=True)


def as_written(table):
    """Return the rows of cells that a hospital would write for a table."""
    back = {
        name: {meaning: word for word, meaning in pairs.items()}
        for name, pairs in table["words"].items()
    }
    rows = []
    for row in table["rows"]:
        cells = []
        for name in table["columns"]:
            value = row[name]
            if name in back:
                value = back[name][value]
            elif name == "diameter_cm" and value is not None:
                value = format(value * (10 if table["unit"] == "mm" else 1), "f")
                value = value.replace(".", ",") if table["comma"] else value
            cells.append("" if value is None else str(value))
        rows.append([*cells, row["x_note"]])
    return rows


@settings(max_examples=40, deadline=None)
@given(tables())
def test_whatever_a_table_is_written_in_its_content_is_read(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("table") / f"table.{table['ending']}"
    rows = [[*table["columns"].values(), table["note"]], *as_written(table)]
    if table["blank"]:
        rows.insert(1, [])
    if table["ending"] == "csv":
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=table["separator"]).writerows(rows)
        path.write_bytes(text.getvalue().encode(table["encoding"]))
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    units = {"diameter_cm": table["unit"]}
    further = [table["note"]]
    own = read(path, columns=table["columns"], units=units, words=table["words"], further=further)
    # Of drawn tables half may be unknown, their last row may look like a remark, and notes like
    # names.
    assert {finding.code for finding in own.findings} <= {"T013", "T020", "T026"}
    cases = complete(own.cases)
    for expected, case in zip(table["rows"], cases.to_dict("records"), strict=True):
        for name in ("case_id", "label", "family_history", "breast_density"):
            assert case[name] == expected[name]
        for name in ("diameter_cm", "age_years"):
            if expected[name] is None:
                assert pd.isna(case[name])
            else:
                assert case[name] == float(expected[name])
        assert case["histology"] == _known(expected["histology"])
        note = table["note"] if table["note"].startswith("x_") else f"x_{table['note']}"
        assert case[note] == expected["x_note"]


def _known(text):
    return "" if normal_form(text) in UNKNOWN_WORDS else text


# --- names --------------------------------------------------------------------------------------


def test_names_that_fit_need_no_mapping(tmp_path):
    path = write(tmp_path / "t.csv", "Case ID,LABEL,diameter_mm,Age (years)\n7,Benign,7.5,45\n")
    cases = read(path).cases
    assert cases.iloc[0].to_dict() == {
        "case_id": "7",
        "label": "benign",
        "diameter_cm": 0.75,
        "age_years": 45.0,
    }


def test_a_mapped_name_wins_and_the_other_column_stays(tmp_path):
    path = write(tmp_path / "t.csv", "case_id,Nr,label\nold,7,b\n")
    own = read(path, columns={"case_id": "Nr"}, further=["case_id"])
    assert (own.cases["case_id"][0], own.cases["x_case_id"][0]) == ("7", "old")
    assert read(path, columns={"case_id": "Nr"}).unused == ["case_id"]


def test_one_column_may_serve_twice(tmp_path):
    path = write(tmp_path / "t.csv", "Nr\n7\n")
    cases = read(path, columns={"case_id": "Nr", "patient_id": "Nr"}).cases
    assert cases.iloc[0].to_dict() == {"case_id": "7", "patient_id": "7"}


def test_missing_and_ambiguous_columns_are_all_told_at_once(tmp_path):
    path = write(tmp_path / "t.csv", "Patient Nr,Alter,Case-ID,Case ID,Laenge\n1,2,3,4,5\n")
    with pytest.raises(UserError) as raised:
        read(
            path,
            ("case_id", "label"),
            columns={"age_years": "Altr", "diameter_cm": "Laenge"},
            words={"label": {"gut": "bening"}},
        )
    problems = raised.value.problems
    assert len(problems) == 5
    text = "\n".join(problems)
    assert "'Case-ID', 'Case ID' could each be case_id" in text
    assert "no column for label. Its columns are: 'Patient Nr', 'Alter'" in text
    assert "cohort.columns: {label: NAME OF YOUR COLUMN}" in text
    assert "cohort.columns.age_years is 'Altr'" in text and "did you mean Alter?" in text
    assert "cohort.units.diameter_cm: the unit of the column 'Laenge' is not stated" in text
    assert "'gut' is said to mean 'bening'. Use one of: benign, malignant, normal" in text


@pytest.mark.parametrize(
    "header",
    [
        *("Name, Vorname", "Geb.-Datum", "Date of birth (dd.mm.yyyy)", "E-Mail-Adresse"),
        *(
            "Nom",
            "Date de naissance",
            "Apellidos",
            "성명",
            "姓名",
            "MRN",
            "Fallnummer",
            "Bemerkung",
        ),
    ],
)
def test_no_further_column_comes_along_that_nobody_named(tmp_path, header):
    """No list of words for persons is whole: names in other languages left the hospital."""
    own = read(write(tmp_path / "t.csv", f'case_id;"{header}";fold\n7;Meier;2\n'))
    assert list(own.cases) == ["case_id", "x_fold"] and "Meier" not in str(own)
    assert own.unused == [header] and own.findings == []


def test_further_columns_come_along_that_the_user_names(tmp_path):
    path = write(tmp_path / "t.csv", "case_id;Geburtsdatum;gene;x_ki67\n7;1.1.1970;p53;20\n")
    own = read(path, further=["GENE", "x_ki67"])
    assert own.cases.iloc[0].to_dict() == {"case_id": "7", "x_gene": "p53", "x_ki67": "20"}
    assert own.findings == []
    (told,) = read(path, further=["Geburtsdatum"]).findings
    assert told.code == "T013" and "'Geburtsdatum' may name persons" in told.message
    with pytest.raises(UserError, match=r"cohort.further names 'Gen', but t.csv has no such"):
        read(path, further=["Gen"])


@pytest.mark.parametrize(
    "header, cells",
    [
        ("Apellidos", ["García López", "Núñez", "Pérez"]),
        ("姓名", ["王芳", "李娜", "张敏"]),
        ("성명", ["김영희", "이순자", "박미경"]),
        ("Фамилия", ["Иванова", "Петрова", "Смирнова"]),
        ("اسم العائلة", ["حداد", "خوري", "نجار"]),
        ("Data urodzenia", ["", "3.7.1961", ""]),
        ("生年月日", ["1961年7月3日", "", ""]),
        ("Ημερομηνία γέννησης", ["1961-07-03 00:00:00", "", ""]),
        ("Cep", ["", "", "0532 123 45 67"]),
        ("PESEL", ["61070312345", "", ""]),
        ("Indirizzo", ["", "anna@posta.it", ""]),
        ("remarks", ["sister of Mrs Huber", "moved to Graz", "see Dr Maier"]),
    ],
)
def test_further_columns_that_may_name_persons_are_told_in_every_language(tmp_path, header, cells):
    rows = "".join(f"{i};{cell}\n" for i, cell in enumerate(cells))
    own = read(write(tmp_path / "t.csv", f"case_id;{header}\n{rows}"), further=[header])
    (told,) = [finding for finding in own.findings if finding.code == "T013"]
    assert f"{header!r} may name persons" in told.message


@pytest.mark.parametrize(
    "cells",
    [
        ["20", "15 %", "7,25", "<5", "0.123456"],
        ["luminal A", "luminal B", "HER2", *["luminal A"] * 5],
        ["positive", "negative", "positive", "unknown", "", "-"],
    ],
)
def test_grades_and_measures_name_nobody(tmp_path, cells):
    rows = "".join(f"{i};{cell}\n" for i, cell in enumerate(cells))
    path = write(tmp_path / "t.csv", f"case_id;marker\n{rows}")
    assert not [f for f in read(path, further=["marker"]).findings if f.code == "T013"]


def test_names_that_repeat_in_the_images_of_a_patient_are_told(tmp_path):
    names = ["Rossi", "Bianchi", "Conti"]
    rows = "".join(f"{i};P{i % 3};{names[i % 3]}\n" for i in range(30))
    path = write(tmp_path / "t.csv", f"case_id;patient_id;Cognome\n{rows}")
    assert [f.code for f in read(path, further=["Cognome"]).findings] == ["T013"]


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path):
    assert read(write(tmp_path / "t.csv", "case_id\n7\n\n8\n")).rows == [2, 4]


# --- files --------------------------------------------------------------------------------------


def workbook(path, rows, title="Sheet", **further):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, content in further.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_of_a_workbook_read_as_a_person_reads_them(tmp_path):
    row = [7, 7.0, 0.7, True, datetime.datetime(2020, 3, 1), datetime.date(2020, 3, 2), None, " a "]
    path = workbook(tmp_path / "t.xlsx", [[f"h{n}" for n in range(len(row))], row])
    cells = read_cells(path).cells.iloc[0].tolist()
    assert cells == ["7", "7", "0.7", "True", "2020-03-01", "2020-03-02", "", "a"]


def test_the_sheet_is_the_first_that_holds_anything_or_the_named_one(tmp_path):
    path = workbook(
        tmp_path / "t.xlsx", [], Cases=[["case_id"], [7]], Old=[["case_id"], [8]], Empty=[]
    )
    own = read(path)
    assert own.cases["case_id"].tolist() == ["7"]
    (finding,) = own.findings
    assert finding.severity == WARNING and "'Cases'; it also has 'Old'" in finding.message
    assert read(path, sheet="Old").cases["case_id"].tolist() == ["8"]
    with pytest.raises(UserError, match="has the sheets 'Sheet', 'Cases', 'Old', 'Empty'"):
        read(path, sheet="old")


def test_excels_own_word_for_the_separator_and_short_rows(tmp_path):
    path = write(
        tmp_path / "t.csv", "sep=;\r\ncase_id;label;note;;\r\n7;b\r\n\r\n;;;;\r\n8;m;x;;\r\n"
    )
    cases = read(path, further=["note"]).cases
    assert cases["case_id"].tolist() == ["7", "8"]
    assert cases["x_note"].tolist() == ["", "x"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "the table is empty"),
        ("t.csv", b"\n  \n", "the table is empty"),
        ("t.csv", b"case_id,label\n", "a header and no row"),
        ("t.csv", b"case_id,label,label\n1,b,b\n", "'label' stands 2 times"),
        (
            "t.csv",
            b"case_id,diameter_mm\n1,7,5\n2,6\n3,6,4\n",
            "columns .2. in rows 2, 4",
        ),
        ("t.csv", b"case_id\0,label\n", "no text file"),
        ("t.csv", b"PK\x03\x04abc", "an Excel workbook with the ending .csv"),
        ("t.xlsx", b"case_id,label\n1,b\n", "no Excel workbook, whatever its name says"),
        ("t.xlsx", b"PK\x03\x04abc", "the workbook is damaged"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0abc", "protected by a password, or in Excel's old format"),
        ("t.pdf", b"%PDF", "must be a CSV file or an Excel workbook"),
    ],
)
def test_files_that_are_no_table(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=words) as raised:
        read(tmp_path / name)
    assert name in str(raised.value)


def test_a_truncated_workbook(tmp_path):
    path = workbook(tmp_path / "t.xlsx", [["case_id", "label"], *([n, "b"] for n in range(50))])
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UserError, match="damaged"):
        read(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read .No such file"):
        read(tmp_path / "t.csv")
