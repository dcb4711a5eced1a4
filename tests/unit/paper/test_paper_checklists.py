"""TRIPOD+AI, CLAIM and STARD: their numbering, and that a run fills them in."""

import re

import pytest
from test_paper_tripod import _run

from smallmass.paper.checklists import CHECKLISTS, checklist, checklist_items

# How many items there are, and how many lettered parts some of them have.
SIZES = {"tripod_ai": 27, "claim": 44, "stard": 30}
PARTS = {
    "tripod_ai": {3: 3, 5: 2, 6: 3, 8: 3, 9: 3, 12: 7, 18: 6, 20: 3, 23: 2, 27: 3},
    "claim": {},
    "stard": {10: 2, 12: 2, 13: 2, 21: 2},
}
LINES = {"tripod_ai": 52, "claim": 44, "stard": 34}


@pytest.fixture(scope="module", params=[True, False], ids=["phantoms", "without factors"])
def run(request):
    return _run() if request.param else _run(clinical=False, name="busbra")


@pytest.mark.parametrize("name", CHECKLISTS)
def test_every_item_is_there_once_in_order(run, name):
    expected = [
        f"{number}{letter}"
        for number in range(1, SIZES[name] + 1)
        for letter in "abcdefg"[: PARTS[name].get(number, 0)] or ("",)
    ]
    found = [item.number for item in checklist_items(run, name)]
    assert found == expected
    assert len(found) == LINES[name]


@pytest.mark.parametrize("name", CHECKLISTS)
def test_every_item_says_something_and_nothing_half(run, name):
    for item in checklist_items(run, name):
        assert item.topic and item.answer, item.number
        assert not re.search(r"\{|\}|None,|nan\b|  |\.\.|^[,;.]", item.answer), item
        for place in filter(None, item.where.split("; ")):
            assert place.startswith("report: ") or re.fullmatch(r"[\w/]+\.\w+", place), place


def test_what_only_authors_know_is_theirs_and_phantoms_have_no_patients():
    real = {item.number: item.answer for item in checklist_items(
        _run(clinical=False, name="busbra"), "tripod_ai")}  # fmt: skip
    assert real["17"] == real["18a"] == "For the authors."
    phantoms = {item.number: item.answer for item in checklist_items(_run(), "tripod_ai")}
    assert phantoms["17"] == "Not applicable: simulated."
    assert phantoms["18a"] == "For the authors."


def test_a_checklist_names_its_source_and_the_study(run):
    table = checklist(run, "claim")
    assert "2024" in " ".join(table.notes) and "synthetic" in table.title
    assert table.rows and len(table.rows[0].cells) == 5
