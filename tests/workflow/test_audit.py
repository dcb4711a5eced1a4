"""The rule `audit`: it needs no cohort, no training and no other part of the study."""

import re
from pathlib import Path

import pandas as pd
import pytest

from smallmass.modules import closure

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = list(REPOSITORY.glob("workflow/packages/*/src"))


def test_the_audit_imports_nothing_of_the_study_but_its_statistics():
    """Beside itself and the statistics, only the writing of files and the users' errors."""
    script = REPOSITORY / "workflow/scripts/audit.py"
    used = [path for path in closure(script, ROOTS) if path.name != "__init__.py"]
    study = {path.name for path in used if path.parent.name == "smallmass"}
    assert study <= {"files.py", "errors.py"}
    libraries = {path.parent.name for path in used} - {"smallmass"}
    assert libraries == {"printed_numbers", "diagnostic_accuracy"}


def test_only_the_audit_runs(working_copy, snakemake):
    """No job of the study is planned beside it."""
    run = snakemake(working_copy("audit"), "-n", "audit")
    assert run.returncode == 0, run.stdout[-4000:]
    assert re.search(r"^total +1$", run.stdout, re.MULTILINE)


def test_another_paper_is_a_folder(working_copy, snakemake):
    """A dry run says that the folder is empty; a run writes templates; then they are audited."""
    folder = working_copy("paper")
    asked = ("audit", "--cores", "1", "--config", "paper=mine")
    dry = snakemake(folder, *asked, "-n")
    assert dry.returncode == 1 and "mine has no paper" in dry.stdout
    assert not (folder / "mine").exists()
    first = snakemake(folder, *asked)
    assert first.returncode == 1 and "templates were written" in first.stdout
    assert {path.name for path in (folder / "mine").iterdir()} == {"numbers.csv", "relations.yaml"}
    run = snakemake(folder, *asked)
    assert run.returncode == 0, run.stdout[-4000:]
    assert (folder / "results/audit/mine/audit.html").exists()
    assert not (folder / "results/audit/audit.html").exists()


@pytest.mark.slow
def test_the_audit_runs_without_any_data(working_copy, snakemake):
    """The whole rule, twice: the same bytes, a page that needs no other file."""
    folder = working_copy("audit")
    kept = []
    for _ in range(2):
        run = snakemake(folder, "audit", "--cores", "1", "--forceall")
        assert run.returncode == 0, run.stdout[-4000:]
        files = sorted((folder / "results/audit").glob("*.*"))
        kept.append({path.name: path.read_bytes() for path in files})
    assert kept[0] == kept[1]
    assert set(kept[0]) == {"published_numbers.csv", "findings.csv", "audit.html"}
    assert not (folder / "data").exists()
    table = pd.read_csv(folder / "results/audit/published_numbers.csv", dtype=str)
    assert (table[table["check"] == "overall"]["id"]).is_unique
    page = kept[0]["audit.html"].decode()
    for title in pd.read_csv(folder / "results/audit/findings.csv")["title"]:
        assert title.replace("&", "&amp;").replace("'", "&#39;") in page
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
