"""Numbers of things in messages: 1 image, 2 images."""


def number_of(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, in the singular for one.

    Args:
        number: How many.
        noun: What, in the singular; further words may stand before it.
        plural: Its plural; empty for the noun with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
