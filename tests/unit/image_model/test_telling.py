"""What a long job tells: plain lines with the time left, a bar on a terminal, event files."""

import logging
import os
import subprocess
import sys

import pytest

from smallmass import progress
from smallmass.image_model.schedule import Schedule
from smallmass.image_model.telling import Told

SCRIPT = """
import logging, sys, time
from smallmass.progress import logged
log = logging.getLogger("job")
log.setLevel(logging.DEBUG)
log.addHandler(logging.StreamHandler(sys.stdout))
log.handlers[0].setLevel(logging.INFO)
tell = logged(log, "images", every_seconds=0)
for done in range(1, 5):
    time.sleep(0.15)
    tell(done, 4)
"""


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand, in s."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def told(caplog, folder, rounds=4) -> Told:
    """What hears of a training of ten steps a round."""
    caplog.set_level(logging.DEBUG, "job")
    return Told(logging.getLogger("job"), Schedule(rounds, 10), folder)


def test_an_epochs_line_has_losses_and_the_time_that_the_rest_takes(caplog, clock, tmp_path):
    hears = told(caplog, tmp_path / "events")
    clock[0] += 30.0
    hears.epoch(1, {"epoch": 1, "loss": 3.0, "val_loss": 2.5})
    clock[0] += 90.0
    hears.epoch(4, {"epoch": 4, "loss": 1.0, "val_loss": 2.0})
    assert caplog.messages == [
        "epoch 1 of 4: loss 3.000, validation 2.500, about 90 s left",
        "epoch 4 of 4: loss 1.000, validation 2.000",
    ]


class Half:
    """Stands for the AUROC of 60 lesions."""

    lesions, known = [()] * 60, True

    def __call__(self) -> float:
        return 0.5


def test_an_epochs_line_says_of_which_lesions_the_auroc_is_and_event_files_have_it(
    caplog, tmp_path
):
    caplog.set_level(logging.INFO, "job")
    hears = Told(logging.getLogger("job"), Schedule(1, 10), tmp_path, Half())
    row = {"epoch": 1, "loss": 3.0}
    hears.epoch(1, row)
    assert caplog.messages == [
        "epoch 1 of 1: loss 3.000, AUROC 0.500 of 60 validation lesions in their true boxes"
    ]
    (file,) = tmp_path.iterdir()
    assert b"val_auroc_in_true_boxes" in file.read_bytes()
    assert row == {"epoch": 1, "loss": 3.0}  # the history is what was trained


def test_a_training_that_goes_on_takes_its_time_from_what_it_does_itself(caplog, clock, tmp_path):
    """Round 3 of 4 is the first that is heard of: its rate is not known until the next word."""
    hears = told(caplog, tmp_path / "events")
    clock[0] += 7.0
    hears.epoch(3, {"epoch": 3, "loss": 3.0})
    clock[0] += 20.0
    hears.step(4, 5, 10, 2.0)
    assert caplog.messages == [
        "epoch 3 of 4: loss 3.000",
        "epoch 4: step 5 of 10, loss 2.000, about 20 s left",
    ]


def test_event_files_of_an_earlier_training_go_and_of_an_interrupted_one_stay(caplog, tmp_path):
    folder = tmp_path / "events"
    told(caplog, folder).epoch(1, {"epoch": 1, "loss": 3.0})
    (first,) = folder.iterdir()
    told(caplog, folder).epoch(2, {"epoch": 2, "loss": 2.0})
    assert first in folder.iterdir() and len(list(folder.iterdir())) == 2
    told(caplog, folder).epoch(1, {"epoch": 1, "loss": 3.0})
    assert first not in folder.iterdir() and len(list(folder.iterdir())) == 1


def test_in_a_file_there_are_lines_alone():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, encoding="utf-8")
    assert run.stderr == ""
    lines = run.stdout.splitlines()
    assert len(lines) == 4 and lines[0].endswith(" left") and lines[-1].startswith("images: 4 of 4")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_there_is_a_bar_and_one_line_at_the_end():
    import pty
    import termios

    main, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=terminal, encoding="utf-8"
    )
    os.write(terminal, b"end")  # nothing to read would wait for ever
    seen = os.read(main, 65_536).decode("utf-8")
    os.close(terminal)
    os.close(main)
    assert "2/4" in seen and "\r" in seen
    assert [line[:14] for line in run.stdout.splitlines()] == ["images: 4 of 4"]
