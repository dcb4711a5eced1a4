"""What is wrong with a paper's table of numbers or its file of relations."""

from collections.abc import Iterable


class PaperError(ValueError):
    """Something in the two files that the user can put right.

    Args:
        problems: One line a problem, each saying what is wrong, in which row or key, and what to
            do about it.
    """

    def __init__(self, problems: str | Iterable[str]):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))
