"""Several sources as one cohort: each case in its source's role, each name meaning one thing.

Sources number their cases and patients as they like, so that one name may stand in two of them.
Patients and groups therefore bear their cohort's name where there are several sources; so does a
``case_id`` that stands in two of them. Copies of an image that lie in sources with different roles
are taken out of all roles but one: see `without_copies`.
"""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.groups import units
from smallmass.cohort.roles import Entry, Role
from smallmass.cohort.sources.reading import Reading
from smallmass.words import Split, cohort_name

FOLD = "x_fold"  # as readers call it; a hospital may have it in capitals
# Of copies in several roles the one stays that stands first here: the test is to stay as it is,
# and a case that is dealt out may come to be tested on.
_STAYS = (Split.TEST, Role.DEALT, Split.VALIDATION, Split.TRAINING, "")


def with_role(reading: Reading, entry: Entry) -> Reading:
    """Return a source's reading with ``cohort``, and ``published_split`` as its role gives it.

    Args:
        reading: Of the source.
        entry: The source's role. `Role.PUBLISHED` and `Role.DEALT` leave the source's own split.
    """
    cases = reading.cases.assign(cohort=entry.cohort)
    if entry.role in tuple(Split):
        return replace(reading, cases=cases.assign(published_split=entry.role))
    if entry.role != Role.FOLDS:
        return replace(reading, cases=cases)
    fold, key = _folds(cases), f"cohort.sources.{entry.source}"
    used, known = fold.isin(list(entry.folds)), fold != ""
    # A case without a fold has no role: the split then says so.
    cases["published_split"] = fold.map(entry.folds)
    left_out = [
        Finding.of("S007", case_id, f"of fold {number}, which has no role", key=key)
        for case_id, number in zip(
            cases.loc[known & ~used, "case_id"], fold[known & ~used], strict=True
        )
    ]
    absent = [
        Finding.of(
            "S008",
            "",
            f"{key} names the fold {number} for {part}, but no case is of it; folds: "
            f"{', '.join(sorted(set(fold[known]))) or 'none'}",
        )
        for number, part in entry.folds.items()
        if number not in set(fold)
    ]
    cases = cases[used | ~known].reset_index(drop=True)
    return Reading(cases, [*reading.dropped, *left_out], [*reading.findings, *absent])


def joined(readings: list[Reading]) -> Reading:
    """Return several sources' readings as one.

    Args:
        readings: Of `with_role`, one a cohort.
    """
    readings = _with_own_case_ids(readings)
    cases = pd.concat([reading.cases for reading in readings], ignore_index=True)
    for name in ("patient_id", "group_id"):
        if name in cases:
            values = cases[name].astype("string").fillna("").str.strip()
            cases[name] = (cases["cohort"] + " " + values).where(values != "", "")
    return Reading(
        cases,
        [finding for reading in readings for finding in reading.dropped],
        [finding for reading in readings for finding in reading.findings],
    )


def without_copies(cases: pd.DataFrame, sources: list[Entry]) -> list[Finding]:
    """Return the cases to leave out, so that no image is in two roles through two sources.

    Where images of several sources are the same or nearly so, they form a group, together with all
    images of their patients. Of a group in several roles the test cases stay, or else those that
    are dealt out, or else the validation cases: the others are left out. Of images that are the
    same in one role, those of the first source stay: an image counts once.

    Args:
        cases: The checked cohort, with ``group_id`` and ``pixel_sha256``.
        sources: The sources and their roles.
    """
    if len(sources) < 2 or cases.empty:
        return []
    dealt = [entry.cohort for entry in sources if entry.role == Role.DEALT]
    role = cases["published_split"].astype("string").fillna("")
    role = role.mask(cases["cohort"].isin(dealt), Role.DEALT)
    rank = role.map({name: place for place, name in enumerate(_STAYS)})
    unit = units(cases)
    shared = cases["cohort"].groupby(unit).transform("nunique") > 1
    stays = rank == rank.groupby(unit).transform("min")
    kept = cases[shared & stays].groupby(unit[shared & stays])["case_id"].first()
    crossing = [
        Finding.of(
            "C023",
            case.case_id,
            f"an image of the patient is the same as, or nearly, that of {kept[unit[case.Index]]}, "
            f"a case of another set with another role",
        )
        for case in cases[shared & ~stays].itertuples()
    ]
    rest = cases[shared & stays & (cases["pixel_sha256"] != "")]
    first = rest["cohort"].groupby(rest["pixel_sha256"]).transform("first")
    again = [
        Finding.of(
            "C024",
            case.case_id,
            f"{cohort_name(first[case.Index])}, named before its set, has the same image",
        )
        for case in rest[rest["cohort"] != first].itertuples()
    ]
    return [*crossing, *again]


def _folds(cases: pd.DataFrame) -> pd.Series:
    """Return the fold of every case as text, empty where it has none."""
    names = [name for name in cases if str(name).casefold() == FOLD]
    if not names:
        return pd.Series("", index=cases.index)
    return cases[names[0]].astype("string").fillna("").str.strip().str.removesuffix(".0")


def _with_own_case_ids(readings: list[Reading]) -> list[Reading]:
    """Return the readings; a ``case_id`` that stands in two of them bears its cohort's name."""
    names = [
        {*reading.cases["case_id"], *(finding.case_id for finding in reading.dropped)}
        for reading in readings
    ]
    counts = pd.Series([name for each in names for name in each]).value_counts()
    twice = set(counts.index[counts > 1])
    return [_renamed(reading, twice) if twice else reading for reading in readings]


def _renamed(reading: Reading, twice: set[str]) -> Reading:
    cohort = reading.cases["cohort"].iloc[0] if len(reading.cases) else ""
    ids: Mapping[str, str] = {name: f"{cohort}-{name}" for name in twice if name}

    def named(findings: list[Finding]) -> list[Finding]:
        return [replace(f, case_id=ids.get(f.case_id, f.case_id)) for f in findings]

    cases = reading.cases.assign(case_id=reading.cases["case_id"].map(lambda x: ids.get(x, x)))
    return Reading(cases, named(reading.dropped), named(reading.findings))
