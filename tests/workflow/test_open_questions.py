"""The table of open questions against config.yaml and its schema: nothing missing, nothing else."""

import re
from pathlib import Path

import pytest

from allowed import allowed
from smallmass.evaluation.choices import OPTIONS
from smallmass.paper.settings_table import comments, settings_table
from study_settings import study_settings

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
# As the list of open questions numbers them: there is no A33 and no A34.
IDS = [f"A{n:02d}" for n in range(1, 41) if n not in (33, 34)]
CODE = re.compile(r"`([^`]*)`")


def read_table() -> dict[str, tuple[str, str, str, str]]:
    """The rows of the table by id: question, main analysis, options, key."""
    text = (REPOSITORY / "docs/open-questions.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| A")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert all(len(row) == 5 for row in cells)
    assert [row[0] for row in cells] == IDS  # each once, in order
    return {row[0]: tuple(row[1:]) for row in cells}


TABLE = read_table()


def keys_of(question: str) -> set[str]:
    """The settings whose comment in config.yaml names a question."""
    return {
        f"{section}.{key}"
        for (section, key), words in comments(CONFIG).items()
        if re.search(rf"\b{question}\b", words)
    }


@pytest.mark.parametrize("question", IDS)
def test_a_question_names_the_settings_whose_comment_names_it(question):
    key = TABLE[question][3]
    assert (set() if key == "fixed" else set(CODE.findall(key))) == keys_of(question)


@pytest.mark.parametrize("question", [q for q in IDS if TABLE[q][3] != "fixed"])
def test_options_are_those_of_the_schema_and_the_main_one_is_the_default(question):
    _, main, options, key = TABLE[question]
    rows = settings_table(study_settings(), CONFIG)
    printed = {f"{row.section}.{row.key}": row.value for row in rows}
    chosen, others = CODE.findall(main), CODE.findall(options)
    names = CODE.findall(key)
    assert chosen == [printed[name] for name in names]
    words = {word for name in names for word in allowed(name)}
    enumerated = {value for value in chosen + others if value in words}
    assert enumerated == words  # every option is named
    numbers = {printed[name] for name in names} | {"yes"}
    assert set(others) <= words | numbers  # and none that does not exist


@pytest.mark.parametrize("question", [q for q in IDS if TABLE[q][3] == "fixed"])
def test_what_is_fixed_has_words_and_no_option(question):
    _, main, options, _ = TABLE[question]
    assert len(main) > 7 and options == "–"


def test_a_file_that_answers_a_question_is_among_the_results():
    """A36: the checklist is a file of every run, and results/README.md names it."""
    words = (REPOSITORY / "results/README.md").read_text(encoding="utf-8")
    fixed = [row for row in TABLE.values() if row[3] == "fixed"]
    files = {name for row in fixed for name in CODE.findall(row[1]) if name.endswith(".md")}
    assert files == {"tripod.md"}
    assert all(f"`{name}`" in words for name in files)


def test_every_option_of_the_product_is_one_of_the_schema():
    """The options that choices.csv crosses, and McNemar's variants, are those that can be set."""
    for name, (setting, values) in OPTIONS.items():
        question = name.partition("_")[0]
        assert setting in keys_of(question)
        words = allowed(setting)
        if words:
            assert set(values) == set(words)
