"""Findings: what is wrong with a cohort, in which case, and what to do about it."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import pandas as pd

from smallmass.cohort.rules.registry import EFFECTS, NO_OUTLINE, RULES
from smallmass.cohort.rules.rule import Severity
from smallmass.counts import number_of
from smallmass.errors import UserError

ERROR, DROPPED, WARNING = Severity
COLUMNS = ("case_id", "severity", "code", "check", "message", "remedy")
_HEADINGS = {
    ERROR: "MUST BE PUT RIGHT before anything can be trained",
    DROPPED: "LEFT OUT of the study",
    WARNING: "WORTH KNOWING, stops nothing",
}
SHOWN = 10


@dataclass(frozen=True)
class Finding:
    """One thing found in a cohort.

    Args:
        code: The rule, a key of `rules.registry.RULES`.
        severity: How grave it is.
        check: The title of the rule.
        case_id: The case, or empty for the whole cohort.
        message: What is wrong.
        remedy: What to do about it.
    """

    code: str
    severity: str
    check: str
    case_id: str
    message: str
    remedy: str

    @classmethod
    def of(
        cls,
        code: str,
        case_id: str,
        message: str,
        *,
        remedy: str = "",
        public: bool = False,
        **details: object,
    ) -> "Finding":
        """Return a finding of a rule.

        Args:
            code: The rule, a key of `rules.registry.RULES`.
            case_id: The case, or empty for the whole cohort.
            message: What is wrong.
            remedy: What to do about it where more is known than the rule tells.
            public: Whether the case is of a public dataset.
            details: The fields in the rule's title and remedy.
        """
        rule = RULES[code]
        return cls(
            code=code,
            severity=(public and rule.public) or rule.severity,
            check=rule.title.format(**details),
            case_id=case_id,
            message=message,
            remedy=remedy or rule.remedy.format(**details),
        )

    def line(self) -> str:
        """Return the finding as one line for a screen."""
        remedy = f" {self.remedy}." if self.remedy else ""
        return f"{self.where()}{self.message}.{remedy}"

    def where(self) -> str:
        """Return the case that a message is about, as its beginning."""
        return f"case {self.case_id}: " if self.case_id else ""


def without_effects(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings without those that follow from another one, which is named alone."""
    findings = list(findings)
    codes = {finding.code for finding in findings}
    explained = {effect for cause in codes & EFFECTS.keys() for effect in EFFECTS[cause]}
    # A case whose outline cannot be used has none, and needs no other word about it.
    drawn_wrong = {
        finding.case_id
        for finding in errors(findings)
        if finding.code[0] == "O" and finding.case_id
    }
    return [
        finding
        for finding in findings
        if finding.code not in explained
        and not (finding.code in NO_OUTLINE and finding.case_id in drawn_wrong)
    ]


def to_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return findings as the table of integrity.csv, the gravest first, causes without effects."""
    gravest_first = list(Severity)
    ranked = sorted(
        without_effects(findings),
        key=lambda finding: gravest_first.index(Severity(finding.severity)),
    )
    return pd.DataFrame([asdict(finding) for finding in ranked], columns=list(COLUMNS))


def from_table(table: pd.DataFrame) -> list[Finding]:
    """Return the findings of a table that `to_table` made."""
    text = table.astype(object).fillna("").astype(str)
    return [Finding(**row) for row in text.to_dict("records")]


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop the study."""
    return [finding for finding in findings if finding.severity == ERROR]


def refusal(findings: Iterable[Finding], csv: str = "") -> UserError:
    """Return the error that stops a study; what is wrong is shown once, at the end of the run.

    Args:
        findings: What was found.
        csv: The file that names all cases.
    """
    problems = number_of(len(errors(findings)), "problem")
    return UserError(f"{problems} of the cohort must be put right first; see below, and {csv}")


def dropped_cases(findings: Iterable[Finding]) -> set[str]:
    """Return the identifiers of the cases that findings take out."""
    return {finding.case_id for finding in findings if finding.severity == DROPPED}


def grouped(findings: Iterable[Finding], shown: int | None = SHOWN, csv: str = "") -> str:
    """Return findings as text: the gravest first, then by rule, each with its remedy.

    Args:
        findings: What was found.
        shown: How many cases of a rule are named; ``None`` names all.
        csv: The file that names all of them.
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.severity, finding.code, finding.check)
        groups.setdefault(key, []).append(finding)
    if not groups:
        return "No problem found."
    lines = []
    for severity in Severity:
        of_severity = [
            (f"{code} {check}", members)
            for (grade, code, check), members in groups.items()
            if grade == severity
        ]
        if of_severity:
            count = sum(len(members) for _, members in of_severity)
            lines += [f"{_HEADINGS[severity]} ({count})", ""]
        for heading, members in of_severity:
            lines += [*_paragraph(heading, members, shown, csv), ""]
    return "\n".join(lines).rstrip()


def counted(cases: pd.DataFrame) -> str:
    """Return how many cases and patients there are, as a sentence for a screen.

    Args:
        cases: ``label`` and ``patient_id`` of the cases that stay.
    """
    labels = cases["label"].fillna("without a label").value_counts().sort_index()
    words = ", ".join(f"{count} {label}" for label, count in labels.items())
    patients = number_of(cases["patient_id"].nunique(), "known patient")
    return f"{number_of(len(cases), 'case')} of {patients}: {words or 'none'}"


def _paragraph(heading: str, members: list[Finding], shown: int | None, csv: str) -> Iterator[str]:
    """Yield the lines of one rule; a remedy that all cases share stands once."""
    cases = sum(bool(finding.case_id) for finding in members)
    yield f"  {heading}" + (f" ({number_of(cases, 'case')})" if cases else "")
    remedies = {finding.remedy for finding in members}
    for finding in members[:shown]:
        own = f". {finding.remedy}" if len(remedies) > 1 and finding.remedy else ""
        yield f"    {finding.where()}{finding.message}{own}"
    if shown is not None and len(members) > shown:
        yield f"    ... and {len(members) - shown} more" + (f", all in {csv}" if csv else "")
    if len(remedies) == 1 and (remedy := remedies.pop()):
        yield f"    What to do: {remedy}."
