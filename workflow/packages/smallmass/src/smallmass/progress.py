"""How far a long job is: a bar on a terminal, plain lines with the time left in a log."""

import logging
import time
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

SECONDS_A_MINUTE = 60
SECONDS_AN_HOUR = 3600
EVERY_SECONDS = 5.0
"""So often a line is written while a job goes on."""
Progress = Callable[[int, int], None]


class Bar:
    """Tells of a job: what it has done of all, and how long the rest will take.

    On a terminal it is a bar, and its lines go to the log's file alone; else they go to both.

    Args:
        log: The rule's log.
        what: What is counted.
        total: How much of it there is.
    """

    def __init__(self, log: logging.Logger, what: str, total: int):
        """Start the clock."""
        self.log, self.total = log, total
        self.began, self.first = time.monotonic(), 0
        # None: no bar where the screen is no terminal.
        self.bar = tqdm(desc=what, total=total, disable=None, leave=False, dynamic_ncols=True)

    def resume(self, done: int) -> None:
        """Start the clock again at what an earlier job had done."""
        self.began, self.first = time.monotonic(), done

    def at(self, done: int, **facts: Any) -> None:
        """Move the bar; ``facts`` stand behind it."""
        if not self.bar.disable:
            self.bar.n = done
            self.bar.set_postfix(facts, refresh=False)
            self.bar.refresh()

    def say(self, text: str, done: int, *, always: bool = False) -> None:
        """Write a line with the time left; on a terminal to the log's file alone.

        Args:
            text: The line.
            done: What is done.
            always: On a terminal, too.
        """
        seen = self.bar.disable or always
        if seen and not self.bar.disable:
            self.bar.clear()
        self.log.log(logging.INFO if seen else logging.DEBUG, "%s%s", text, self.left(done))

    def left(self, done: int) -> str:
        """Return ", 3 min left"; nothing at the end, or where nothing tells."""
        if not self.first < done < self.total:
            return ""
        rate = (time.monotonic() - self.began) / (done - self.first)
        return f", about {in_words(rate * (self.total - done))} left"

    def close(self) -> None:
        """Take the bar away."""
        self.bar.close()


def logged(log: logging.Logger, what: str, every_seconds: float = EVERY_SECONDS) -> Progress:
    """Return a progress function that writes a line every few seconds, and one at the end.

    Args:
        log: The rule's log.
        what: What is counted.
        every_seconds: So often.
    """
    bars: list[Bar] = []
    began = last = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal last
        if not bars:
            bars.append(Bar(log, what, total))
        (bar,) = bars
        bar.at(done)
        now = time.monotonic()
        if done == total or now - last >= every_seconds:
            last = now
            if done == total:
                bar.close()
            bar.say(f"{what}: {done} of {total} ({now - began:.0f} s)", done, always=done == total)

    return progress


def in_words(seconds: float) -> str:
    """Return "40 s", "12 min", "3.5 h".

    Example:
        >>> [in_words(seconds) for seconds in (40.4, 720, 12600)]
        ['40 s', '12 min', '3.5 h']
    """
    if seconds < 2 * SECONDS_A_MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * SECONDS_AN_HOUR:
        return f"{seconds / SECONDS_A_MINUTE:.0f} min"
    return f"{seconds / SECONDS_AN_HOUR:.1f} h"
