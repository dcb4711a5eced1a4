"""The one exception that is meant for the user's eyes."""

from collections.abc import Iterable


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
