"""A cohort's files as one text: any change of a file changes it, and nothing else does."""

import os
import time

import pytest

from smallmass.cohort.listing import fingerprint


@pytest.fixture
def folder(tmp_path):
    """Three files in two folders, and a hidden one."""
    for name in ("a/1.png", "a/2.png", "b/c/3.png", ".git/index"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    return tmp_path


CHANGES = {
    "time": lambda folder: os.utime(folder / "a/1.png", (1_000_000_001, 1_000_000_001)),
    "size": lambda folder: (folder / "b/c/3.png").write_bytes(b"1"),
    "name": lambda folder: (folder / "a/1.png").rename(folder / "a/0.png"),
    "folder": lambda folder: (folder / "a/1.png").rename(folder / "b/1.png"),
    "new": lambda folder: (folder / "b/4.png").touch(),
    "gone": lambda folder: (folder / "a/2.png").unlink(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_of_a_file_changes_it(folder, name):
    before = fingerprint(folder)
    CHANGES[name](folder)
    assert fingerprint(folder) != before


def test_what_is_hidden_or_elsewhere_does_not(folder):
    before, part = fingerprint(folder), fingerprint(folder, ["a"])
    (folder / ".git/index").write_bytes(b"")
    (folder / "b/gone").symlink_to(folder / "nowhere")
    assert fingerprint(folder) == before
    (folder / "b/c/3.png").unlink()
    assert fingerprint(folder) != before and fingerprint(folder, ["a"]) == part
    assert fingerprint(folder, ["a", "none"]) == part


def test_two_thousand_files_take_less_than_a_second(tmp_path):
    for i in range(2000):
        (tmp_path / f"{i}.png").touch()
    began = time.process_time()
    fingerprint(tmp_path)
    assert time.process_time() - began < 1
