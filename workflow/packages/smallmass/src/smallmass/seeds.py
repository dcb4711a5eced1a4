"""Seeds: every random number of a study descends from its one seed."""

import hashlib


def derive(seed: int, *names: str | int) -> int:
    """Return a 32-bit seed for the part of the study that ``names`` describe.

    Hashing keeps the parts independent: adding one never shifts the random numbers of another.

    Args:
        seed: The study's seed.
        *names: What the seed is for, for instance ``"image_model", 0, "full"``.
    """
    text = "/".join(str(part) for part in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
