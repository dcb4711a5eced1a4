"""A folder under DVC: what its .dvc file names, whether it is that, and making it so.

Everything is asked of DVC's own commands, each of which takes seconds: one a run, never one a job.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from smallmass.errors import UserError
from smallmass.files import write_text

# Snakemake leaves it in folders that are a rule's output; .dvcignore names it too.
IGNORED = (".snakemake_timestamp",)
# DVC's words for files that are not as a listing says, and ours.
_CHANGES = {"deleted": "missing", "added": "not known", "modified": "different"}


@dataclass(frozen=True)
class Named:
    """What a .dvc file says of the folder beside it.

    Args:
        md5: Of DVC's listing of the folder, with the ending ``.dir``.
        nfiles: The number of files.
        size: Their bytes.
        meta: What else is noted.
    """

    md5: str
    nfiles: int
    size: int
    meta: dict[str, Any]


def named(pointer: Path) -> Named:
    """Return what a .dvc file names.

    Raises:
        UserError: If it is not one that DVC wrote for a folder.
    """
    try:
        content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
        (out,) = content["outs"]
        return Named(out["md5"], out["nfiles"], out["size"], content.get("meta") or {})
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{pointer} does not name a folder ({error!r}). Restore it from the repository."
        ) from None


def compare(pointer: Path) -> tuple[dict[str, list[str]], bool]:
    """Ask DVC whether a folder is the one that the .dvc file beside it names.

    Returns:
        tuple: How it differs, nothing where it does not: "missing", "not known" or "different"
        with the names of the files, none where DVC's cache does not know them one by one. And
        whether the cache has all of it.
    """
    answer = json.loads(_dvc(pointer.parent, "data", "status", "--json", "--granular"))
    folder = f"{pointer.stem}/"
    changes = {
        word: [
            name for name in answer.get("uncommitted", {}).get(kind, []) if name.startswith(folder)
        ]
        for kind, word in _CHANGES.items()
    }
    differences = {
        word: sorted(name.removeprefix(folder) for name in names if not name.endswith("/"))
        for word, names in changes.items()
        if names
    }
    return differences, folder not in answer.get("not_in_cache", [])


def commit(pointer: Path) -> None:
    """Let DVC's cache have a folder that was verified: DVC itself would take any.

    Raises:
        UserError: If DVC fails, or would have changed the pointer, which keeps its bytes.
    """
    before = pointer.read_bytes()
    _dvc(pointer.parent, "commit", "--force", "--quiet", pointer.name)
    if pointer.read_bytes() != before:
        pointer.write_bytes(before)
        raise UserError(
            f"dvc commit wanted to change {pointer}, though the folder is the one that it names; "
            f"it was left as it was. Does .dvcignore still hold {', '.join(IGNORED)}?"
        )


def add(pointer: Path, description: str, meta: dict[str, Any] | None = None) -> Named:
    """Make a .dvc file name the folder beside it as it is now, and let DVC's cache have that.

    Args:
        pointer: The .dvc file; the folder has its name without the ending.
        description: What the folder is.
        meta: What else is to be noted; None: nothing.

    Raises:
        UserError: If DVC fails.
    """
    _dvc(pointer.parent, "add", "--quiet", pointer.stem)
    content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
    content |= {"desc": description} | ({"meta": meta} if meta else {})
    write_text(pointer, yaml.safe_dump(content, sort_keys=False, width=100))
    return named(pointer)


def _dvc(project: Path, *arguments: str) -> str:
    """Call DVC in the project's folder and return what it prints.

    Raises:
        UserError: With DVC's own words, if it fails.
    """
    if arguments[0] != "config" and _lacks_git(project):
        _dvc(project, "config", "--local", "core.no_scm", "true")
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=project,
        env={**os.environ, "DVC_NO_ANALYTICS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(
            f"dvc {' '.join(arguments)} failed: {done.stderr.strip() or done.stdout.strip()}"
        )
    return done.stdout


def _lacks_git(project: Path) -> bool:
    """Return whether DVC must still be told, in its local configuration, that there is no git."""
    here = project.resolve()
    folders = (here, *here.parents)
    if any((folder / ".git").exists() for folder in folders):
        return False
    configured = [
        folder / ".dvc" / name for folder in folders for name in ("config", "config.local")
    ]
    return not any("no_scm" in path.read_text() for path in configured if path.is_file())
