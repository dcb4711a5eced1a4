"""Signs of life: what a training prints, keeps and writes."""

import re

import keras
import numpy as np
import pytest

from discs import Discs, Small
from mrcnn.losses import LOSSES
from mrcnn.model import MaskRCNN
from mrcnn.progress import Progress, Rows, duration, shortened


class TwoEpochs(Small):
    NAME = "told"
    STEPS_PER_EPOCH, VALIDATION_STEPS = 1, 1


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A model trained for two epochs, the rows that it returned, and what was printed."""
    import contextlib
    import io

    printed = io.StringIO()
    model = MaskRCNN("training", TwoEpochs(), tmp_path_factory.mktemp("logs"), seed=1)
    with contextlib.redirect_stdout(printed):
        rows = model.train(Discs(4), Discs(4), 0.001, 2, "heads")
    return model, rows, printed.getvalue()


def test_layers_path_losses_and_time_left_are_printed(training):
    model, rows, printed = training
    lines = printed.splitlines()
    assert lines[0] == "Starting at epoch 1 of 2, learning rate 0.001"
    assert re.fullmatch(r"Training \d+ layers: fpn_c5p5, .*, mrcnn_mask", lines[1])
    assert lines[2] == f"Weights: {model.checkpoint_path}"
    assert len(lines) == 5
    first = re.fullmatch(r"Epoch 1/2 - .* - loss: (\S+) - .*val_mrcnn_mask_loss.* left", lines[3])
    assert first and float(first[1]) == pytest.approx(rows[0]["loss"], abs=1e-4)
    assert lines[4].startswith("Epoch 2/2 - ") and not lines[4].endswith("left")


def test_nothing_is_printed_with_verbose_0(capsys):
    MaskRCNN("training", Small()).train(Discs(4), None, 0.001, 1, "heads", verbose=0)
    assert capsys.readouterr().out == ""


def test_history_is_where_keras_keeps_it(training):
    model, rows, _ = training
    history = model.keras_model.history
    assert isinstance(history, keras.callbacks.History) and history.epoch == [0, 1]
    names = {"loss", *LOSSES}
    assert set(history.history) == names | {f"val_{name}" for name in names}
    assert history.history["val_loss"] == [row["val_loss"] for row in rows]


def test_losses_are_written_for_tensorboard(training):
    """Read by TensorFlow's own reader, which verifies the checksums."""
    tf = pytest.importorskip("tensorflow")
    model, rows, _ = training
    from pathlib import Path

    (path,) = Path(model.log_dir).glob("events.out.tfevents.*")
    events = list(tf.compat.v1.train.summary_iterator(str(path)))
    assert events[0].file_version == "brain.Event:2" and events[0].wall_time > 1.7e9
    assert [event.step for event in events[1:]] == [1, 2]
    for event, row in zip(events[1:], rows, strict=True):
        values = {value.tag: value.simple_value for value in event.summary.value}
        assert values.keys() == row.keys() - {"epoch"}
        assert all(np.float32(row[name]) == value for name, value in values.items())


def test_a_training_that_starts_again_has_an_event_file_of_its_own(tmp_path):
    from mrcnn.events import EventWriter

    first, second = EventWriter(tmp_path), EventWriter(tmp_path)
    first.add(1, {"loss": 1.0})
    assert first.path != second.path


def test_returned_rows_are_a_list_that_prints_as_one_line(training):
    _, rows, _ = training
    assert isinstance(rows, list) and [row["epoch"] for row in rows] == [1, 2]
    assert repr(rows).startswith("[2 items, the last one {'epoch': 2") and repr(Rows()) == "[]"


def test_steps_are_told_on_a_screen_only(capsys):
    progress = Progress(epochs=3)
    progress.step(1, 5, 10, 0.5)
    assert capsys.readouterr().out == ""
    progress.on_screen = True
    progress.step(1, 5, 10, 0.5)
    assert capsys.readouterr().out == "\rEpoch 1/3: step 5 of 10, loss 0.5000 "


def test_words_for_times_and_long_lists():
    assert [duration(s) for s in (0.4, 59.6, 3599, 7300)] == [
        "0 s",
        "1 min 0 s",
        "59 min 59 s",
        "2 h 1 min",
    ]
    assert shortened(list("abc")) == "a, b, c"
    assert shortened(list("abcdefghij")) == "a, b, c, d, e, …, j"
