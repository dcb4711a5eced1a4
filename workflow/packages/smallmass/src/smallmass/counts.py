"""Numbers of things in messages: 1 image, 2 images; and the first few of many names."""

from collections.abc import Iterable


def number_of(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the singular for one.

    Args:
        number: How many.
        noun: What, in the singular; further words may stand before it.
        plural: Its plural; empty for the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def first_of(names: Iterable[object], shown: int, between: str = ", ") -> str:
    """Return the first of many names as text, and how many more there are.

    Args:
        names: Or numbers.
        shown: So many stand there.
        between: What stands between two.
    """
    listed = [str(name) for name in names]
    more = f" and {len(listed) - shown:,} more" if len(listed) > shown else ""
    return between.join(listed[:shown]) + more


def rows_of(numbers: Iterable[int], shown: int) -> str:
    """Return numbers of a table's rows as text: row 3; rows 3, 4 and 2 more."""
    listed = list(numbers)
    return f"{'row' if len(listed) == 1 else 'rows'} {first_of(listed, shown)}"
