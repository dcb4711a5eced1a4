"""What hospitals call the columns that a study needs, in the languages that they write."""

import re
import unicodedata

# Whole words of a heading; the longest that fits decides.
NAMES: dict[str, tuple[str, ...]] = {
    "case_id": (
        *("case id", "case", "bild", "bild nr", "bildnr", "bildnummer", "image", "image id", "id"),
        *("filename", "file name", "file", "datei", "dateiname", "imagen", "fichier", "img"),
        *(
            "영상번호",
            "영상",
            "파일명",
            "이미지",
            "图像编号",
            "图像",
            "画像番号",
            "画像",
            "lesion id",
        ),
    ),
    "patient_id": (
        *(
            "patient id",
            "patientid",
            "patient",
            "patientin",
            "patiente",
            "patienten id",
            "patient nr",
            "patnr",
            "pat nr",
        ),
        *("pat id", "pid", "subject", "subject id", "paciente", "환자번호", "등록번호", "환자"),
        *("患者", "患者号", "患者番号", "patientennummer", "patient number", "patient no"),
    ),
    "label": (
        *("label", "befund", "diagnose", "diagnosis", "pathology", "class", "classification"),
        *(
            "path result",
            "pathology result",
            "malignancy",
            "dignität",
            "dignitaet",
            "outcome",
            "result",
            "ergebnis",
            "target",
        ),
        *("병리결과", "병리", "진단", "诊断", "病理", "診断", "diagnóstico", "diagnostic"),
    ),
    "age_years": (
        *("age", "age years", "alter", "alter jahre", "age at diagnosis", "edad", "âge", "età"),
        *("나이", "연령", "年龄", "年齢", "idade", "patient age"),
    ),
    "diameter_cm": (
        *("diameter", "size", "größe", "groesse", "durchmesser", "tumor size", "lesion size"),
        *("max diameter", "longest diameter", "크기", "大小", "直径", "tamaño", "taille", "grösse"),
    ),
    "family_history": (
        *("family history", "familienanamnese", "familiy history", "fam anamnese", "fh"),
        *("가족력", "家族史", "家族歴", "antecedentes familiares", "antécédents familiaux"),
    ),
    "brca_mutation": ("brca", "brca mutation", "brca status", "brca1 2", "brca 1 2", "mutation"),
    "breast_density": (
        *("density", "breast density", "dichte", "brustdichte", "acr", "acr typ", "유방밀도"),
        *("乳腺密度", "乳房構成", "densidad", "densité"),
    ),
    "birads": ("birads", "bi rads"),
    "histology": ("histology", "histologie", "histological type"),
    "device": ("device", "gerät", "geraet", "scanner", "machine"),
    "published_split": ("split", "set", "subset"),
}
_UNITS = frozenset({"mm", "cm", "jahre", "years", "year", "yr", "y", "j", "in"})


def plain(heading: str) -> str:
    """Return a heading as words without capitals, punctuation and units."""
    text = unicodedata.normalize("NFC", heading).casefold()
    words = re.sub(r"[\W_]+", " ", text).split()
    return " ".join(word for word in words if word not in _UNITS) or " ".join(words)


def meant(heading: str) -> str | None:
    """Return the column of cohort.csv that a heading names, or None."""
    words = plain(heading)
    for name, known in NAMES.items():
        if words in known or words == name.replace("_", " "):
            return name
    return None
