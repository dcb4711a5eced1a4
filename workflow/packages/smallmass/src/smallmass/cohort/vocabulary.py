"""Spellings that are understood without being told, in the tables that people keep.

Only those with one meaning are here. 0 and 1 as a label, "dense", or "+" are not: whoever wrote
them knows what they mean, and says so under ``cohort.words``.
"""

import re
import unicodedata

from smallmass.cohort.table import CATEGORIES, LABELS, SPLITS, UNKNOWN

NORMAL = "normal"

# A cell that holds one of these, in any spelling of upper and lower case, is unknown.
UNKNOWN_WORDS = frozenset(
    {
        *("", "-", "–", "—", "?", "na", "n/a", "n.a.", "nan", "null", "#n/a"),
        *("unknown", "not known", "not available", "missing", "unbekannt", "k.a.", "k. a."),
        *(".", "..", "--", "#null!", "#nv", "#n/v", "#value!", "#wert!", "#ref!", "#bezug!"),
        *("#div/0!", "#name?", "unk", "nk", "nd", "n.d.", "not done", "keine angabe", "inconnu"),
        *("inconnue", "desconocido", "desconocida", "sconosciuto", "desconhecido", "미상", "모름"),
        *("不明", "未知", "不详"),
    }
)

_YES_NO = {
    "yes": (
        *("yes", "y", "ja", "j", "true", "positive", "pos", "checked", "oui", "sí", "si", "sì"),
        *("sim", "예", "있음", "有", "はい", "是"),
    ),
    "no": (
        *("no", "n", "nein", "false", "negative", "neg", "unchecked", "non", "não", "nao"),
        *("아니오", "없음", "無", "无", "いいえ", "否"),
    ),
}
_SPELLINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "label": {
        "benign": (
            *("benign", "b", "benigne", "gutartig", "bénin", "bénigne", "benin", "benigno"),
            *("benigna", "양성", "良性"),
        ),
        "malignant": (
            *("malignant", "m", "maligne", "bösartig", "boesartig", "cancer", "malin", "maligno"),
            *("maligna", "악성", "悪性", "恶性", "惡性"),
        ),
        NORMAL: ("normal",),
    },
    "family_history": _YES_NO,
    "brca_mutation": _YES_NO,
    "breast_density": {
        "fatty": ("fatty", "almost entirely fatty", "a", "1", "i"),
        "scattered": (
            "scattered",
            "scattered fibroglandular",
            "scattered areas of fibroglandular density",
            "b",
            "2",
            "ii",
        ),
        "heterogeneous": ("heterogeneous", "heterogeneously dense", "c", "3", "iii"),
        "extreme": ("extreme", "extremely dense", "d", "4", "iv"),
    },
    "reference_standard": {
        "biopsy": ("biopsy", "core biopsy", "biopsie", "stanzbiopsie"),
        "surgery": ("surgery", "operation", "op"),
        "follow-up": ("follow-up", "follow up", "followup", "fu"),
    },
    "published_split": {
        "training": ("training", "train"),
        "validation": ("validation", "val", "valid"),
        "test": ("test",),
    },
}
MEANINGS: dict[str, tuple[str, ...]] = {
    **CATEGORIES,
    "label": (*LABELS, NORMAL, UNKNOWN),
    "published_split": (*SPLITS, UNKNOWN),
}


# A code with its word, as statistics programs and forms write it: "1, Malignant", "0 = benign".
_CODED = re.compile(r"\A\(?(?P<code>-?\d+)\)?\s*(?:[,:;=.)]|-|–)\s*(?P<word>\D.*)\Z")
_WHOLE = re.compile(r"\A(-?\d+)[.,]0+\Z")


def normal_form(word: str) -> str:
    """Return a word without regard to capitals, blanks, accents' form, and zeros after a point."""
    plain = " ".join(unicodedata.normalize("NFC", word).casefold().split())
    return _WHOLE.sub(r"\1", plain)


def meanings(column: str, words: dict | None = None) -> dict[str, str]:
    """Return what each known word of a column means, by its `normal_form`.

    Args:
        column: A column of cohort.csv that holds words, a key of `MEANINGS`.
        words: What the user says besides, from ``cohort.words``; it wins over what is known here.
    """
    known = {
        spelling: meaning
        for meaning, spellings in _SPELLINGS[column].items()
        for spelling in spellings
    }
    known |= dict.fromkeys(UNKNOWN_WORDS, UNKNOWN)
    for word, meaning in (words or {}).items():
        for spelling in _as_written(word):
            known[normal_form(spelling)] = _as_written(meaning)[0]
    return known


def meaning_of(column: str, value: str, known: dict[str, str]) -> str | None:
    """Return what a cell means, or None if that is not known.

    Args:
        column: The column of cohort.csv.
        value: The cell.
        known: From `meanings`.
    """
    word = normal_form(value)
    if word not in known and column == "breast_density":
        # "ACR b", "ACR-B", "ACR: 2", "BI-RADS c"
        word = re.sub(r"\A(?:acr|bi-?rads)[\s:_-]*", "", word)
    if word in known:
        return known[word]
    coded = _CODED.match(word)
    if coded is None:
        return None
    # Code and word must not contradict each other.
    meanings = {known[part] for part in (coded["code"], coded["word"]) if part in known}
    return meanings.pop() if len(meanings) == 1 and coded["word"] in known else None


def problems(words: dict[str, dict]) -> list[str]:
    """Return what is wrong with ``cohort.words``: meanings that do not exist."""
    return [
        f"cohort.words.{column}: {word!r} is said to mean {_as_written(meaning)[0]!r}. Use one of: "
        f"{', '.join(MEANINGS[column])}."
        for column, pairs in words.items()
        if column in MEANINGS
        for word, meaning in pairs.items()
        if _as_written(meaning)[0] not in MEANINGS[column]
    ]


def unknowns(words: dict | None) -> tuple[set[str], set[str]]:
    """Return which words of a column of numbers are unknown, and which are real numbers.

    Args:
        words: What the user says under ``cohort.words`` of this column.
    """
    unknown: set[str] = set()
    real: set[str] = set()
    for word, meaning in (words or {}).items():
        home = unknown if normal_form(_as_written(meaning)[0]) == UNKNOWN else real
        home.update(normal_form(spelling) for spelling in _as_written(word))
    return unknown, real


def _as_written(word: object) -> tuple[str, ...]:
    """Return the texts that a word of config.yaml may stand for.

    YAML reads an unquoted yes, no, true or false as a truth value, and digits as a number.
    """
    if word is True:
        return ("yes", "true")
    if word is False:
        return ("no", "false")
    return (str(word).strip(),)
