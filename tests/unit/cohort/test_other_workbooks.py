"""Tables of OpenDocument and of Excel's old format: what is in a sheet beside plain cells."""

import base64
import zipfile
import zlib

import openpyxl
import pytest

from own_tables import read
from smallmass.errors import UserError

pytest.importorskip("python_calamine")

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_MANIFEST = (
    '<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    "</m:manifest>"
)
# A workbook of BIFF 8, written by xlwt 1.3: a cell over two rows, a date, a number as text.
_XLS = (
    "c-rk)Pe>F|82`Puv+gSXS#1q85D~I65u}I?=~hsl601WYfz7&uEUu%hduTh9Wgdf|Q_)4RLx-"
    "#`RuoaU4uMgJKnS$x)F~+FpgVovH?!-"
    "X3S20|nBVZedEfWm`@L`8_uiW~^Ln;=e)2*60@k1t0py%gl&r8RN~L)v0xEYL&gSo7N{)|Bh0-"
    "tuvLuKn6|X`ZLyq?XH0~QONCF=yoxupYhi$8I194b<FctgIK~musSt?N{Ue$=~7r8~`J*oLr<Uz4q71=>`=T$FeW8E"
    "$Ly;*!(H%VC~nD?QynG;JpYVne1@x^P(tsBIlbka<1vVsPq98;ixc3HNSX1xNpd3`1lZ9_wC+3Y-"
    "`6zVB_a~grK`8EB#(YJ4`U4iW1SKC9sv4<&yYwg#y0gS;pD@$a8w&w$eI}=VWq8DY9<wP@~-"
    "yF62k_pmA%uLd<Go;XFZVp&|S<6h127#0rw^B5b&QWTo<<QekyFuKtlLIzsd-qZGAu~mqX=j+#-"
    "8&+y_Kpf!Q{^NRsFHlOtgHyRzj)`%n`7~wSf5zN<bC13RkrhEz`-"
    "SML5(Y=Bp{L;LyNT7E%LIkZj*ey$SBpJdvi~%mpM8vb*@NhGxf7a@HVz%MSdscCq5s4)G+Zewu|!9T?^-"
    "<)9+%FXrf_EP<y_{(W+Y2%^QrzvHV?mJJ5TPbwBM!VIA>&cf40;6_z9tpz&b18jp@DXxbYqR|}99C};+0hR3Xa!K{Q"
    "i=+#%k%<;IOS!3pzLK!oM3S|a8%iLWp%vyR{X671NnAwMCG)mg@nVGckhCN;_ynH_R<awY)cIq0;FbVC;%P4~nA3l8"
    "e@ZrOUkADFr=T7&mZFr~c68DQi{_8AJ%K5)Z{#%^DFkKn?tULmn?rCI;nm=0+RCzA7&Nlh~g^W|wdm4j?iywnU&tLi"
    "uQ!Afm-3=puZV46Jf36rm|8oC701I#E=l"
)


def words(value, attributes=""):
    return (
        f'<table:table-cell office:value-type="string"{attributes}><text:p>{value}</text:p>'
        "</table:table-cell>"
    )


def number(value, attributes=""):
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}"{attributes}>'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


HEADER = "".join(map(words, ("case_id", "patient_id", "age_years", "label")))


def ods(path, *rows, hidden=()):
    """Write a sheet of OpenDocument; rows are XML of cells, the header before them."""
    drawn = "".join(
        "<table:table-row"
        + (' table:visibility="filter"' if place in hidden else "")
        + f">{row}</table:table-row>"
        for place, row in enumerate((HEADER, *rows), 1)
    )
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{_OASIS}:office:1.0" '
        f'xmlns:table="{_OASIS}:table:1.0" xmlns:text="{_OASIS}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="S">{drawn}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", content)
    return path


def codes(own):
    return [finding.code for finding in own.findings]


def test_cells_merged_over_rows_of_an_open_document_count_for_each(tmp_path):
    over_two, covered = ' table:number-rows-spanned="2"', "<table:covered-table-cell/>"
    own = read(
        ods(
            tmp_path / "t.ods",
            words(1) + words("P1", over_two) + number(45) + words("benign"),
            words(2) + covered + words("46") + words("benign"),
        )
    )
    assert own.cases["patient_id"].tolist() == ["P1", "P1"]
    assert own.cases["age_years"].tolist() == [45, 46]  # one of them is a number as text
    assert codes(own) == ["T022"] and "B2:B3" in own.findings[0].message


def test_formulas_of_an_open_document_need_results(tmp_path):
    row = words(1) + words("P1") + "{}" + words("benign")
    stored = number(46, ' table:formula="of:=[.A2]+45"')
    own = read(ods(tmp_path / "t.ods", row.format(stored)))
    assert own.cases["age_years"].tolist() == [46]
    path = ods(tmp_path / "t.ods", row.format('<table:table-cell table:formula="of:=[.A2]+45"/>'))
    with pytest.raises(UserError, match="formulas are not stored in 1 cell of the sheet 'S'"):
        read(path)


def test_rows_that_fill_up_an_open_document_take_no_time(tmp_path):
    """A sheet of LibreOffice ends with a row that stands for a million."""
    filling = '<table:table-cell table:number-columns-repeated="16384"/>'
    path = ods(tmp_path / "t.ods", words(1) + words("P1") + number(45) + words("benign"), filling)
    content = zipfile.ZipFile(path).read("content.xml").decode()
    last = "<table:table-row>" + filling
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        repeated = last.replace("row>", 'row table:number-rows-repeated="1048000">', 1)
        archive.writestr("content.xml", content.replace(last, repeated))
    assert read(path).cases["case_id"].tolist() == ["1"]


def test_hidden_rows_are_read_and_told(tmp_path):
    """Somebody filtered out the women who are not to take part, and sent the file."""
    rows = [words(n) + words(f"P{n}") + number(40 + n) + words("benign") for n in (1, 2, 3)]
    own = read(ods(tmp_path / "t.ods", *rows, hidden=(3,)))
    assert own.cases["case_id"].tolist() == ["1", "2", "3"]
    assert codes(own) == ["T032"] and own.findings[0].message.endswith("read all the same: row 3")
    book = openpyxl.Workbook()
    for row in (["case_id", "label"], ["1", "b"], ["2", "b"], ["3", "m"]):
        book.active.append(row)
    book.active.row_dimensions[4].hidden = True
    book.save(tmp_path / "t.xlsx")
    own = read(tmp_path / "t.xlsx")
    assert codes(own) == ["T032"] and own.findings[0].message.endswith("row 4")


def test_an_old_workbook_gives_merged_cells_dates_and_numbers_as_text(tmp_path):
    (tmp_path / "t.xls").write_bytes(zlib.decompress(base64.b85decode("".join(_XLS))))
    own = read(tmp_path / "t.xls", further=["x"])
    assert own.cases["patient_id"].tolist() == ["P1", "P1"]
    assert own.cases["case_id"].tolist() == ["1", "2"]
    assert own.cases["age_years"].tolist() == [45, 46]
    assert own.cases["x_x"].tolist() == ["2020-03-04", ""] and "T022" in codes(own)
