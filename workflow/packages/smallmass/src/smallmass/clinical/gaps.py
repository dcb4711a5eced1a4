"""What a cross-fitted model's status says of the fits that could not be had."""

from collections.abc import Sequence

NOT_ESTIMABLE = "not estimable"
_MARK = f"; {NOT_ESTIMABLE} in "


def with_gaps(text: str, statuses: Sequence[str], what: str = "fits") -> str:
    """Return a status with how many of the fits there are not, and why; their reasons if none is.

    Args:
        text: What is said where every fit could be had.
        statuses: Of every fit; "not estimable: ..." where it could not be had.
        what: What is counted.
    """
    lacking = [status for status in statuses if status.startswith(NOT_ESTIMABLE)]
    reasons = ", ".join(dict.fromkeys(s.removeprefix(f"{NOT_ESTIMABLE}: ") for s in lacking))
    if not lacking:
        return text
    if len(lacking) == len(statuses):
        return f"{NOT_ESTIMABLE}: {reasons}"
    return f"{text}{_MARK}{len(lacking)} of {len(statuses)} {what}: {reasons}"


def gaps_of(status: str) -> str:
    """Return what `with_gaps` added: "not estimable in 1 of 30 fits: ..."; empty if nothing."""
    _, mark, rest = status.partition(_MARK)
    return f"{mark.removeprefix('; ')}{rest}"
