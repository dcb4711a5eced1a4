"""The one exception that is meant for the user's eyes."""

import difflib
from collections.abc import Iterable
from typing import Any


class UserError(Exception):
    """Something that the user can put right: input, a setting, a file.

    Args:
        problems: One line a problem, each saying what is wrong, in which case or key, and what
            to do about it.
    """

    def __init__(self, problems: str | Iterable[str]):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))

    def report(self) -> str:
        """Return the problems as text for a screen, numbered when there are several."""
        if len(self.problems) == 1:
            return self.problems[0]
        lines = [f"{len(self.problems)} problems:"]
        lines += [f"  {i}. {text}" for i, text in enumerate(self.problems, 1)]
        return "\n".join(lines)


def closest(word: Any, known: Iterable[str]) -> str:
    """Return ' (did you mean ...?)' or nothing."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""
