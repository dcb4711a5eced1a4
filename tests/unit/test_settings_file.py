"""A file of settings that cannot be read is said in words, before Snakemake's traceback."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from smallmass.screen import WithoutNoise
from smallmass.settings.file import problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("study: own\n# Größe\n".encode("latin-1"), "line 2 of .* is no UTF-8"),
        ("study: own\n".encode("utf-16"), "is no UTF-8"),
        (b'override:\n  root: "C:\\Users\\eva"\n', r"line 2 of .*single ones, or with /: \"C:"),
        (b"study: own\n\toverride: {}\n", "line 2 of .* holds a tab"),
        (b"study: [own\n", "cannot be understood"),
        (b"own\n", "must hold keys and values"),
    ],
)
def test_what_is_wrong_stands_with_its_line(tmp_path, content, words):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(SystemExit, match=words):
        sys.exit(problem(path))


def test_a_sound_file_and_one_that_is_not_there(tmp_path):
    (tmp_path / "mine.yaml").write_text("study: own  # Größe\n", encoding="utf-8")
    assert problem(tmp_path / "mine.yaml") is None
    assert "there is no file" in problem(tmp_path / "my.yaml")
    assert "mine.yaml" in problem(tmp_path / "my.yaml")


def test_snakemake_says_it_without_a_traceback(tmp_path):
    run = subprocess.run(
        [Path(sys.executable).with_name("snakemake"), "--configfile", "none.yaml"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 1 and run.stdout == ""
    assert run.stderr == "--configfile: there is no file none.yaml.\n"


def test_a_refusing_jobs_message_stands_alone():
    shown = WithoutNoise()

    def record(level, text, **further):
        made = logging.LogRecord("s", level, "", 0, text, None, None)
        made.__dict__.update(further)
        return made

    assert not shown.filter(record(logging.ERROR, "", rule_name="check"))
    assert not shown.filter(record(logging.ERROR, "RuleException:\nCalledProcessError in file"))
    assert shown.filter(record(logging.ERROR, "", rule_name="train_image_model"))
    assert shown.filter(record(logging.INFO, "", rule_name="check"))
