"""Logic: what cannot be true together, whatever the data were."""

from fractions import Fraction
from typing import Any

from printed_numbers.grim import counts
from printed_numbers.printed import NEAREST, Printed, prints, show, window
from printed_numbers.relations import Paper
from printed_numbers.verdicts import (
    CONSISTENT,
    CONTRADICTION,
    IMPOSSIBLE,
    NOT_EXPLAINED,
    Check,
    Finding,
    Outcome,
    kind,
    only_with,
)


def gate(paper: Paper, *, rows: list[dict[str, Any]], statement: str, because: str) -> Outcome:
    """Check that a percentage moves only in the direction that a procedure allows.

    Args:
        paper: The paper.
        rows: ``first``, ``second``, ``of`` and ``direction``: gained (cannot fall) or lost
            (cannot rise).
        statement: Id of the sentence that describes the procedure.
        because: Why, in words.
    """
    checks, wrong = [], []
    for row in rows:
        first, second, n = paper[row["first"]], paper[row["second"]], paper.count(row["of"])
        low1, high1 = window(first.value, first.decimals)
        low2, high2 = window(second.value, second.decimals)
        rises = row["direction"] == "gained"
        fits = high2 >= low1 if rises else low2 <= high1
        shown = [_with_count(number, n) for number in (first, second)]
        words = (
            f"{because} {first.name}: {shown[0]} before and {shown[1]} after; it cannot "
            f"{'fall' if rises else 'rise'}."
        )
        verdict = CONSISTENT if fits else IMPOSSIBLE
        checks.append(
            Check.of(
                second,
                "what the procedure allows",
                f"at {'least' if rises else 'most'} {first.text}",
                verdict,
                words,
            )
        )
        if not fits:
            wrong.append((first, second, words))
    number = paper[statement]
    checks.append(
        Check.of(
            number,
            "what the procedure allows",
            ", ".join(second.id for _, second, _ in wrong) or "all directions fit",
            CONTRADICTION if wrong else CONSISTENT,
            wrong[0][2] if wrong else f"{because} All {len(rows)} percentages move so.",
        )
    )
    findings = [
        Finding(
            title=f"The described procedure cannot turn {first.text}% into {second.text}% "
            f"({second.name})",
            verdict=IMPOSSIBLE,
            ids=(second.id, statement),
            arithmetic=(words,),
            shown="The sentence about the procedure and this number cannot both be true.",
            likely="The rule that made this row was not, or not only, the one described: it "
            "changed calls in the other direction too.",
            not_known="Which rule was used, and whether it was used for the other rows as well.",
        )
        for first, second, words in wrong
    ]
    return Outcome(checks, findings)


def _with_count(number: Printed, n: int) -> str:
    possible = counts(number.value, number.decimals, n)
    return f"{number.text}%" + (f" ({possible[0]}/{n})" if possible else f" of {n}")


def accuracy(paper: Paper, *, rows: list[dict[str, Any]]) -> Outcome:
    """Check accuracy against sensitivity and specificity at the class sizes."""
    checks, wrong = [], []
    for row in rows:
        number = paper[row["accuracy"]]
        sens, spec = paper[row["sensitivity"]], paper[row["specificity"]]
        pos, neg = paper.count(row["positives"]), paper.count(row["negatives"])
        pairs = [
            (k1, k2)
            for k1 in counts(sens.value, sens.decimals, pos)
            for k2 in counts(spec.value, spec.decimals, neg)
        ]
        total = pos + neg
        if pairs:
            fits = [
                pair
                for pair in pairs
                if prints(Fraction(100 * sum(pair), total), number.value, number.decimals)
            ]
            k1, k2 = (fits or pairs)[0]
            value = Fraction(100 * (k1 + k2), total)
            good = bool(fits)
            words = f"({k1} + {k2})/{total} = {show(value, 2)}%."
        else:
            ends = [
                (
                    window(sens.value, sens.decimals)[i] * pos
                    + window(spec.value, spec.decimals)[i] * neg
                )
                / total
                for i in (0, 1)
            ]
            low, high = window(number.value, number.decimals)
            good = ends[0] <= high and low <= ends[1]
            value = (sens.value * pos + spec.value * neg) / total
            words = (
                f"({sens.text} × {pos} + {spec.text} × {neg})/{total} = {show(value, 2)}%, from "
                "percentages, since there are no counts."
            )
        verdict = CONSISTENT if good else IMPOSSIBLE
        checks.append(
            Check.of(
                number,
                "accuracy from sensitivity and specificity",
                show(value, number.decimals),
                verdict,
                words,
            )
        )
        if not good:
            wrong.append((row, words))
    return Outcome(
        checks,
        [
            Finding(
                title=f"Accuracy {paper[row['accuracy']].text}% does not follow from sensitivity "
                "and specificity",
                verdict=IMPOSSIBLE,
                ids=(row["accuracy"], row["sensitivity"], row["specificity"]),
                arithmetic=(words,),
                shown="Accuracy is their mean, weighted by the class sizes; these three cannot "
                "all be right.",
                not_known="Which of the three is wrong.",
            )
            for row, words in wrong
        ],
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
        smaller, larger = paper[row["smaller"]], paper[row["larger"]]
        bound = larger.value * row.get("factor", 1)
        strict = row.get("strict", False)
        fits = smaller.value < bound if strict else smaller.value <= bound
        judged = paper[row[row.get("judge", "smaller")]]
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
            words = f"{row['why']} {value.text} lies {'within' if fits else 'outside'} "
            words += f"{low.text}–{high.text} ({low.id}, {high.id})."
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
        words = f"{row['why']} {first.text} ({first.id}) and {second.text} ({second.id})."
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
        kind(row["verdict"])
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
