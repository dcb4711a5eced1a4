"""Sentences and single numbers: text with table, order, ranges, lists, dates, sentences."""

from typing import Any

from printed_numbers.forms import (
    AMOUNT,
    DECIMAL,
    FLAG,
    ID,
    ITEM,
    MONTH,
    MONTH_ID,
    NUMBER,
    TEXT,
    Form,
    Key,
    ListOf,
    rows,
    words,
)
from printed_numbers.paper import Paper
from printed_numbers.printed import NEAREST, prints
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    IMPOSSIBLE,
    NOT_EXPLAINED,
    ONLY_WITH,
    VERDICTS,
    Check,
    Finding,
    Outcome,
    only_with,
)


def copies(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check numbers of the text against the table that they repeat, at their own decimals."""
    checks = []
    for row in rows:
        copy, of = paper[row["copy"]], paper[row["of"]]
        decimals = len(copy.text.partition(".")[2])
        fits = prints(of.value, copy.value, decimals, NEAREST)
        words = f"{copy.text} in the text, {of.text} in {of.id}."
        checks.append(
            Check.of(
                copy, "text against table", of.text, CONSISTENT if fits else CONTRADICTION, words
            )
        )
    return Outcome(checks, _contradictions(checks, "The text does not repeat the table"))


def order(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check that one number is not larger than another, or a multiple of it.

    Rows have ``smaller`` and ``larger``, and may have ``factor`` (of the larger), ``strict``
    and ``why``. The verdict is about the number ``smaller`` unless ``judge`` is ``larger``.
    """
    checks = []
    for row in rows:
        smaller, larger = paper[row["smaller"]], paper.amount(row["larger"])
        bound = larger * paper.amount(row.get("factor", 1))
        strict = row.get("strict", False)
        fits = smaller.value < bound if strict else smaller.value <= bound
        judge = row[row.get("judge", "smaller")]
        judged = paper[judge if isinstance(judge, str) else row["smaller"]]
        words = f"{row.get('why', '')} {smaller.text} {'<' if strict else '≤'} {float(bound):g}"
        words += ": holds." if fits else ": does not hold."
        checks.append(
            Check.of(
                judged,
                "order of two numbers",
                f"{float(bound):g}",
                CONSISTENT if fits else CONTRADICTION,
                words.strip(),
            )
        )
    return Outcome(checks, _contradictions(checks, "Two numbers in the wrong order"))


def ranges(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check that values lie within a printed range (``low``, ``high``, ``values``, ``why``)."""
    checks, findings = [], []
    for row in rows:
        low, high = paper[row["low"]], paper[row["high"]]
        outside = []
        for name in row["values"]:
            value = paper[name]
            fits = low.value <= value.value <= high.value
            words = f"{row.get('why', '')} {value.text} lies {'within' if fits else 'outside'} "
            words += f"{low.text}–{high.text} ({low.id}, {high.id})."
            words = words.strip()
            checks.append(
                Check(
                    name,
                    "within a printed range",
                    value.shown,
                    f"{low.text}–{high.text}",
                    CONSISTENT if fits else CONTRADICTION,
                    words,
                )
            )
            if not fits:
                outside.append((name, words))
        if outside:
            names = {name for name, _ in outside}
            findings.append(
                Finding(
                    title=f"A printed range ({low.text}–{high.text}) leaves out a value of its own",
                    verdict=CONTRADICTION,
                    ids=(low.id, high.id, *sorted(names)),
                    arithmetic=tuple(words for _, words in outside),
                    shown="Range and value cannot both be right as they are printed.",
                    not_known="Which is right: the cited works are not part of this audit.",
                )
            )
    return Outcome(checks, findings)


def listed(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check a stated number against the items that the paper lists (``number``, ``items``)."""
    checks = []
    for row in rows:
        number, items = paper[row["number"]], row["items"]
        fits = number.value == len(items)
        words = f"{len(items)} are listed: {', '.join(map(str, items))}."
        checks.append(
            Check.of(
                number,
                "number of listed items",
                str(len(items)),
                CONSISTENT if fits else CONTRADICTION,
                words,
            )
        )
    return Outcome(checks, _contradictions(checks, "A stated number and a list differ"))


def equal(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check that two numbers are one and the same (``first``, ``second``, ``why``, ``likely``)."""
    checks, findings = [], []
    for row in rows:
        first, second = paper[row["first"]], paper[row["second"]]
        fits = first.value == second.value
        words = f"{row.get('why', '')} {first.text} ({first.id}) and {second.text} ({second.id})."
        words = words.strip()
        for number, other in ((first, second), (second, first)):
            checks.append(
                Check.of(
                    number,
                    "equal by description",
                    other.text,
                    CONSISTENT if fits else CONTRADICTION,
                    words,
                )
            )
        if not fits:
            findings.append(
                Finding(
                    title=row.get("title", f"{first.text} and {second.text} for the same thing"),
                    verdict=CONTRADICTION,
                    ids=(first.id, second.id),
                    arithmetic=(words,),
                    shown="The two numbers should be equal by the paper's own description.",
                    likely=row.get("likely", ""),
                    not_known=row.get("not_known", "Which of them is right."),
                )
            )
    return Outcome(checks, findings)


def follow_up(
    paper: Paper, *, end: str, years: str, published: str, condition: str, why: str
) -> Outcome:
    """Check that the last case can have been followed for the stated years before publication.

    Args:
        paper: The paper.
        end: Id of the month of the last inclusion.
        years: Id of the years of follow-up.
        published: Month of publication, ``2023-04``.
        condition: What must then hold, for the verdict.
        why: The rule of the paper, in words.
    """
    first, last = (_months(text) for text in (paper[end].text, published))
    needed = int(paper[years].value * 12)
    fits = last - first >= needed
    words = (
        f"{why} From {paper[end].text} to publication in {published} are {last - first} months, "
        f"{needed} are needed."
    )
    verdict = CONSISTENT if fits else only_with(condition)
    return Outcome(
        [
            Check.of(
                paper[name],
                "follow-up before publication",
                f"{last - first} months",
                verdict,
                words,
            )
            for name in (end, years)
        ]
    )


def _months(text: str) -> int:
    year, month = map(int, text.split("-"))
    return 12 * year + month


def statements(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Take over contradictions between sentences, which a reader found and no arithmetic shows.

    Rows have ``title``, ``verdict``, ``quotes``, ``shown`` and may have ``about`` (ids that get the
    verdict), ``concerns`` (ids that are not wrong by it, for the ranking), ``likely`` and
    ``not_known``.
    """
    checks, findings = [], []
    for row in rows:
        for name in row.get("about", []):
            checks.append(
                Check.of(
                    paper[name],
                    "sentence against sentence",
                    " / ".join(f"“{quote}”" for quote in row["quotes"]),
                    row["verdict"],
                    row["shown"],
                )
            )
        findings.append(
            Finding(
                title=row["title"],
                verdict=row["verdict"],
                ids=(*row.get("about", []), *row.get("concerns", [])),
                arithmetic=tuple(f"“{quote}”" for quote in row["quotes"]),
                shown=row["shown"],
                likely=row.get("likely", ""),
                not_known=row.get("not_known", ""),
            )
        )
    return Outcome(checks, findings)


def _contradictions(checks: list[Check], title: str) -> list[Finding]:
    """Return one finding for each check that found a contradiction."""
    return [
        Finding(
            title=f"{title}: {check.id}",
            verdict=check.kind,
            ids=(check.id,),
            arithmetic=(check.explanation,),
            shown="The two numbers do not agree.",
            not_known="Which of them is right.",
        )
        for check in checks
        if check.kind in (CONTRADICTION, IMPOSSIBLE, NOT_EXPLAINED)
    ]


_WHY = Key(TEXT, "why, in a sentence", required=False)
_LIKELY = Key(TEXT, "what is likely, in a sentence", required=False)
_NOT_KNOWN = Key(TEXT, "what cannot be known, in a sentence", required=False)
_VERDICTS = words(*(name for name in VERDICTS if name != ONLY_WITH))
FORMS = {
    "copies": Form(
        copies,
        "the text with the table, at the text's decimals",
        {"rows": rows({"copy": Key(NUMBER, "in the text"), "of": Key(NUMBER, "in the table")})},
    ),
    "order": Form(
        order,
        "the order of two numbers",
        {
            "rows": rows(
                {
                    "smaller": Key(NUMBER, "the number that is not above the other"),
                    "larger": Key(AMOUNT, "the other"),
                    "factor": Key(DECIMAL, "the larger is multiplied by it", required=False),
                    "strict": Key(FLAG, "whether both may not be equal", required=False),
                    "judge": Key(
                        words("smaller", "larger"), "who gets the verdict", required=False
                    ),
                    "why": _WHY,
                }
            )
        },
    ),
    "ranges": Form(
        ranges,
        "values with a printed range",
        {
            "rows": rows(
                {
                    "low": Key(NUMBER, "its lower end"),
                    "high": Key(NUMBER, "its upper end"),
                    "values": Key(ListOf(NUMBER), "what should lie within"),
                    "why": _WHY,
                }
            )
        },
    ),
    "listed": Form(
        listed,
        "a number with what the paper lists",
        {
            "rows": rows(
                {
                    "number": Key(NUMBER, "the number"),
                    "items": Key(ListOf(ITEM, 0), "what is listed"),
                }
            )
        },
    ),
    "equal": Form(
        equal,
        "two numbers for one thing",
        {
            "rows": rows(
                {
                    "first": Key(NUMBER, "the one"),
                    "second": Key(NUMBER, "the other"),
                    "why": _WHY,
                    "title": Key(TEXT, "of the finding", required=False),
                    "likely": _LIKELY,
                    "not_known": _NOT_KNOWN,
                }
            )
        },
    ),
    "follow_up": Form(
        follow_up,
        "a follow-up with the date of publication",
        {
            "end": Key(MONTH_ID, "the month of the last inclusion"),
            "years": Key(NUMBER, "years of follow-up"),
            "published": Key(MONTH, "the month of publication, or of submission where it is known"),
            "condition": Key(TEXT, "what must hold if there was no time, for the verdict"),
            "why": Key(TEXT, "the rule of the paper, in words"),
        },
    ),
    "statements": Form(
        statements,
        "sentence with sentence: a reader's judgement, not arithmetic",
        {
            "rows": rows(
                {
                    "title": Key(TEXT, "of the finding"),
                    "verdict": Key(_VERDICTS, "the reader's"),
                    "quotes": Key(ListOf(TEXT), "the sentences"),
                    "shown": Key(TEXT, "what they show"),
                    "about": Key(ListOf(ID, 0), "ids that get the verdict", required=False),
                    "concerns": Key(
                        ListOf(ID, 0),
                        "ids that are not wrong by it, for the ranking",
                        required=False,
                    ),
                    "likely": _LIKELY,
                    "not_known": _NOT_KNOWN,
                }
            )
        },
    ),
}
