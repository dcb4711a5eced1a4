"""The split into training, validation and test, and the folds within training.

Neither ever tears a unit apart: the cases of a patient, of an image, or of a group of
near-duplicates (see `groups.units`).
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.cohort.groups import units
from smallmass.cohort.roles import Role, entries
from smallmass.cohort.table import LABELS, SPLITS
from smallmass.errors import UserError
from smallmass.seeds import derive
from smallmass.settings import CrossFittingSettings, Settings
from smallmass.words import Arm, Assignment, cohort_name

FOLD_COLUMNS = ["case_id", "arm", "repeat", "fold"]
IMAGE_ARM = Arm.IMAGE
# Of the clinical model and of the combined models, which read its scores.
CLINICAL_ARM = Arm.CLINICAL


def make_split(cases: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Assign every case to training, validation or test (A03).

    A case is where its source's role puts it (``published_split``), unless its source is dealt
    out: ``stratified`` deals the units of each label apart, ``random`` all units together, in an
    order that the seed and the units' names decide: the order of the rows does not matter.

    Args:
        cases: The checked cohort.
        settings: ``seed``, ``cohort.sources``, and ``split`` where a source is dealt out.

    Returns:
        pd.DataFrame: case_id, split; in the cohort's order.

    Raises:
        UserError: If an assignment is missing or tears a unit apart, a split lacks a label, or a
            case that is trained on has no outline. Lists every such problem.
    """
    split, findings = _assigned(cases, settings)
    if findings:
        raise UserError(finding.line() for finding in findings)
    return pd.DataFrame({"case_id": cases["case_id"], "split": split})


def check_split(cases: pd.DataFrame, settings: Settings) -> list[Finding]:
    """Return what `make_split`, `make_folds` and `cross_folds` would refuse, all at once.

    Args:
        cases: The cohort, as far as it is sound; a case whose label is none is left out, and a
            case's further rows, which are a finding of their own, are, too.
        settings: As for `make_split`, with ``image_model.folds`` and ``cross_fitting``.
    """
    cases = cases[cases["label"].isin(LABELS)].drop_duplicates("case_id", ignore_index=True)
    if cases.empty:
        return []
    split, findings = _assigned(cases, settings)
    training = cases[split == "training"]
    findings = [*findings, *_too_few_for_folds(training, settings.image_model.folds)]
    if settings.cross_fitting.cohort:
        findings += _not_cross_fitted(cases, split, settings.cross_fitting)
    return findings


def _assigned(cases: pd.DataFrame, settings: Settings) -> tuple[pd.Series, list[Finding]]:
    """Return the split of every case, and what is wrong with it."""
    unit = units(cases)
    split = cases["published_split"].astype("string").fillna("")
    # A unit is dealt with its first case's cohort, of which it bears the name.
    cohort = unit.map(cases.set_index("case_id")["cohort"])
    for entry in entries(settings.cohort.sources):
        if entry.role != Role.DEALT:
            continue
        own = cohort == entry.cohort
        strata = _STRATA[settings.split.assignment](cases["label"][own], unit[own])
        shares = entry.dealt(settings.split)
        home = _deal(unit[own].value_counts(), strata, shares, settings.seed)
        split[own] = unit[own].map(home)
    findings = [*_unassigned(cases, split), *_torn(cases, unit, split)]
    return split, [*findings, *_without_label(cases, split), *_without_outline(cases, split)]


def _by_label(label: pd.Series, unit: pd.Series) -> pd.Series:
    """Return the stratum of every unit: one with a lesion of either label is malignant."""
    return label.groupby(unit).max()


def _all_together(label: pd.Series, unit: pd.Series) -> pd.Series:
    """Return a single stratum for all units."""
    return pd.Series("all", index=unit.unique())


_STRATA = {Assignment.STRATIFIED: _by_label, Assignment.RANDOM: _all_together}


def make_folds(
    cases: pd.DataFrame, split: pd.DataFrame, folds: int, seed: int, arm: str = IMAGE_ARM
) -> pd.DataFrame:
    """Deal the training cases into folds, stratified by label, units whole.

    Args:
        cases: The checked cohort.
        split: case_id, split.
        folds: How many; 0 for none.
        seed: The study's seed.
        arm: What is cross-fitted.

    Returns:
        pd.DataFrame: case_id, arm, repeat (0), fold (0 to ``folds`` - 1); no row without folds.

    Raises:
        UserError: If a label has fewer units than there are folds.
    """
    if folds == 0:
        return pd.DataFrame(columns=FOLD_COLUMNS)
    role = cases["case_id"].map(split.set_index("case_id")["split"])
    training = cases[role == "training"]
    findings = _too_few_for_folds(training, folds)
    if findings:
        raise UserError(finding.line() for finding in findings)
    fold = deal_folds(training, folds, derive(seed, "folds", arm))
    return pd.DataFrame({"case_id": training["case_id"], "arm": arm, "repeat": 0, "fold": fold})


def cross_folds(
    cases: pd.DataFrame, split: pd.DataFrame, settings: CrossFittingSettings, seed: int
) -> pd.DataFrame:
    """Deal the cases of a cohort into folds for its clinical and combined models, several times.

    Stratified by label, units whole; every repeat deals anew.

    Args:
        cases: The checked cohort.
        split: case_id, split.
        settings: The cohort, folds and repeats.
        seed: The study's seed.

    Returns:
        pd.DataFrame: case_id, arm (`CLINICAL_ARM`), repeat (from 0), fold (from 0).

    Raises:
        UserError: If the cohort is not there, has cases that are not test cases, or a label has
            fewer units than there are folds.
    """
    role = cases["case_id"].map(split.set_index("case_id")["split"])
    findings = _not_cross_fitted(cases, role, settings)
    if findings:
        raise UserError(finding.line() for finding in findings)
    chosen = cases[cases["cohort"] == settings.cohort]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "case_id": chosen["case_id"],
                    "arm": CLINICAL_ARM,
                    "repeat": repeat,
                    "fold": deal_folds(
                        chosen, settings.folds, derive(seed, "folds", CLINICAL_ARM, repeat)
                    ),
                }
            )
            for repeat in range(settings.repeats)
        ],
        ignore_index=True,
    )


def deal_folds(cases: pd.DataFrame, folds: int, seed: int) -> np.ndarray:
    """Return the fold of every case, int ``(cases,)``: stratified by label, units whole.

    Args:
        cases: Rows of the cohort, of each label as many units as folds at least.
        folds: How many.
        seed: Of the shuffle.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    dealer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold = np.empty(len(cases), dtype=int)
    for number, (_, held_out) in enumerate(dealer.split(cases, cases["label"], units(cases))):
        fold[held_out] = number
    return fold


def fewest_units(cases: pd.DataFrame) -> int:
    """Return how many units the label has that has fewer: so many folds can be dealt at most.

    Args:
        cases: Rows of the cohort.
    """
    return int(_units_of_labels(cases).min())


def _units_of_labels(cases: pd.DataFrame) -> pd.Series:
    """Return the number of units of each label."""
    units_of = units(cases).groupby(cases["label"]).nunique()
    return units_of.reindex(list(LABELS), fill_value=0)


def _deal(
    sizes: pd.Series, strata: pd.Series, shares: Mapping[str, float], seed: int
) -> dict[str, str]:
    """Return the split of every unit.

    Args:
        sizes: The number of cases of each unit.
        strata: The stratum of each unit.
        shares: Of the cases, for ``validation`` and ``test``.
        seed: The study's seed.
    """
    split: dict[str, str] = {}
    for _, members in strata.groupby(strata):
        order = sorted(members.index, key=lambda name: (derive(seed, "split", name), name))
        total = sum(sizes[name] for name in order)
        wanted = {name: shares[name] * total for name in ("test", "validation")}
        got = dict.fromkeys(wanted, 0)
        for name in order:
            # A unit goes where it brings the count nearer to what is wanted, else to training.
            home = next(
                (part for part in wanted if got[part] + sizes[name] / 2 <= wanted[part]),
                "training",
            )
            split[name] = home
            if home in got:
                got[home] += sizes[name]
    return split


def _too_few_for_folds(
    cases: pd.DataFrame, folds: int, where: str = "training", key: str = "image_model.folds"
) -> list[Finding]:
    available = _units_of_labels(cases)
    return [
        Finding.of(
            "S001",
            "",
            f"{folds} folds need {folds} {label} patients in {where}, there are {count}",
            key=key,
        )
        for label, count in available.items()
        if count < folds
    ]


def _not_cross_fitted(
    cases: pd.DataFrame, split: pd.Series, settings: CrossFittingSettings
) -> list[Finding]:
    """Return why the models of a cohort cannot be cross-fitted in it."""
    name = cohort_name(str(settings.cohort))
    chosen = cases["cohort"] == settings.cohort
    read = cases.loc[chosen & (split != "test"), "case_id"]
    findings = [
        Finding.of(
            "S002",
            case_id,
            f"models are cross-fitted in {name}, of which the image model must not learn, but the "
            f"case is in {part}",
        )
        for case_id, part in zip(read, split[read.index], strict=True)
    ]
    return [
        *findings,
        *_too_few_for_folds(cases[chosen], settings.folds, name, "cross_fitting.folds"),
    ]


def _unassigned(cases: pd.DataFrame, split: pd.Series) -> Iterator[Finding]:
    for case_id in cases.loc[~split.isin(SPLITS), "case_id"]:
        message = "published_split is empty, so that the case has no role"
        yield Finding.of("S003", case_id, message, splits=", ".join(SPLITS))


def _torn(cases: pd.DataFrame, unit: pd.Series, split: pd.Series) -> Iterator[Finding]:
    homes = split.groupby(unit).nunique()
    torn = unit.isin(homes.index[homes > 1])
    table = cases.loc[torn, ["case_id"]].assign(split=split[torn])
    for _, rows in table.groupby(unit[torn], sort=False):
        members = ", ".join(f"{row.case_id} ({row.split or 'none'})" for row in rows.itertuples())
        for case_id in rows["case_id"]:
            yield Finding.of(
                "S004",
                case_id,
                "shares a patient, an image or a near-duplicate with cases in another split: "
                f"{members}",
            )


def _without_label(cases: pd.DataFrame, split: pd.Series) -> Iterator[Finding]:
    counts = pd.crosstab(split, cases["label"]).reindex(
        index=list(SPLITS), columns=list(LABELS), fill_value=0
    )
    for part in SPLITS:
        for label in LABELS:
            if counts.loc[part, label] == 0:
                count = (cases["label"] == label).sum()
                message = f"no {label} case in {part}: the cohort has {count} in all"
                yield Finding.of("S005", "", message)


def _without_outline(cases: pd.DataFrame, split: pd.Series) -> Iterator[Finding]:
    # A08: test cases may lack outlines; they serve reporting alone.
    lacking = (cases["outline"].astype("string").fillna("") == "") & split.isin(SPLITS[:2])
    for case_id, part in zip(cases.loc[lacking, "case_id"], split[lacking], strict=True):
        yield Finding.of("S006", case_id, f"in {part}, but without an outline")
