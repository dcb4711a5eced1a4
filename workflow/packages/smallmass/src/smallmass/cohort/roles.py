"""What each source of cases is for: ``cohort.sources`` in config.yaml, read and checked.

A source's role is one of `Role`: a word where that says all, or else a group of keys::

    sources: {busbra: {role: folds, training: [1, 3, 4, 5], validation: [2]}, breast: test}

Nothing here opens a file: the settings are checked before anything else runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from smallmass.errors import closest
from smallmass.words import Split, Word, cohort_name

if TYPE_CHECKING:
    from smallmass.settings import Settings, SplitSettings


class Role(Word):
    """What a source is for."""

    TRAINING = "training", "all of its cases train"
    VALIDATION = "validation", "all of its cases validate"
    TEST = "test", "all of its cases test"
    PUBLISHED = "published", "its own split"
    FOLDS = "folds", "by its own folds"
    DEALT = "dealt", "its cases are dealt out"


@dataclass(frozen=True)
class Traits:
    """What is known of a source without reading it.

    Args:
        cohort: What its cases are called in the tables' column ``cohort``.
        public: Whether it is a public dataset, read below ``datasets``.
        split: Whether it may have a split of its own.
        folds: Its own folds; None: its table tells (a column ``fold``); empty: there are none.
    """

    cohort: str
    public: bool = True
    split: bool = False
    folds: tuple[str, ...] | None = ()


SOURCES = {
    "phantom": Traits("phantom", public=False, split=True),
    "busbra": Traits("busbra", split=True, folds=("1", "2", "3", "4", "5")),
    "busi": Traits("busi"),
    "breast": Traits("breast"),
    "udiat": Traits("udiat"),
    "busuclm": Traits("busuclm"),
    "folder": Traits("own", public=False, split=True, folds=None),
    "dicom": Traits("own", public=False, split=True),
}
HOSPITALS = ("folder", "dicom")

# What each role may be told beside `role` (and `root`, for a source that has one of its own).
_KEYS: dict[str, tuple[str, ...]] = {
    Role.FOLDS: tuple(Split),
    Role.DEALT: (Split.VALIDATION, Split.TEST),
}


@dataclass(frozen=True)
class Entry:
    """A source and its role.

    Args:
        source: One of `SOURCES`.
        role: One of `Role`.
        folds: For `Role.FOLDS`: the split of each fold that is used.
        shares: For `Role.DEALT`: the shares of its cases for validation and test, where the entry
            names them.
        root: The source's own folder, if the entry names one.
    """

    source: str
    role: str
    folds: Mapping[str, str] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    root: str | None = None

    @property
    def cohort(self) -> str:
        """What its cases are called in the tables' column ``cohort``."""
        return SOURCES[self.source].cohort

    @property
    def public(self) -> bool:
        """Whether it is a public dataset."""
        return SOURCES[self.source].public

    @property
    def splits(self) -> set[str]:
        """The splits that its cases may be in."""
        if self.role in tuple(Split):
            return {self.role}
        if self.role == Role.FOLDS:
            return set(self.folds.values())
        return {part for part in Split if self.shares.get(part) != 0}

    def dealt(self, split: "SplitSettings") -> dict[str, float]:
        """Return the shares of its cases for validation and test, if they are dealt out.

        Args:
            split: ``validation`` and ``test``, where the entry does not name them.
        """
        return {"validation": split.validation, "test": split.test} | dict(self.shares)

    def setting(self) -> dict[str, Any]:
        """Return the entry as config.yaml would say it."""
        folds: dict[str, list[str]] = {
            part: [fold for fold, home in self.folds.items() if home == part]
            for part in Split
            if part in self.folds.values()
        }
        root = {"root": self.root} if self.root is not None else {}
        return {"role": self.role, **folds, **self.shares, **root}


def entries(sources: Mapping[str, Any]) -> list[Entry]:
    """Return the sources with their roles.

    Args:
        sources: The setting ``cohort.sources``, without `problems`.
    """
    return [_entry(name, value) for name, value in sources.items()]


def as_read(sources: list[Entry], imported: str) -> dict[str, dict[str, Any]]:
    """Return the setting ``cohort.sources`` as far as the reading of the cohort depends on it.

    Shares do not count: another split alone need not read images again.

    Args:
        sources: Of `entries`.
        imported: The folder that DICOM files are imported into, from which they are read.
    """
    alone = len(sources) == 1
    read = {}
    for entry in sources:
        role = Role.PUBLISHED if alone and entry.role == Role.DEALT else entry.role
        root = imported if entry.source == "dicom" else entry.root
        read[entry.source] = replace(entry, role=role, shares={}, root=root).setting()
    return read


def without_roots(sources: Mapping[str, Any]) -> dict[str, Any]:
    """Return the setting ``cohort.sources`` without the place of a hospital's own files."""
    return {
        name: {key: item for key, item in value.items() if key != "root"}
        if isinstance(value, Mapping)
        else value
        for name, value in sources.items()
    }


def problems(sources: Any, place: str) -> list[str]:
    """Return everything that is wrong with the setting ``cohort.sources``, a line each.

    Args:
        sources: What stands there.
        place: Where it stands, for the messages: ``studies.own.cohort.sources``.
    """
    if not isinstance(sources, Mapping) or not sources:
        example = "{busbra: training, udiat: validation, breast: test}"
        return [f"{place}: names the sources of cases, each with its role, as in {example}"]
    texts = []
    for name, value in sources.items():
        if name not in SOURCES:
            texts.append(
                f"{place}: there is no source {name!r}{closest(name, SOURCES)}. Sources: "
                f"{', '.join(SOURCES)}"
            )
            continue
        texts += _entry_problems(name, value, f"{place}.{name}")
    return texts


def contradictions(settings: "Settings") -> list[str]:
    """Return what is wrong between sources that are each allowed.

    Args:
        settings: ``cohort.sources``, ``cohort.root``, ``split`` and ``cross_fitting.cohort``.
    """
    texts = []
    sources = entries(settings.cohort.sources)
    for entry in sources:
        if entry.role == Role.DEALT and sum(entry.dealt(settings.split).values()) >= 1:
            texts.append(
                f"cohort.sources.{entry.source}: validation and test together must be less than 1"
            )
    for part in Split:
        if not any(part in entry.splits for entry in sources):
            texts.append(
                f"cohort.sources: no source has {part} cases. Give one the role {part}, or let "
                f"one be dealt"
            )
    names = {entry.source for entry in sources}
    if names.issuperset(HOSPITALS):
        texts.append(
            "cohort.sources: folder and dicom are both a hospital's own patients, whose table and "
            "columns are named once. Name one of them"
        )
    rootless = [entry for entry in sources if not entry.public and entry.root is None]
    if len(rootless) > 1:
        texts.append(
            f"cohort.sources: {' and '.join(entry.source for entry in rootless)} have one folder, "
            f"cohort.root ({settings.cohort.root}). Name the folder of one in its entry: "
            f"{rootless[-1].source}: {{role: {rootless[-1].role}, root: FOLDER}}"
        )
    if settings.cross_fitting.cohort:
        texts += _crossed_problem(settings.cross_fitting.cohort, sources)
    return texts


def _crossed_problem(cohort: str, sources: list[Entry]) -> list[str]:
    """Return why models cannot be cross-fitted in a cohort.

    Args:
        cohort: The setting ``cross_fitting.cohort``.
        sources: Of `entries`.
    """
    known = {entry.cohort: entry for entry in sources}
    if cohort not in known:
        return [
            f"cross_fitting.cohort: {cohort} is none of the study's cohorts"
            f"{closest(cohort, known)}: {', '.join(known)}"
        ]
    if known[cohort].role not in ("test", Role.PUBLISHED):
        return [
            f"cross_fitting.cohort: models are cross-fitted in {cohort_name(cohort)}, of which the "
            f"image model must not learn: its role must be test"
        ]
    return []


def replacement(source: Any) -> str:
    """Return what to write in place of the old key ``cohort.source``."""
    if source == "busbra_breast":
        folds = "{role: folds, training: [1, 3, 4, 5], validation: [2]}"
        return f"sources: {{busbra: {folds}, breast: test}}"
    traits = SOURCES.get(source)
    if traits is None:
        return "sources: {NAME: ROLE}"
    return f"sources: {{{source}: {Role.PUBLISHED if traits.split else Role.DEALT}}}"


def schema() -> dict[str, Any]:
    """Return the JSON schema of the setting ``cohort.sources``, for editors."""
    fold = {"type": "array", "items": {"type": ["integer", "string"]}}
    keys: dict[str, dict] = {
        "role": {"enum": [role.value for role in Role]},
        "root": {"type": "string", "description": "the source's own folder"},
        **{
            part.value: fold if part == Split.TRAINING else {"anyOf": [fold, {"type": "number"}]}
            for part in Split
        },
    }
    group = {
        "type": "object",
        "properties": keys,
        "required": ["role"],
        "additionalProperties": False,
    }
    entry = {"anyOf": [keys["role"], group]}
    return {
        "type": "object",
        "properties": {name: entry for name in SOURCES},
        "additionalProperties": False,
        "minProperties": 1,
    }


def _entry(name: str, value: Any) -> Entry:
    if isinstance(value, str):
        return Entry(name, value)
    role, root = value["role"], value.get("root")
    if role == Role.FOLDS:
        folds = {str(fold): part for part in Split for fold in value.get(part, ())}
        return Entry(name, role, folds=folds, root=root)
    shares = {part: float(value[part]) for part in _KEYS[Role.DEALT] if part in value}
    return Entry(name, role, shares=shares, root=root)


def _entry_problems(name: str, value: Any, place: str) -> list[str]:
    traits = SOURCES[name]
    if isinstance(value, str):
        value = {"role": value}
    if not isinstance(value, Mapping):
        shown = "null" if value is None else repr(value)
        return [f"{place}: {shown} is no role. Roles: {', '.join(Role)}"]
    role = value.get("role")
    if role not in tuple(Role):
        problem = "role is missing" if role is None else f"there is no role {role!r}"
        return [f"{place}: {problem}{closest(role, Role)}. Roles: {', '.join(Role)}"]
    allowed = ["role", *_KEYS.get(role, ()), *([] if traits.public else ["root"])]
    texts = [
        f"{place}.{key}: unknown key{closest(key, allowed)}. Allowed for the role {role}: "
        f"{', '.join(allowed)}"
        for key in value
        if key not in allowed
    ]
    if not traits.public and not isinstance(value.get("root", ""), str):
        texts.append(f"{place}.root: {value['root']!r} is no folder's name")
    if role == Role.PUBLISHED and not traits.split:
        texts.append(
            f"{place}: {cohort_name(traits.cohort)} has no split of its own. Use {Role.DEALT}, or "
            f"one of {', '.join(Split)}"
        )
    if role == Role.FOLDS:
        texts += _fold_problems(value, traits, place)
    if role == Role.DEALT:
        texts += [
            f"{place}.{part}: {value[part]!r} is no share of the cases, from 0 to less than 1"
            for part in _KEYS[Role.DEALT]
            if part in value and not _is_share(value[part])
        ]
    return texts


def _fold_problems(value: Mapping[str, Any], traits: Traits, place: str) -> list[str]:
    if traits.folds == ():
        return [f"{place}: {cohort_name(traits.cohort)} has no folds of its own. Use {Role.DEALT}"]
    texts: list[str] = []
    homes: dict[str, str] = {}
    for part in Split:
        folds = value.get(part, [])
        if not isinstance(folds, list | tuple):
            texts.append(f"{place}.{part}: {folds!r} is not a list of folds, as in [1, 2]")
            continue
        for fold in map(str, folds):
            if traits.folds is not None and fold not in traits.folds:
                texts.append(
                    f"{place}.{part}: there is no fold {fold}. Folds: {', '.join(traits.folds)}"
                )
            elif fold in homes:
                texts.append(f"{place}: fold {fold} is named twice, for {homes[fold]} and {part}")
            homes[fold] = part
    if not homes and not texts:
        texts.append(f"{place}: no fold is named. Name them under {', '.join(Split)}")
    return texts


def _is_share(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and 0 <= float(value) < 1
    except (TypeError, ValueError):
        return False
