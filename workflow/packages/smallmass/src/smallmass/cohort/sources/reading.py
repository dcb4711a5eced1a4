"""What every source has in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from smallmass.cohort.findings import Finding
from smallmass.folders import folder_problem
from smallmass.settings import CohortSettings


@dataclass(frozen=True)
class Reading:
    """A source as it was read.

    Args:
        cases: The columns of cohort.csv that the source knows; paths relative to the root.
        dropped: Cases that the source itself leaves out, and why. They are not among ``cases``.
        findings: Whatever else the source found; with an error among it, nothing is built.
    """

    cases: pd.DataFrame
    dropped: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A source of cases.

    Args:
        name: Its name in config.yaml.
        title: Its name for people.
        expected: The files and folders below the root without which it cannot be read.
        public: Whether it is a public dataset, read below ``datasets``. Contradictions in one are
            dropped and listed, because the user cannot put them right.
        read: ``read(root, settings)`` reads it from the folder that its paths are relative to.
        tables: ``tables(root, settings)`` returns the files whose change means a new cohort, where
            the settings name them; it raises `UserError` if one is not there.
    """

    name: str
    title: str
    expected: tuple[str, ...]
    public: bool
    read: Callable[[Path, CohortSettings], Reading]
    tables: Callable[[Path, CohortSettings], list[Path]] | None = None

    def folder_problems(self, root: Path | None) -> list[str]:
        """Return what is missing below ``root``, one line a problem with its remedy."""
        remedy = (
            f"The source {self.name!r} reads {self.title} under the published names "
            f"{', '.join(self.expected)}; name the folder that holds them: "
            f"--config study=... datasets=FOLDER."
            if self.public
            else f"The source {self.name!r} reads {self.title}; name it: "
            f"--config study=... 'override={{cohort: {{root: FOLDER}}}}'."
        )
        if root is None:
            return [f"{'datasets' if self.public else 'cohort.root'} is not set. {remedy}"]
        if wrong := folder_problem(root):
            return [f"{wrong}. {remedy}"]
        missing = [name for name in self.expected if not (root / name).exists()]
        if not missing:
            return []
        return [f"{root} has no {', no '.join(missing)}. {self._hint(root)}{remedy}"]

    def _hint(self, root: Path) -> str:
        """Return advice for a user who named the dataset's own folder and not the one above."""
        inner = [Path(*Path(name).parts[1:]) for name in self.expected]
        if self.public and all(part.parts and (root / part).exists() for part in inner):
            return f"It looks like the dataset's own folder: name the one above it, {root.parent}. "
        return ""
