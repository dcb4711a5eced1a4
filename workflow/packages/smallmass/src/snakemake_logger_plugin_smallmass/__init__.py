"""Says what is wrong with a file of settings before Snakemake stops on it with a traceback.

Snakemake reads the files of ``--configfile`` before any rule. Its plugins are the one thing that
it loads earlier; this one logs nothing and is chosen by nobody.
"""

import sys
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase

from smallmass.settings.file import problem


class LogHandler(LogHandlerBase):
    """What every logger plugin must have."""

    def emit(self, record: object) -> None:
        """Show nothing."""

    @property
    def writes_to_stream(self) -> bool:
        """It does not."""
        return False

    @property
    def writes_to_file(self) -> bool:
        """It does not."""
        return False

    @property
    def has_filter(self) -> bool:
        """It has none."""
        return False

    @property
    def has_formatter(self) -> bool:
        """It has none."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """It does not."""
        return False


def named_files(arguments: list[str]) -> list[str]:
    """Return the files that a command line names after --configfile."""
    files, reading = [], False
    for argument in arguments:
        option, _, value = argument.partition("=")
        if argument.startswith("-"):
            reading = option in ("--configfile", "--configfiles")
            files += [value] if reading and value else []
        elif reading:
            files.append(argument)
    return files


if Path(sys.argv[0]).name.startswith("snakemake"):
    problems = [words for path in named_files(sys.argv[1:]) if (words := problem(path))]
    if problems:
        sys.exit("\n".join(problems))
