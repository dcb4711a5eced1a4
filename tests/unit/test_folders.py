"""Where a folder is asked for, a file is told as one."""

import pytest

from smallmass.errors import UserError
from smallmass.exchange.predictions import sources
from smallmass.folders import folder_problem
from smallmass.wizard.__main__ import main


def test_a_folder_is_none(tmp_path):
    assert folder_problem(tmp_path) is None


def test_a_file_is_told_with_the_folder_that_it_lies_in(tmp_path):
    file = tmp_path / "us0.png"
    file.touch()
    assert folder_problem(file) == f"{file} is a file; name the folder that it lies in, {tmp_path}"


@pytest.mark.parametrize("name", ["us0.png", "nowhere"])
def test_it_is_told_wherever_a_folder_is_asked_for(tmp_path, capsys, name):
    (tmp_path / "us0.png").touch()
    wrong = folder_problem(tmp_path / name)
    with pytest.raises(UserError, match="predictions: ") as told:
        sources(tmp_path / name)
    assert told.value.problems == [f"predictions: {wrong}"]
    assert main(["start", str(tmp_path / name)]) == 1
    assert wrong in capsys.readouterr().err
