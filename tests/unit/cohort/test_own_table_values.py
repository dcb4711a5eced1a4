"""A hospital's table: units of lengths, words for categories, and what is no number."""

import pytest

from own_tables import read, write
from smallmass.cohort.findings import ERROR
from smallmass.cohort.table import check, complete
from smallmass.cohort.vocabulary import MEANINGS, meaning_of, meanings
from smallmass.errors import UserError

# --- units --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "unit", "expected"),
    [
        ("size", "mm", 0.75),
        ("size", "cm", 7.5),
        ("size (mm)", None, 0.75),
        ("size [cm]", None, 7.5),
        ("size_MM", "mm", 0.75),
    ],
)
def test_a_length_is_in_the_unit_that_is_stated(tmp_path, header, unit, expected):
    path = write(tmp_path / "t.csv", f"case_id;{header}\n7;7,5\n")
    units = {"diameter_cm": unit} if unit else {}
    cases = read(path, columns={"diameter_cm": header}, units=units).cases
    assert cases["diameter_cm"][0] == expected


def test_units_that_contradict_are_refused(tmp_path):
    path = write(tmp_path / "t.csv", "case_id,size (mm),diameter_cm\n7,7,7\n")
    with pytest.raises(UserError, match=r"column's header 'size .mm.' says mm"):
        read(path, columns={"diameter_cm": "size (mm)"}, units={"diameter_cm": "cm"})
    with pytest.raises(UserError, match="'diameter_cm' says cm"):
        read(path, units={"diameter_cm": "mm"})


def test_ten_millimetres_are_one_centimetre_in_decimal_digits(tmp_path):
    values = [f"{tenths / 10:.1f}" for tenths in range(1, 200)]
    text = "case_id,diameter_mm\n" + "".join(f"c{v},{v}\n" for v in values)
    cases = read(write(tmp_path / "t.csv", text)).cases
    assert [str(value) for value in cases["diameter_cm"]] == [
        str(float(f"{tenths / 100:.2f}")) for tenths in range(1, 200)
    ]


def test_what_is_no_number_stays_as_written_and_the_check_names_it(tmp_path):
    text = "case_id,diameter_mm,age_years\n1,7 x 5,forty\n2,1.2.5,inf\n3,0,0x20\n4,,\n5,NA,n/a\n"
    cases = complete(read(write(tmp_path / "t.csv", text)).cases.assign(label="benign", image="a"))
    told = {(f.case_id, f.message) for f in check(cases) if "out of range" in f.check}
    assert {case_id for case_id, _ in told} == {"1", "2", "3"}
    assert any("7 x 5" in message for _, message in told)
    assert any("forty" in message for _, message in told)
    assert len(told) == 6


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "spellings", "meaning"),
    [
        ("label", ["benign", "Benign", " BENIGN ", "b", "gutartig"], "benign"),
        ("label", ["malignant", "M", "Bösartig"], "malignant"),
        ("breast_density", ["a", "A", "1", "I", "ACR a", "acr-A", "ACR 1", "fatty"], "fatty"),
        ("breast_density", ["b", "2", "BI-RADS b", "Scattered"], "scattered"),
        ("breast_density", ["C", "ACR III", "heterogeneously  dense"], "heterogeneous"),
        ("breast_density", ["d", "ACR:4", "Extremely dense"], "extreme"),
        ("family_history", ["y", "Yes", "JA", "j", "True", "positive"], "yes"),
        ("brca_mutation", ["n", "No", "nein", "False", "negative"], "no"),
        ("family_history", ["", "-", "NA", "n/a", "unknown", "k.A.", "?"], "unknown"),
        ("published_split", ["Train", "training"], "training"),
        ("reference_standard", ["Follow up", "follow-up"], "follow-up"),
    ],
)
def test_spellings_with_one_meaning(column, spellings, meaning):
    known = meanings(column)
    assert {meaning_of(column, word, known) for word in spellings} == {meaning}


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("label", "0"),
        ("label", "1"),
        ("label", "positive"),
        ("label", "4b"),
        ("breast_density", "dense"),
        ("breast_density", "a & b"),
        ("breast_density", "5"),
        ("family_history", "1"),
        ("family_history", "none"),
        ("family_history", "+"),
        ("published_split", "1"),
    ],
)
def test_words_with_several_meanings_are_asked_for(tmp_path, column, word):
    path = write(tmp_path / "t.csv", f"case_id,Spalte\n7,{word}\n8,{word}\n")
    own = read(path, columns={column: "Spalte"})
    assert own.cases[column].tolist() == [word, word]  # nothing is guessed or lost
    (finding,) = own.findings
    assert finding.severity == ERROR
    assert f"the column 'Spalte' says '{word}' in 2 rows" in finding.message
    assert f"cohort.words: {{{column}: {{'{word}': " in finding.remedy
    meaning = MEANINGS[column][1]
    solved = read(path, columns={column: "Spalte"}, words={column: {word: meaning}})
    assert solved.findings == [] and solved.cases[column].tolist() == [meaning, meaning]


def test_words_as_yaml_reads_them(tmp_path):
    """``words: {family_history: {1: yes, 0: no}}`` comes with numbers and truth values."""
    path = write(tmp_path / "t.csv", "case_id,family_history,brca_mutation\n7,1,yes\n8,0,no\n")
    words = {"family_history": {1: True, 0: False}, "brca_mutation": {True: False, False: True}}
    own = read(path, words=words)
    assert own.findings == []
    assert own.cases["family_history"].tolist() == ["yes", "no"]
    assert own.cases["brca_mutation"].tolist() == ["no", "yes"]  # the user's word wins


def test_unknown_patients_are_not_one_patient(tmp_path):
    path = write(tmp_path / "t.csv", "case_id,patient_id,device\n1,unknown,NA\n2,-,GE\n3,p,n/a\n")
    cases = read(path).cases
    assert cases["patient_id"].tolist() == ["", "", "p"]
    assert cases["device"].tolist() == ["", "GE", ""]
