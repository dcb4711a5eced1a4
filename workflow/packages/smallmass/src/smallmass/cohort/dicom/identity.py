"""Salted hashes in the place of whatever names a patient, and the private files behind them.

The salt and the key (which hash is which file) lie beside each other in a folder of the user's,
never among the results.
"""

import csv
import hmac
import io
import os
import secrets
import stat
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smallmass.errors import UserError

DIGITS = 16  # hexadecimal: among a million identifiers, two agree once in 37 million imports
SHORTEST_SALT = 16


class Pseudonyms:
    """Makes identifiers that nobody without the salt can trace back: HMAC-SHA256, cut to 64 bits.

    Args:
        salt: At least 16 secret bytes. The same salt gives the same identifiers.
    """

    def __init__(self, salt: bytes):
        if len(salt) < SHORTEST_SALT:
            raise ValueError(f"a salt needs at least {SHORTEST_SALT} bytes")
        self._salt = salt

    def of(self, kind: str, *parts: object) -> str:
        """Return the identifier of something: the kind's first letter and 16 hexadecimal digits.

        Args:
            kind: What it is (case, patient, image, file, group); the same parts have another
                identifier as another kind.
            parts: What tells it from others of its kind.
        """
        # Lengths keep ("ab", "c") and ("a", "bc") apart.
        text = "".join(f"{len(str(part))}:{part}" for part in (kind, *parts))
        digest = hmac.new(self._salt, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
        return kind[0] + digest[:DIGITS]


def salt_problems(path: Path, forbidden: Sequence[Path]) -> list[str]:
    """Return what is wrong with the place of the salt; empty if it may be read or made there.

    Args:
        path: The file of the salt.
        forbidden: Folders in which it must not lie: results, and the DICOM files.
    """
    file = path.expanduser().resolve()
    for folder in forbidden:
        if file.is_relative_to(folder.resolve()):
            return [
                f"cohort.dicom.salt_file: {path} lies in {folder}, from where results are passed "
                "on. Whoever has the salt can trace patients back: name a private folder"
            ]
    if file.is_file():
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            return [
                f"cohort.dicom.salt_file: others can read {path}. Close it: chmod 600 {path}; "
                "if others have seen it, delete it, and every identifier becomes a new one"
            ]
        if file.stat().st_size < SHORTEST_SALT:
            return [
                f"cohort.dicom.salt_file: {path} holds fewer than {SHORTEST_SALT} bytes. Delete "
                "it, and a new one is made; every identifier becomes a new one, too"
            ]
    elif file.exists():
        return [f"cohort.dicom.salt_file: {path} is no file. Name a file"]
    return []


def load_salt(path: Path, forbidden: Sequence[Path]) -> bytes:
    """Return the salt; make it, readable for its owner alone, where there is none.

    Args:
        path: The file of the salt.
        forbidden: Folders in which it must not lie.

    Raises:
        UserError: If it lies in a forbidden folder, is open to others, too short, or cannot be
            read or made.
    """
    problems = salt_problems(path, forbidden)
    if problems:
        raise UserError(problems)
    file = path.expanduser()
    try:
        if not file.exists():
            write_private(path, secrets.token_bytes(32))
        return file.read_bytes()
    except OSError as error:
        raise UserError(
            f"cohort.dicom.salt_file: {path} cannot be read or made ({error.strerror}). Name a "
            "file in a folder of your own"
        ) from None


@dataclass(frozen=True)
class Private:
    """Files beside the salt that may say who a patient is.

    Args:
        key: Which hash is which file.
        problems: Every problem, with the name of its file and what the table says.
    """

    key: Path
    problems: Path


def private_files(salt_file: Path, study: str) -> Private:
    """Return where the private files of a study's import lie: beside the salt.

    A ``~`` stays: findings name these files, and the user's own name is nobody's business either.
    """
    return Private(
        salt_file.with_name(f"{salt_file.name}.{study}.key.csv"),
        salt_file.with_name(f"{salt_file.name}.{study}.problems.txt"),
    )


@contextmanager
def withheld(problems: Path) -> Iterator[None]:
    """Turn an unexpected error into one that quotes nothing; its text goes into a private file.

    Raises:
        UserError: In the place of any other exception; one that is raised inside passes through.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        write_private(problems, traceback.format_exc().encode("utf-8", "surrogateescape"))
        raise UserError(
            f"the import stopped at an unexpected {type(error).__name__}. Its text may name a "
            f"patient and is therefore written to {problems} alone. Please report it without names"
        ) from None


def write_key(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write which hash is which file: columns file_id, path, case_id; for its owner alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("file_id", "path", "case_id"))
    writer.writerows(rows)
    write_private(path, text.getvalue().encode("utf-8", "surrogateescape"))


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, atomically; its folder likewise if it is new."""
    path = path.expanduser()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
