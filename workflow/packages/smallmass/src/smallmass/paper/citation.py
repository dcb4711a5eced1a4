"""How a study is cited: the paper, the software, the data sets, from ``CITATION.cff``."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml


def citation(text: str, cohorts: Iterable[str], version: str | None) -> dict[str, Any]:
    """Return what the page says of how to cite.

    Args:
        text: ``CITATION.cff``. The first of its references is the paper; the others name in their
            notes the data set's source in backticks.
        cohorts: The names in the column ``cohort`` of the study.
        version: Of the software that ran.

    Returns:
        dict: ``paper`` and ``software`` as a line of a list of references, ``data`` with one line a
        public data set of the study, ``bibtex`` with the first two.
    """
    software = yaml.safe_load(text)
    paper, *others = software["references"]
    version = version or str(software["version"])
    of_study = [
        reference for reference in others
        if any(f"`{name}`" in reference["notes"] for name in cohorts)
    ]  # fmt: skip
    names = ", ".join(author["name"] for author in software["authors"])
    return {
        "paper": _line(paper),
        "software": f"{names}. {software['title']}. Version {version}, {software['license']}",
        "data": [_line(reference) for reference in of_study],
        "bibtex": f"{_article(paper)}\n{_software(software, names, version)}",
    }


def _line(reference: Mapping[str, Any]) -> str:
    """Return an article as medical journals list it."""
    pages = str(reference["start"]) + (f"–{reference['end']}" if "end" in reference else "")
    issue = f"({reference['issue']})" if "issue" in reference else ""
    return (
        f"{', '.join(map(_short, reference['authors']))}. {reference['title']}. "
        f"{reference['journal']} {reference['year']};{reference['volume']}{issue}:{pages}, "
        f"doi {reference['doi']}"
    )


def _short(author: Mapping[str, str]) -> str:
    """Return "Bong JH"."""
    initials = "".join(name[0] for name in author["given-names"].split())
    return f"{author['family-names']} {initials}"


def _article(reference: Mapping[str, Any]) -> str:
    first = reference["authors"][0]["family-names"].lower()
    authors = " and ".join(
        f"{author['family-names']}, {author['given-names']}" for author in reference["authors"]
    )
    fields = {
        "author": authors,
        "title": f"{{{reference['title']}}}",
        "journal": reference["journal"],
        "year": reference["year"],
        "volume": reference["volume"],
        "number": reference["issue"],
        "pages": f"{reference['start']}--{reference['end']}",
        "doi": reference["doi"],
    }
    return _entry("article", f"{first}{reference['year']}", fields)


def _software(software: Mapping[str, Any], names: str, version: str) -> str:
    fields = {"author": f"{{{names}}}", "title": f"{{{software['title']}}}", "version": version}
    return _entry("software", "smallmass", fields)


def _entry(kind: str, key: str, fields: Mapping[str, Any]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{lines}\n}}"
