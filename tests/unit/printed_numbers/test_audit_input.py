"""The two files of a paper: what print adds to numbers, and every problem at once."""

import copy
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from printed_numbers import audit, checks_page, read_paper
from printed_numbers.checks import CHECKS
from printed_numbers.errors import PaperError
from printed_numbers.printed import Printed
from printed_numbers.reading import clean

HEADER = "id,where,dataset,model,metric,value,ci_low,ci_high,n\n"
TABLE = """\
n,table1,,,cases,1041,,,
pos,table1,,,positives,60,,,
neg,table1,,,negatives,60,,,
one,table1,,,a single case,1,,,
zero,table1,,,nobody,0,,,
sens,table2,,,sensitivity,63.3,51.1,75.5,
spec,table2,,,specificity,90.0,,,
acc,table2,,,accuracy,76.7,,,
area,table2,,,AUROC,0.85,,,
percent_area,table2,,,AUROC,85,,,
fraction,table2,,,sensitivity,0.800,,,
above,table2,,,sensitivity,180,,,
p,table2,,,P,0.166,,,
small,table2,,,P,<0.001,,,
mean,table1,,,age,46.4,,,
sd,table1,,,age,8.6,,,
alpha,methods,,,alpha,0.05,,,
claim,text,,,better,,,,
"""


def read(folder, relations, table=TABLE, **top):
    """Read a paper of a table and of relations, or of a whole file of relations as text."""
    (folder / "numbers.csv").write_text(HEADER + table, encoding="utf-8")
    text = relations
    if not isinstance(relations, str):
        text = yaml.safe_dump({"title": "T", "source": "S", **top, "relations": relations})
    (folder / "relations.yaml").write_text(text, encoding="utf-8")
    return read_paper(folder / "numbers.csv", folder / "relations.yaml")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("1,041", "1041"), ("12,345,678.9", "12345678.9"), ("1 041", "1041"),
        ("1\u202f041", "1041"),
        ("80.0%", "80.0"), ("80.0 %", "80.0"), ("<0.001", "<0.001"), ("< .001", "<.001"),
        ("P < 0.001", "<0.001"), ("p=0.04", "0.04"), ("<=0.05", "≤0.05"), ("> 0.99", ">0.99"),
        ("NS", "NS"), ("n.s.", "NS"), ("−0.5", "-0.5"), ("–0.5", "-0.5"), ("63·3", "63.3"),
        ("2014-01", "2014-01"), (".05", ".05"), ("1.2e-05", "1.2e-05"),
    ],
)  # fmt: skip
def test_numbers_stand_as_they_are_printed(text, cleaned):
    assert clean(text) == cleaned


@pytest.mark.parametrize("text", ["many", "63,3", "1.2.3", "12 a", "--", "1,04"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="write"):
        clean(text)


def test_an_interval_may_stand_as_it_is_printed(tmp_path):
    """In the cell of the value, or with its dash in the cell of the lower end."""
    table = "a,t,,,x,63.3 (51.1–75.5),,,\nb,t,,,x,63.3%,51.1% to 75.5%,,\n"
    relations = [
        {"check": "intervals", "table": "T", "rows": [{"value": v, "of": 60} for v in "ab"]}
    ]
    result = audit(read(tmp_path, relations, table))
    assert {check.verdict for check in result.overall.values()} == {"consistent"}


def test_fractions_can_be_named(tmp_path):
    """0.633 of 60 is 63.3 %, with one decimal."""
    relations = [{"check": "proportions", "rows": [{"value": "a", "of": 60}]}]
    paper = read(tmp_path, relations, "a,t,,,x,0.633,0.511,0.755,\n", fractions=["a"])
    assert (paper["a"].text, paper["a"].low, paper["a"].decimals) == ("63.3", "51.1", 1)


def test_inequalities_admit_what_they_say():
    def p(text):
        return Printed("p", (), "", "", "P", text, "", "", 3)

    assert p("<0.001").value == Fraction("0.001")
    for text, inside, outside in (
        ("<0.001", 0.0009, 0.001), ("≤0.001", 0.001, 0.0011), (">0.99", 0.991, 0.99),
        ("≥0.05", 0.05, 0.049), ("NS", 0.05, 0.049), ("0.083", 0.0826, 0.0836),
    ):  # fmt: skip
        assert p(text).admits(inside)
        assert not p(text).admits(outside)


GOOD = {
    "proportions": {"rows": [{"value": "sens", "of": "pos"}]},
    "intervals": {"table": "T", "rows": [{"value": "sens", "of": "pos"}]},
    "p_values": {"stated": "fisher", "alpha": "alpha", "rows": [
        {"p": "p", "first": "sens", "second": "spec", "of": 60, "claim": "not significant"}]},
    "auroc": {"rows": [{"auroc": "area", "positives": "pos", "negatives": "neg"}]},
    "means": {"what": "age", "unit": "1", "rows": [{"mean": "mean", "sd": "sd", "of": 513}]},
    "random_split": {"sets": [{"name": "a", "sizes": ["pos", "neg"]},
                              {"name": "b", "sizes": [50, 60]}]},
    "accuracy": {"rows": [{"accuracy": "acc", "sensitivity": "sens", "specificity": "spec",
                           "positives": "pos", "negatives": "neg"}]},
}  # fmt: skip


def test_the_good_relations_are_read(tmp_path):
    paper = read(tmp_path, [{"check": name, **keys} for name, keys in GOOD.items()])
    assert audit(paper).checks


def changed(check, path, value=None):
    """Return a relation with the entry at a path set, or left out where the value is None."""
    relation = {"check": check, **copy.deepcopy(GOOD[check])}
    inner = relation
    for key in path[:-1]:
        inner = inner[key]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return relation


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        (changed("proportions", ("rows", 0, "of")), "row 1: of is missing"),
        (changed("proportions", ("rows", 0), {"value": "sens", "off": 60}), "did you mean of?"),
        (changed("proportions", ("rows", 0, "of"), 0), "of: 0 is no whole number of 1 or more"),
        (changed("proportions", ("rows", 0, "of"), "zero"), "of: zero is 0"),
        (changed("proportions", ("rows", 0, "value"), "sesn"), "did you mean sens?"),
        (changed("proportions", ("rows", 0, "value"), "claim"), "claim has no number"),
        (changed("proportions", ("rows", 0, "value"), "small"), "a plain number is needed"),
        (changed("proportions", ("rows", 0, "value"), "above"), "lies between 0 and 100"),
        (changed("proportions", ("rows", 0, "value"), "fraction"), "looks like a fraction"),
        (changed("proportions", ("rows",), "sens"), "'sens' is no list"),
        (changed("proportions", ("rows", 0), "sens"), "row 1: 'sens' is no set of keys"),
        (changed("intervals", ("rows", 0, "value"), "spec"), "spec has no interval"),
        (changed("intervals", ("stated",), "wilsn"), "did you mean wilson?"),
        (changed("p_values", ("rows", 0, "claim"), "yes"), "choose one of significant"),
        (changed("p_values", ("rows", 0, "of")), "of is missing"),
        (changed("p_values", ("stated",), "GEE"), "stated: 'GEE' is not allowed"),
        (changed("p_values", ("alpha",), 5), "alpha: 5 is no level"),
        (changed("auroc", ("rows", 0, "auroc"), "percent_area"), "0.85, not 85"),
        (changed("auroc", ("rows", 0, "sensitivity"), "sens"), "write both or none"),
        (changed("means", ("rows", 0, "of"), "one"), "of: one is 1"),
        (changed("means", ("limits",), ["90", "18"]), "limits: 90 is not below 18"),
        (changed("random_split", ("sets", 0, "sizes"), ["pos"]), "sizes: 1 entries; 2 are needed"),
        (changed("accuracy", ("rows", 0, "negatives")), "negatives is missing"),
        ({"check": "magic"}, "check is 'magic'"),
        ({"check": "proportion", "rows": []}, "did you mean proportions?"),
        ("sums", "check is None"),
        ({"check": "sums", "rows": [{"each": {"x": [1]}, "total": 1, "parts": ["{y}", "pos"]}]},
         "names what `each` has not"),
        ({"check": "sums", "rows": [{"each": {"x,y": [[1]]}, "total": 1, "parts": ["pos"]}]},
         "has not 2 values"),
        ({"check": "follow_up", "end": "pos", "years": "pos", "published": "April 2023",
          "condition": "c", "why": "w"}, "published: 'April 2023' is no month"),
    ],
)  # fmt: skip
def test_a_relation_with_a_slip_is_refused_with_its_row_and_key(tmp_path, relation, words):
    """One problem for one slip, beside a relation without any."""
    with pytest.raises(PaperError) as raised:
        read(
            tmp_path,
            [{"check": "sums", "rows": [{"total": 120, "parts": ["pos", "neg"]}]}, relation],
        )
    problems = [text for text in raised.value.problems if "end:" not in text]
    assert len(problems) == 1
    assert "relation 2" in problems[0]
    assert words in problems[0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x,t,,,m,63.3,51.1,,", "ci_low is there and ci_high is not"),
        ("x,t,,,m,63.3,,75.5,", "ci_high is there and ci_low is not"),
        ("x,t,,,m,63.3,75.5,51.1,", "exchange them"),
        ("x,t,,,m,,51.1,75.5,", "write the value"),
        ("x,t,,,m,63.3,<51.1,75.5,", "a plain number"),
        ("x,t,,,m,many,,,", "'many' is no number"),
        (",t,,,m,3,,,", "has no id"),
        ("sens,t,,,m,3,,,", "id sens is there twice"),
    ],
)
def test_a_row_with_a_slip_is_refused(tmp_path, row, words):
    relations = [{"check": "proportions", "rows": [{"value": "sens", "of": "pos"}]}]
    with pytest.raises(PaperError) as raised:
        read(tmp_path, relations, TABLE + row + "\n")
    assert len(raised.value.problems) == 1
    assert words in raised.value.problems[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no keys"),
        ("title: T\n", "relations is missing"),
        ("relations: []\n", "title is missing"),
        ("title: T\nrelations: [\n", "cannot be read"),
        ("title: T\nrelatoins: []\n", "did you mean relations?"),
        ("title: T\nprecision: {'C*': '1'}\nrelations: [{check: magic}]\n",
         "precision: C*: '1' is no whole number"),
    ],
)  # fmt: skip
def test_a_file_of_relations_that_cannot_be_is_refused(tmp_path, text, words):
    with pytest.raises(PaperError, match=words.replace("*", r"\*").replace("?", r"\?")):
        read(tmp_path, text)


def test_every_problem_of_both_files_is_told_at_once(tmp_path):
    """A bad cell, a missing key, a misspelt id: and the bad cell is no problem of its relation."""
    table = TABLE + "bad,t,,,m,many,,,\n"
    relations = [
        {"check": "proportions", "rows": [{"value": v, "of": 60} for v in ("bad", "nobody")]},
        {"check": "copies"},
    ]
    with pytest.raises(PaperError) as raised:
        read(tmp_path, relations, table)
    assert ["bad" in p for p in raised.value.problems] == [True, False, False]
    assert "relation 1 (proportions), rows, row 2, value: the id nobody" in raised.value.problems[1]
    assert "relation 2 (copies): rows is missing" in raised.value.problems[2]


def test_a_table_that_lacks_columns_is_refused(tmp_path):
    (tmp_path / "numbers.csv").write_text("id,value\na,1\n")
    (tmp_path / "relations.yaml").write_text("title: T\nrelations: [{check: copies}]\n")
    with pytest.raises(PaperError, match="without where, ci_low, ci_high; add a column of each"):
        read_paper(tmp_path / "numbers.csv", tmp_path / "relations.yaml")


def test_the_page_of_checks_is_that_of_the_code():
    """Made anew by `python -m printed_numbers.checks_page`."""
    package = Path(checks_page.__file__).parents[2]
    kept = (package / "docs/checks.md").read_text(encoding="utf-8")
    assert kept == checks_page.page()
    for name, form in CHECKS.items():
        assert f"## {name}\n" in kept
        assert all(f"`{key}`" in kept for key in form.fields)
    assert "`wilson`" in kept and "`fisher`" in kept  # every allowed word
