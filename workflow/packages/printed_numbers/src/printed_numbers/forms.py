"""What a relation may hold: the kinds of its values, and every problem of a relation at once.

The forms of the checks stand beside them. They are what a file of relations is checked against
and what the page of documentation is made from.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from printed_numbers.grim import counts
from printed_numbers.printed import NOT_SIGNIFICANT, Printed

# Every printed number by id; None where its row has a problem of its own.
Numbers = Mapping[str, Printed | None]


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Attributes:
        name: In words, for the documentation.
        wrong: What is wrong with a value, as the end of a sentence; empty where nothing is.
    """

    name: str
    wrong: Callable[[Numbers, Any], str]

    def problems(self, numbers: Numbers, value: Any, place: str) -> Iterator[str]:
        """Yield the problem of a value, if it has one."""
        if wrong := self.wrong(numbers, value):
            yield f"{place}: {wrong}"

    def keys(self) -> Mapping[str, "Key"]:
        """Return the keys of the mappings within; none here."""
        return {}


@dataclass(frozen=True)
class Key:
    """A key of a mapping.

    Attributes:
        kind: The kind of its value.
        what: What it means, for the documentation.
        required: Whether it must be there.
    """

    kind: "Kind | ListOf | Fields"
    what: str = ""
    required: bool = True


@dataclass(frozen=True)
class ListOf:
    """A list of values of one kind.

    Attributes:
        kind: Of each entry.
        least: The fewest entries.
        most: The most entries; None for any number.
    """

    kind: "Kind | ListOf | Fields"
    least: int = 1
    most: int | None = None

    @property
    def name(self) -> str:
        """In words."""
        return "rows" if isinstance(self.kind, Fields) else f"list of: {self.kind.name}"

    def problems(self, numbers: Numbers, value: Any, place: str) -> Iterator[str]:
        """Yield the problems of the list and of every entry."""
        if not isinstance(value, list | tuple):
            yield f"{place}: {value!r} is no list; write [ … ] or lines with -"
            return
        if not self.least <= len(value) <= (self.most or len(value)):
            needed = str(self.least) if self.most == self.least else f"at least {self.least}"
            yield f"{place}: {len(value)} entries; {needed} are needed"
        for i, entry in enumerate(value, 1):
            word = "row" if isinstance(self.kind, Fields) else "entry"
            yield from self.kind.problems(numbers, entry, f"{place}, {word} {i}")

    def keys(self) -> Mapping[str, Key]:
        """Return the keys of the mappings within."""
        return self.kind.keys()


@dataclass(frozen=True)
class Fields:
    """A mapping with known keys.

    Attributes:
        fields: Its keys.
        also: What else must hold of a mapping whose keys are right: yields problems.
    """

    fields: Mapping[str, Key]
    also: Callable[[Numbers, Mapping[str, Any]], Iterator[str]] | None = None
    name: str = "keys"

    def problems(self, numbers: Numbers, value: Any, place: str) -> Iterator[str]:
        """Yield the problems of every key."""
        if not isinstance(value, Mapping):
            yield f"{place}: {value!r} is no set of keys; write {{{', '.join(self.fields)}: …}}"
            return
        unknown = [name for name in value if name not in self.fields]
        meant = [closest(str(name), self.fields) for name in unknown]
        yield from (
            f"{place}: {_unknown(n, m, self.fields)}" for n, m in zip(unknown, meant, strict=True)
        )
        for name, key in self.fields.items():
            if name in value:
                yield from key.kind.problems(numbers, value[name], f"{place}, {name}")
            elif key.required and name not in meant:
                yield f"{place}: {name} is missing; add it ({key.kind.name})"
        yield from self._together(numbers, value, place)

    def _together(self, numbers: Numbers, value: Mapping[str, Any], place: str) -> Iterator[str]:
        """Yield what is wrong with keys beside one another, where each by itself is right."""
        if any(True for name, key in self.fields.items() if name in value
               for _ in key.kind.problems(numbers, value[name], "")):  # fmt: skip
            return
        if any(key.required and name not in value for name, key in self.fields.items()):
            return
        yield from (f"{place}: {text}" for text in _fractions(numbers, self.fields, value))
        if self.also:
            yield from (f"{place}: {text}" for text in self.also(numbers, value))

    def keys(self) -> Mapping[str, Key]:
        """Return its keys."""
        return self.fields


@dataclass(frozen=True)
class Form:
    """A check with what its relation holds.

    Attributes:
        check: The function that runs it.
        what: What it compares, for the documentation.
        fields: The keys of its relation beside ``check``.
        example: A relation, as in a file of relations.
    """

    check: Callable[..., Any]
    what: str
    fields: Mapping[str, Key]
    also: Callable[[Numbers, Mapping[str, Any]], Iterator[str]] | None = None

    def problems(self, numbers: Numbers, relation: Mapping[str, Any], place: str) -> list[str]:
        """Return every problem of a relation."""
        keys = {key: value for key, value in relation.items() if key != "check"}
        return list(Fields(self.fields, self.also).problems(numbers, keys, place))


def rows(
    fields: Mapping[str, Key],
    what: str = "what is compared, a row each",
    *,
    least: int = 1,
    required: bool = True,
    also: Callable[[Numbers, Mapping[str, Any]], Iterator[str]] | None = None,
) -> Key:
    """Return the key of a list of mappings."""
    return Key(ListOf(Fields(fields, also), least), what, required)


def words(*allowed: str) -> Kind:
    """Return the kind of value that is one of some words."""

    def wrong(_: Numbers, value: Any) -> str:
        if value in allowed:
            return ""
        near = closest(str(value), allowed)
        return f"{value!r} is not allowed; choose one of {', '.join(allowed)}" + (
            f" (did you mean {near}?)" if near else ""
        )

    return Kind("one of " + ", ".join(f"`{word}`" for word in allowed), wrong)


def _unknown(name: Any, meant: str, known: Iterable[str]) -> str:
    """Return the problem that a key is not known."""
    hint = f"did you mean {meant}?" if meant else f"known keys: {', '.join(known)}"
    return f"{name!r} is no key here; {hint}"


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known word that is nearest to one that is not known; empty if none is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def _id(
    judge: Callable[[Printed], str], *, claim: bool = False, inequality: bool = False
) -> Callable[[Numbers, Any], str]:
    """Return what is wrong with the id of a printed number.

    Args:
        judge: What is wrong with the number.
        claim: A claim in words, without a number, may stand here.
        inequality: ``<0.001`` and ``NS`` may stand here.
    """

    def wrong(numbers: Numbers, value: Any) -> str:
        if not isinstance(value, str):
            return f"{value!r} is no id of a printed number; write an id of the table"
        if value not in numbers:
            near = closest(value, numbers)
            hint = f"did you mean {near}?" if near else "correct it or add the row"
            return f"the id {value} is not in the table of numbers; {hint}"
        number = numbers[value]
        if number is None or claim:
            return ""
        if not number.text:
            return f"{value} has no number in the table; write it there"
        if (number.sign or number.text == NOT_SIGNIFICANT) and not inequality:
            return f"{value} is {number.text!r}; a plain number is needed here"
        return "" if number.text == NOT_SIGNIFICANT else judge(number)

    return wrong


def _or_literal(
    literal: Callable[[Any], str], of_id: Callable[[Numbers, Any], str]
) -> Callable[[Numbers, Any], str]:
    """Return what is wrong with a value that is an id or a number itself."""

    def wrong(numbers: Numbers, value: Any) -> str:
        return of_id(numbers, value) if isinstance(value, str) else literal(value)

    return wrong


def _between(low: float, high: float, hint: str) -> Callable[[Printed], str]:
    """Return what is wrong with a printed number that lies outside a range."""

    def wrong(number: Printed) -> str:
        if _is_month(number.text):
            return f"{number.id} is a month; a number is needed here"
        texts = [text for text in (number.text, number.low, number.high) if text]
        outside = [t for t in texts if not low <= Fraction(t.lstrip("<>≤≥")) <= high]
        return f"{number.id} has {outside[0]}; {hint}" if outside else ""

    return wrong


def _is_month(text: str) -> bool:
    """Return whether a text is a month: 2014-01."""
    return len(text) == 7 and text[4] == "-" and text.replace("-", "", 1).isdigit()


def _plain(number: Printed) -> str:
    return f"{number.id} is a month; a number is needed here" if _is_month(number.text) else ""


def _whole(least: int) -> Callable[[Printed], str]:
    def wrong(number: Printed) -> str:
        if _is_month(number.text) or number.value.denominator != 1 or number.value < least:
            return f"{number.id} is {number.text}; a whole number of {least} or more is needed"
        return ""

    return wrong


def _literal_whole(least: int) -> Callable[[Any], str]:
    def wrong(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            return f"{value!r} is no whole number of {least} or more, and no id"
        return ""

    return wrong


def _literal_number(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ""
    return f"{value!r} is no number, and no id"


def _literal_level(value: Any) -> str:
    fits = isinstance(value, float) and 0 < value < 1
    return "" if fits else f"{value!r} is no level between 0 and 1, for instance 0.05"


def _decimal(_: Numbers, value: Any) -> str:
    try:
        Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return f"{value!r} is no number"
    return ""


def _positive(numbers: Numbers, value: Any) -> str:
    wrong = _decimal(numbers, value)
    return wrong or ("" if Fraction(str(value)) > 0 else f"{value!r} is not above 0")


def _month(_: Numbers, value: Any) -> str:
    fits = isinstance(value, str) and _is_month(value) and 1 <= int(value[5:]) <= 12
    return "" if fits else f"{value!r} is no month; write it as '2023-04', in quotation marks"


def _with_interval(number: Printed) -> str:
    if not number.low:
        return f"{number.id} has no interval in the table; write ci_low and ci_high"
    return PERCENT_RANGE(number)


def _fractions(
    numbers: Numbers, fields: Mapping[str, Key], row: Mapping[str, Any]
) -> Iterator[str]:
    """Yield percentages of a row that look like fractions: 0.80 where 80 is meant."""
    if "of" not in row or "of" not in fields:
        return
    size = row["of"] if isinstance(row["of"], int) else numbers.get(row["of"])
    n = int(size.value) if isinstance(size, Printed) else size
    for name, key in fields.items():
        number = numbers.get(row.get(name, "")) if key.kind in (PERCENT, INTERVAL) else None
        if number is None or not isinstance(n, int) or number.decimals < 2 or number.value > 1:
            continue
        has_count = counts(number.value, number.decimals, n)
        if not has_count and counts(100 * number.value, number.decimals - 2, n):
            yield (
                f"{name}: {number.id} is {number.text}, which looks like a fraction; write "
                f"{float(100 * number.value):g}, or name the id under `fractions`"
            )


PERCENT_RANGE = _between(0, 100, "a percentage lies between 0 and 100")
AREA_RANGE = _between(0, 1, "an area lies between 0 and 1: 0.85, not 85")
P_RANGE = _between(0, 1, "a P value lies between 0 and 1")

ID = Kind("id of any row", _id(_plain, claim=True))
NUMBER = Kind("id of a number", _id(_plain))
PERCENT = Kind("id of a percentage, 0 to 100", _id(PERCENT_RANGE))
INTERVAL = Kind("id of a percentage with its interval", _id(_with_interval))
AREA = Kind("id of an area, 0 to 1", _id(AREA_RANGE))
P = Kind("id of a P value; `<0.001` and `NS` too", _id(P_RANGE, inequality=True))
COUNT = Kind("count: id or whole number", _or_literal(_literal_whole(0), _id(_whole(0))))
SIZE = Kind("number of cases: id or whole number", _or_literal(_literal_whole(1), _id(_whole(1))))
SEVERAL = Kind(
    "number of cases, 2 or more: id or number", _or_literal(_literal_whole(2), _id(_whole(2)))
)
AMOUNT = Kind("id or number", _or_literal(_literal_number, _id(_plain)))
LEVEL = Kind("level of significance: id or number", _or_literal(_literal_level, _id(P_RANGE)))
MONTH_ID = Kind(
    "id of a month",
    _id(lambda n: "" if _is_month(n.text) else f"{n.id} is {n.text}; a month as 2014-01 is needed"),
)
MONTH = Kind('month, `"2023-04"`', _month)
DECIMAL = Kind("number", _decimal)
POSITIVE = Kind("number above 0", _positive)
WHOLE = Kind(
    "whole number",
    lambda _, value: "" if isinstance(value, int) else f"{value!r} is no whole number",
)
TEXT = Kind("text", lambda _, value: "" if isinstance(value, str) else f"{value!r} is no text")
FLAG = Kind(
    "true or false", lambda _, v: "" if isinstance(v, bool) else f"{v!r} is neither true nor false"
)
ITEM = Kind("anything", lambda _, value: "")
