"""DVC's commands in the process of the tests: a new process takes seconds for each."""

import contextlib
import io
import os
from pathlib import Path
from unittest import mock

import dvc.cli

from smallmass.errors import UserError


def run(project: Path, *arguments: str) -> str:
    """Call DVC in a folder and return what it prints, as `dvc_folder` does in a new process."""
    printed = io.StringIO()
    # So that DVC leaves sys.stdout as it is.
    tested = mock.patch.dict(os.environ, {"DVC_TEST": "1", "DVC_NO_ANALYTICS": "1"})
    with tested, contextlib.chdir(project), contextlib.redirect_stdout(printed):
        code = dvc.cli.main([*arguments])
    if code:
        raise UserError(f"dvc {' '.join(arguments)} failed: {printed.getvalue().strip()}")
    return printed.getvalue()


def init(project: Path) -> None:
    """Make a folder a DVC repository as the project is one, without git."""
    run(project, "init", "--quiet", "--no-scm")
    # As in the repository: no word about git in the committed configuration.
    (project / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (project / ".dvcignore").write_text(".snakemake_timestamp\n")
