"""What a training tells while it runs: a bar or lines with the time left, and event files."""

import logging
import shutil
from pathlib import Path
from typing import Any

from smallmass.image_model.class_auroc import ClassAuroc
from smallmass.image_model.schedule import Schedule
from smallmass.progress import Bar


class Told:
    """Hears of every epoch and, now and then, of a step.

    Args:
        log: The rule's log.
        schedule: Of the training.
        events: Folder for event files; what an earlier training left there goes.
        auroc: Of validation lesions as the network is now; None without validation cases.
    """

    def __init__(
        self,
        log: logging.Logger,
        schedule: Schedule,
        events: str | Path,
        auroc: ClassAuroc | None = None,
    ):
        """Start the clock."""
        self.auroc = auroc if auroc is not None and auroc.known else None
        self.rounds, self.steps = schedule.rounds, schedule.steps
        self.bar = Bar(log, "steps", schedule.total)
        self.events = Path(events)
        self.writer: Any = None

    def step(self, epoch: int, step: int, steps: int, loss: float) -> None:
        """Tell of the mean loss so far in an epoch (from 1)."""
        done = (epoch - 1) * steps + step
        self._started(epoch, done)
        self.bar.at(done, epoch=f"{epoch}/{self.rounds}", loss=f"{loss:.3f}")
        self.bar.say(f"epoch {epoch}: step {step} of {steps}, loss {loss:.3f}", done)

    def epoch(self, epoch: int, row: dict) -> None:
        """Tell of an epoch's losses and its AUROC, and write them for TensorBoard."""
        done = epoch * self.steps
        self._started(epoch, done)
        text = f"epoch {epoch} of {self.rounds}: loss {row['loss']:.3f}"
        facts = {"epoch": f"{epoch}/{self.rounds}", "loss": f"{row['loss']:.3f}"}
        if "val_loss" in row:
            text += f", validation {row['val_loss']:.3f}"
            facts["validation"] = f"{row['val_loss']:.3f}"
        told = {name: loss for name, loss in row.items() if name != "epoch"}
        if self.auroc is not None:
            told["val_auroc_in_true_boxes"] = auroc = self.auroc()
            lesions = f"{len(self.auroc.lesions)} validation lesions in their true boxes"
            text += f", AUROC {auroc:.3f} of {lesions}"
            facts["AUROC"] = f"{auroc:.3f}"
        self.bar.at(done, **facts)
        self.bar.say(text, done, always=True)
        self.writer.add(epoch, told)

    def close(self) -> None:
        """Take the bar away."""
        self.bar.close()

    def _started(self, epoch: int, done: int) -> None:
        """At the first word see whether the training goes on where an earlier one was ended."""
        if self.writer is not None:
            return
        from mrcnn.events import EventWriter

        if epoch == 1:
            shutil.rmtree(self.events, ignore_errors=True)
        else:
            self.bar.resume(done)
        self.writer = EventWriter(self.events)
