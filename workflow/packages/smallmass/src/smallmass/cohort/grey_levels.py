"""Which level of a file is black and which white, where a pixel has more than eight bits.

A file of 16 bits may hold 12, 10 or 8 (what converters of DICOM write), signed numbers or
fractions. Which of its levels is white stands nowhere: TIFF's tags MinSampleValue and
MaxSampleValue tell the levels of one picture and "are not to be used to affect the visual
appearance" (TIFF 6.0, section 8). So the range is known only where the file cannot have another,
or where the user says it (``cohort.grey_range``); else the file is refused.
"""

import re

import numpy as np
from PIL import Image

from smallmass.cohort.problems import ImageProblem

SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
DEEP = (*SIXTEEN_BIT, "I", "F")
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262  # tags of TIFF
_MIN_IS_WHITE = 0
_RANGE = re.compile(r"\A(-?[\d.]+(?:e[+-]?\d+)?)\.\.(-?[\d.]+(?:e[+-]?\d+)?)\Z")


def selector(grey_range: tuple[float, float] | list[float] | None) -> dict[str, str]:
    """Return the setting ``cohort.grey_range`` as a selector of a reference to an image."""
    if grey_range is None:
        return {}
    return {"levels": "..".join(f"{level:g}" for level in grey_range)}


def eight_bits(image: Image.Image, levels: str | None, where: str) -> np.ndarray:
    """Return the grey levels of a file of more than eight bits, from its own range.

    Args:
        image: Loaded, of a mode in `DEEP`.
        levels: The selector ``levels`` of its reference, ``LOW..HIGH``, or None.
        where: The file, for messages.

    Returns:
        np.ndarray: uint8 (height, width).

    Raises:
        ImageProblem: If no range is stated and the file may have several, or a level lies outside.
    """
    values = deep_values(image, where)
    low, high = _asked(levels, where) if levels else _certain(image, values, where)
    least, most = float(values.min()), float(values.max())
    if least < low or most > high:
        raise ImageProblem(
            f"has levels from {least:g} to {most:g}, outside of {low:g} to {high:g}: {where}",
            "Correct cohort.grey_range: the level that is black and the one that is white",
            code="I003",
        )
    scaled = np.floor((values.astype(np.float64) - low) * (255 / (high - low)) + 0.5)
    grey = scaled.astype(np.uint8)
    return 255 - grey if _tag(image, _PHOTOMETRIC) == _MIN_IS_WHITE else grey


def deep_values(image: Image.Image, where: str) -> np.ndarray:
    """Return the levels of a file of more than eight bits as they are (height, width)."""
    values = np.asarray(image)
    if image.mode in SIXTEEN_BIT:
        return values.astype(np.uint16)
    if image.mode == "F" and not np.isfinite(values).all():
        raise ImageProblem(f"has pixels that are no numbers (NaN or infinite): {where}")
    return values


def of_sixteen_bits(image: Image.Image) -> bool:
    """Return whether a colour image that is not yet loaded has 16 bits a colour in its file."""
    return image.mode not in DEEP and any(
        ";16" in str(part.args) for part in getattr(image, "tile", ())
    )


def check_colours(grey: np.ndarray, where: str) -> None:
    """Refuse colours of 16 bits whose upper bit is not used: the lower ones are cut off.

    Args:
        grey: uint8 (height, width): of each pixel the upper eight bits.
        where: The file, for messages.
    """
    if grey.max() < 128:
        raise ImageProblem(
            f"has colours of 16 bits and no level over {int(grey.max()) * 256 + 255}: {where}",
            "Save it as 8-bit grey, so that the brightest tissue is near 255",
            code="I003",
        )


def _certain(image: Image.Image, values: np.ndarray, where: str) -> tuple[float, float]:
    """Return the one range that a file can have."""
    if image.mode in SIXTEEN_BIT:
        bits = _tag(image, _BITS_PER_SAMPLE)
        if isinstance(bits, tuple) and len(bits) == 1 and 8 < bits[0] < 16:
            return 0, 2 ** bits[0] - 1
        if values.max() > 32767 or image.format == "JPEG2000":  # which states its bits
            return 0, 65535
        kind = "16 bits"
    else:
        kind = "fractions" if image.mode == "F" else "signed or 32-bit levels"
    raise ImageProblem(
        f"has {kind} and levels from {values.min():g} to {values.max():g}, so which one is white "
        f"is not known: {where}",
        code="I003",
    )


def _asked(levels: str, where: str) -> tuple[float, float]:
    parts = _RANGE.match(levels)
    if parts is None or float(parts[1]) >= float(parts[2]):
        raise ImageProblem(f"levels is {levels!r}; write LOW..HIGH, as in 0..4095: {where}")
    return float(parts[1]), float(parts[2])


def _tag(image: Image.Image, number: int) -> object:
    """Return a tag of a TIFF file, None where there is none."""
    return getattr(image, "tag_v2", {}).get(number)
