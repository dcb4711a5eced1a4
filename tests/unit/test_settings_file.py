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
        (b'override:\n  root: "C:\\Users\\eva"\n', r"line 2: .*single ones, or with /: \"C:"),
        (b"study: own\n\toverride: {}\n", "line 2, column 1: it holds a tab"),
        (b"study: [own\n", "line 1, .* bracket that was opened in line 1 is not closed"),
        (b"a:\n  b: {c: d\n  e: f\n", "bracket that was opened in line 2 is not closed"),
        (b"a:\n  b: 1\n  c: 2\n  b: 3\n", "line 4, column 3: the key 'b' stands in line 2 already"),
        (b"a:\n  label: Befund: Histo\n", "line 2, column 16: a value that holds a colon"),
        (b"a:\n  root:/x\n  table: t\n", "in the line above, a blank is missing .* 'root'"),
        (b'a:\n  b: "/x\n  c: t\n', "a quotation mark that was opened in line 2 is not closed"),
        (b"a:\n  table: 'Anna's.csv'\n", "line 2, .* write it twice, or use double ones"),
        (b"a:\n  label: %Befund\n", "line 2, column 10: .* needs quotation marks"),
        (b"a:\n  label: *Befund\n", "line 2, column 10: .* needs quotation marks"),
        (b"a:\n    root: /x\n   table: t\n", "line 3, column 4: it is not indented as the lines"),
        ("a:\n\u00a0\u00a0b: 1\n".encode(), "line 2: .* looks like a blank .* .U.00A0."),
        (b"own\n", "must hold keys and values"),
    ],
)
def test_what_is_wrong_stands_with_its_line(tmp_path, content, words):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(SystemExit, match=words):
        sys.exit(problem(path))


def test_no_word_of_the_reader_of_yaml_is_left(tmp_path):
    """Whatever is broken in a sound file: its own words name tokens, scalars and mappings."""
    sound = Path(__file__).parents[2].joinpath("config.yaml").read_text("utf-8")[:4000]
    path, told = tmp_path / "mine.yaml", 0
    for place in range(0, len(sound), 37):
        for sign in "[{}]:'\"%@*&\t|>":
            path.write_text(sound[:place] + sign + sound[place:], encoding="utf-8")
            said = problem(path) or ""
            told += bool(said)
            for word in ("token", "scalar", "mapping", "block end", "expected", "stream", "YAML"):
                assert word not in said.partition(": '")[0], said
    assert told > 100


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
