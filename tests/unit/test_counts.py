"""Numbers of things in messages, in the singular for one and nowhere written by hand."""

import ast
import re
from pathlib import Path

from smallmass.counts import first_of, number_of, rows_of

PACKAGE = Path(__file__).parents[2] / "workflow/packages/smallmass/src/smallmass"
# A number that may be one, right before a noun in the plural.
_COUNTS = re.compile(r"\A(?:len\(|count\b)")
_PLURAL = re.compile(r"\A (?:problems|cases|images|files|questions|patients|rows|outlines|masks)\b")


def test_one_thing_is_in_the_singular():
    assert [number_of(n, "image") for n in (0, 1, 2)] == ["0 images", "1 image", "2 images"]
    assert number_of(1, "entry", "entries") == "1 entry"
    assert number_of(1200, "entry", "entries") == "1,200 entries"


def test_of_many_names_the_first_stand_there():
    assert first_of([], 2) == "" and first_of("ab", 2) == "a, b"
    assert first_of((n for n in "abcd"), 2, "; ") == "a; b and 2 more"
    assert [rows_of(numbers, 2) for numbers in ([3], [3, 4], range(3, 7))] == [
        "row 3", "rows 3, 4", "rows 3, 4 and 2 more",
    ]  # fmt: skip


def test_no_message_of_a_check_writes_the_plural_of_one():
    """Every f-string of the parts that speak of a hospital's files."""
    # These are told only where there are several.
    known_many = ("rows share", "masks: ", "outlines", "files name one", "images with an outline")
    wrong = [
        f"{path.name}:{text.lineno}: {{{ast.unparse(value.value)}}}{after.value}"
        for part in ("cohort", "prediction", "wizard")
        for path in sorted((PACKAGE / part).rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for value, after in zip(text.values, text.values[1:], strict=False)
        if isinstance(value, ast.FormattedValue)
        and isinstance(after, ast.Constant)
        and _COUNTS.match(ast.unparse(value.value))
        and _PLURAL.match(str(after.value))
        and not any(str(after.value).strip().startswith(many.strip()) for many in known_many)
    ]
    assert wrong == []
