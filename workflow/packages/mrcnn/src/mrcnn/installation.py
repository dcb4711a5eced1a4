"""Whether the package's files are the ones that were installed.

Other distributions on the package index (mrcnn, mrcnn-colab, mrcnn-tf115) bring a package of the
same name. The one installed last writes over files of the other without a word, and the one
uninstalled first takes them along.
"""

import base64
import hashlib
import warnings
from functools import cache
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "mrcnn-keras3"
FOLDER = Path(__file__).parent


@cache
def check_files() -> None:
    """Compare the package with the record of its installation; once a process.

    Warns of files that another distribution has put among the package's own.

    Raises:
        ImportError: If files are missing, or another distribution has written over them; it is
            named.
    """
    recorded = _recorded_files()
    if not recorded:  # run from its sources
        return
    missing = sorted(name for name in recorded if not (FOLDER / name).exists())
    changed = {name for name in recorded if name not in missing and _differs(name, recorded[name])}
    added = {path.name for path in FOLDER.glob("*.py")} - set(recorded)
    owners = _owners(changed | added) if changed or added else {}
    overwritten = {name: owner for name, owner in owners.items() if name in changed}
    remedy = f"Uninstall the others, then: pip install --force-reinstall {DISTRIBUTION}"
    if overwritten:
        raise ImportError(
            f"files of {DISTRIBUTION} were overwritten: {_list(overwritten)}. Both bring a package "
            f"called mrcnn. {remedy}"
        )
    if missing:
        raise ImportError(f"{DISTRIBUTION} lacks files: mrcnn/{', mrcnn/'.join(missing)}. {remedy}")
    if owners:
        warnings.warn(
            f"another distribution has files in the package of {DISTRIBUTION}: {_list(owners)}. "
            f"Uninstalling it will remove files of both. {remedy}",
            stacklevel=2,
        )


def _recorded_files() -> dict[str, str]:
    """Return the hashes of the installed modules by name; empty if they lie elsewhere."""
    try:
        distribution = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return {}
    if Path(str(distribution.locate_file("mrcnn"))).resolve() != FOLDER.resolve():
        return {}
    return {file.name: file.hash.value for file in _modules(distribution) if file.hash}


def _modules(distribution: metadata.Distribution) -> list[metadata.PackagePath]:
    """Return the files ``mrcnn/NAME.py`` of a distribution."""
    files = distribution.files or []
    return [file for file in files if file.parts[:-1] == ("mrcnn",) and file.suffix == ".py"]


def _differs(name: str, recorded: str) -> bool:
    """Say whether a module is another than the one recorded."""
    digest = hashlib.sha256((FOLDER / name).read_bytes()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != recorded


def _owners(names: set[str]) -> dict[str, str]:
    """Return, for those of the modules that other distributions bring, which ones do."""
    return {
        file.name: f"{distribution.metadata['Name']} {distribution.version}"
        for distribution in metadata.distributions()
        if distribution.metadata["Name"] != DISTRIBUTION
        for file in _modules(distribution)
        if file.name in names
    }


def _list(owners: dict[str, str]) -> str:
    """Return modules and their distributions as text."""
    return ", ".join(f"mrcnn/{name} by {owner}" for name, owner in sorted(owners.items()))
