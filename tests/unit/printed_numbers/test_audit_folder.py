"""The command: a folder is a paper, an empty one gets templates, an example has every error."""

import pandas as pd
import pytest

from printed_numbers import audit, read_paper
from printed_numbers.checks import CHECKS
from printed_numbers.command import main
from printed_numbers.folders import EXAMPLE, TEMPLATE, missing, paths
from printed_numbers.page import render
from printed_numbers.verdicts import CONSISTENT, NOT_CHECKABLE

# Checks that show what is possible: they find nothing wrong.
SHOWING = {"samples", "transfer", "ceilings"}


def test_an_empty_folder_gets_templates_that_run(tmp_path, capsys):
    """The first run writes, the second audits: the templates have no error."""
    folder = tmp_path / "paper"
    assert main([str(folder)]) == 0
    assert "templates were written" in capsys.readouterr().out
    assert [path.read_bytes() for path in paths(folder)] == [
        path.read_bytes() for path in paths(TEMPLATE)
    ]
    assert main([str(folder)]) == 0
    found = pd.read_csv(folder / "audit/published_numbers.csv")
    assert set(found["verdict"]) <= {"consistent", "not checkable"}
    assert (folder / "audit/audit.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert pd.read_csv(folder / "audit/findings.csv").empty


def test_a_folder_of_other_files_gets_no_templates(tmp_path, capsys):
    """It may be named by mistake: whatever lies in it, nothing comes beside it."""
    (tmp_path / "letter.docx").write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"")
    assert main([str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "letter.docx" in told and "nothing was written" in told and "DS_Store" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == [".DS_Store", "letter.docx"]
    (tmp_path / "letter.docx").unlink()
    assert main([str(tmp_path)]) == 0 and (tmp_path / "numbers.csv").exists()


def test_nothing_is_written_over(tmp_path):
    """One of both files is there: it is left alone, and the other is asked for."""
    (tmp_path / "numbers.csv").write_text("mine")
    assert "relations.yaml is missing" in missing(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.csv"]
    assert missing(tmp_path / "nowhere", write=False)
    assert not (tmp_path / "nowhere").exists()


def test_problems_are_printed_without_a_traceback(tmp_path, capsys):
    (tmp_path / "numbers.csv").write_text("id,where,value,ci_low,ci_high\na,t,many,,\n")
    (tmp_path / "relations.yaml").write_text("title: T\nrelations: [{check: magic}]\n")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("2 problems:\n")


def test_the_templates_numbers_are_told_from_a_papers(tmp_path, capsys):
    main([str(tmp_path)])
    main([str(tmp_path)])
    assert "the templates' invented numbers" in capsys.readouterr().out
    with (tmp_path / "numbers.csv").open("a", encoding="utf-8") as file:
        file.write("more,table1,all,,more,12,,,\n")
    main([str(tmp_path)])
    assert "invented" not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["FILE"], ["FOLDER", "--out", "FILE"]])
def test_a_file_in_a_folders_place_is_told(arguments, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    given = {"FILE": str(file), "FOLDER": str(EXAMPLE)}
    assert main([given.get(argument, argument) for argument in arguments]) == 1
    assert f"1 problem:\n  {file} is a file; name a folder" in capsys.readouterr().err


def test_half_a_paper_is_an_error(tmp_path, capsys):
    (tmp_path / "numbers.csv").write_text("mine")
    assert main([str(tmp_path)]) == 1
    assert "relations.yaml is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,where,value,ci_low,ci_high\nä,t,1,,\n".encode("latin-1"), "is no UTF-8; save it as"),
        ("id,where,value,ci_low,ci_high\n".encode("utf-16"), "is no UTF-8; save it as"),
        (b"", "is empty; write a row"),
        (b"id;where;value;ci_low;ci_high\na;t;1;;\n", "are parted by ';'; save it with commas"),
    ],
    ids=["latin-1", "utf-16", "empty", "semicolons"],
)
def test_a_table_of_another_kind_is_told_as_what_it_is(content, words, tmp_path, capsys):
    (tmp_path / "numbers.csv").write_bytes(content)
    (tmp_path / "relations.yaml").write_bytes(paths(TEMPLATE)[1].read_bytes())
    assert main([str(tmp_path)]) == 1
    assert words in capsys.readouterr().err


def test_every_check_is_printed(capsys):
    assert main(["--checks"]) == 0
    assert all(f"## {name}\n" in capsys.readouterr().out for name in list(CHECKS)[:1])
    with pytest.raises(SystemExit):
        main([])


@pytest.fixture(scope="module")
def example():
    """The audit of the worked example."""
    return audit(read_paper(*paths(EXAMPLE)))


def test_the_example_has_an_error_of_every_kind(example):
    """Each check is used, and each that can find an error finds one."""
    used = {relation["check"] for relation in example.paper.relations}
    assert used == set(CHECKS)
    for name in sorted(set(CHECKS) - SHOWING):
        relations = [r for r in example.paper.relations if r["check"] == name]
        outcomes = [
            CHECKS[name].check(example.paper, **{k: v for k, v in r.items() if k != "check"})
            for r in relations
        ]
        for outcome in outcomes:
            bad = [c for c in outcome.checks if c.kind not in (CONSISTENT, NOT_CHECKABLE)]
            assert bad, name


def test_the_page_of_the_example_needs_no_other_file(example):
    page = render(example)
    assert "Table 3: the rows fit 165 cases, not the 197 stated" in page
    assert "<script" not in page
