"""The registry of findings: every rule is used, every use is a rule, and the page lists them."""

import ast
import re
from pathlib import Path

import pytest

import smallmass
from smallmass.cohort.findings import DROPPED, ERROR, Finding
from smallmass.cohort.rules import cases, dicom, images, new_images, tables
from smallmass.cohort.rules.page import page
from smallmass.cohort.rules.registry import AREAS, RULES

ROOT = Path(__file__).parents[3]
PACKAGE = Path(smallmass.__file__).parent
CODE = re.compile(r"[A-Z]\d{3}\Z")


def codes_in(path: Path) -> set[str]:
    """Return the texts of a module that look like a code."""
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value)
    }


def test_every_rule_is_used_and_every_use_is_a_rule():
    modules = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "rules"]
    used = set().union(
        *(
            codes_in(path)
            for path in modules
            if "findings" in path.read_text() or path.is_relative_to(PACKAGE / "cohort")
        )
    )
    assert used == set(RULES)


def test_findings_are_made_of_rules_alone():
    elsewhere = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\bFinding\(", path.read_text()) and path.name != "findings.py"
    ]
    assert elsewhere == []


def test_a_codes_letter_is_its_area():
    assert all(CODE.match(code) for code in RULES)
    assert {code[0] for code in RULES} == set(AREAS)


def test_a_code_is_given_once_and_codes_stand_in_the_order_of_the_areas():
    parts = [part.RULES for part in (tables, images, cases, dicom, new_images)]
    assert sum(map(len, parts)) == len(RULES)
    areas = list(AREAS)
    assert list(RULES) == sorted(RULES, key=lambda code: (areas.index(code[0]), code))


def test_a_remedy_ends_without_a_full_stop_and_stands_under_no_two_codes_of_a_title():
    assert not [code for code, rule in RULES.items() if rule.remedy.endswith(".")]
    kinds = [(rule.severity, rule.title, rule.remedy) for rule in RULES.values()]
    assert len(set(kinds)) == len(kinds)


def test_a_finding_takes_title_and_remedy_of_its_rule():
    finding = Finding.of("T006", "c1", "label is 'x'", name="label", words="benign, malignant")
    assert (finding.severity, finding.check) == (ERROR, "unknown label")
    assert finding.remedy == "Use one of: benign, malignant"
    assert Finding.of("I001", "c1", "is cut off", remedy="Ask").remedy == "Ask"


def test_what_only_authors_could_put_right_is_dropped_in_a_public_dataset():
    assert Finding.of("I002", "c1", "blank", public=True).severity == DROPPED
    assert Finding.of("I002", "c1", "blank").severity == ERROR
    assert Finding.of("I001", "c1", "cut off", public=True).severity == ERROR


def test_a_missing_detail_and_an_unknown_code_are_errors():
    with pytest.raises(KeyError):
        Finding.of("T006", "c1", "label is 'x'", name="label")
    with pytest.raises(KeyError):
        Finding.of("X999", "", "")


def test_the_page_of_findings_is_up_to_date():
    """Renew it with: uv run python -m smallmass.cohort.rules.page > docs/findings.md"""
    written = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
    assert written == page()
