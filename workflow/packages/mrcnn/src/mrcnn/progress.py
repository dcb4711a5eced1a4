"""What a training says while it runs."""

import sys
import time
from collections.abc import Sequence


class Rows(list):
    """A list that says in one line what it holds, so that a notebook does not print it whole."""

    def __repr__(self) -> str:
        if not self:
            return "[]"
        return f"[{len(self)} items, the last one {self[-1]!r}]"


class Progress:
    """Prints what is trained, each epoch's losses and the time left.

    Args:
        epochs: Epoch that is trained up to.
        verbose: 0: nothing is printed.
    """

    def __init__(self, epochs: int, verbose: int = 1):
        self.epochs, self.verbose = epochs, verbose
        self.started, self.trained = time.monotonic(), 0
        # A line that is written over needs a screen; in a file it would be a long mess.
        self.on_screen = sys.stdout.isatty() or "ipykernel" in sys.modules

    def begin(self, first: int, learning_rate: float, layers: Sequence[str], path) -> None:
        """Say what begins: epoch ``first``, the layers that train, where weights are written."""
        self._print(f"Starting at epoch {first} of {self.epochs}, learning rate {learning_rate:g}")
        self._print(f"Training {len(layers)} layers: {shortened(layers)}")
        self._print(f"Weights: {path or 'not written, for the model has no model_dir'}")

    def step(self, epoch: int, step: int, steps: int, loss: float) -> None:
        """Say how far an epoch is, on a line that the next one writes over."""
        if self.verbose and self.on_screen:
            text = f"Epoch {epoch}/{self.epochs}: step {step} of {steps}, loss {loss:.4f}"
            print(f"\r{text}", end=" ", flush=True)

    def epoch(self, epoch: int, row: dict) -> None:
        """Say an epoch's losses, how long it took, and the time that the others will take."""
        self.trained += 1
        seconds = (time.monotonic() - self.started) / self.trained
        left = self.epochs - epoch
        losses = " - ".join(f"{name}: {v:.4f}" for name, v in row.items() if name != "epoch")
        text = f"Epoch {epoch}/{self.epochs} - {duration(seconds)} - {losses}"
        if left:
            text += f" - {duration(seconds * left)} left"
        self._print("\r" + text if self.on_screen else text)

    def _print(self, text: str) -> None:
        if self.verbose:
            print(text, flush=True)


def shortened(names: Sequence[str], most: int = 6) -> str:
    """Return names joined by commas, of many the first and the last ones."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])}, …, {names[-1]}"


def duration(seconds: float) -> str:
    """Return a time in words.

    >>> [duration(s) for s in (4.2, 75, 3900)]
    ['4 s', '1 min 15 s', '1 h 5 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
