"""A lesion: one latent severity, and the BI-RADS traits that load on it.

The severity of a benign lesion is normal with mean -1 and SD 1, that of a malignant one with
mean +1: d' = 2.0. Every trait is ``loading * severity + sqrt(1 - loading**2) * own noise``, so it
has SD 1 within a class and a d' of twice its loading by itself.

Three loadings are published separations, halved; the others are our choice. ``traits.SOURCES`` says
for each what stands behind it.
"""

from dataclasses import dataclass

import numpy as np

from smallmass.phantom import tables
from smallmass.phantom.geometry import FINE, Frame, resized
from smallmass.phantom.random import SD, Draws

# Fixed in the phantom's first commit, before any image model was trained, and never changed for
# a model's result. The best possible reader has an AUROC of Phi(D_PRIME / sqrt(2)) = 0.921.
D_PRIME = 2.0

LOADINGS = {  # thousandths
    "margin": 710,
    "shape": 655,
    "orientation": 605,
    "echo": 550,
    "posterior": 550,
    "halo": 450,
    "calcifications": 350,
    "texture": 300,
    "edge_shadow": -350,
}

ANGLES = 256  # points of a contour
ROUND = 1024  # the radius that all contours start from


@dataclass(frozen=True)
class Lesion:
    """What a lesion is, before it is drawn.

    Args:
        severity: Latent severity, thousandths.
        traits: Trait values by name, thousandths of their SD within a class.
        words: The BI-RADS term of each trait, by name.
        contour: (ANGLES, 2) int64 points (y, x) about the lesion's centre, sixteenths of a pixel.
        height_um: Height, micrometres.
        width_um: Width, micrometres.
    """

    severity: int
    traits: dict[str, int]
    words: dict[str, str]
    contour: np.ndarray
    height_um: int
    width_um: int


def make_lesion(draws: Draws, *, malignant: bool, diameter_um: int, frame: Frame) -> Lesion:
    """Draw severity, traits and contour of one lesion.

    Args:
        draws: The case's random numbers.
        malignant: The class.
        diameter_um: Longest diameter of the contour, micrometres.
        frame: The picture that the contour is for.
    """
    mean = round(D_PRIME * SD / 2)
    severity = draws.normal() + (mean if malignant else -mean)
    own = draws.normal(len(LOADINGS))
    traits = {
        name: (loading * severity + _rest(loading) * int(noise)) // 1000
        for (name, loading), noise in zip(LOADINGS.items(), own, strict=True)
    }
    margin = _margin(draws, traits["margin"])
    radius = _radius(draws, traits, margin)
    contour = resized(_upright(draws, radius, traits["orientation"]), frame.fine(diameter_um))
    height, width = (
        int(side) * frame.depth_um // (FINE * frame.pixels) for side in np.ptp(contour, axis=0)
    )
    words = _words(traits, margin, height, width)
    return Lesion(severity, traits, words, contour, height, width)


def _rest(loading: int) -> int:
    """Return the weight of a trait's own noise: sqrt(1 - loading**2), thousandths."""
    return int(np.sqrt(1000 * 1000 - loading * loading))


def _margin(draws: Draws, trait: int) -> str:
    """Choose the margin's BI-RADS term: the worse the trait, the worse the word."""
    choice = draws.below(2)
    if trait < -400:
        return "circumscribed"
    if trait < 200:
        return ("indistinct", "microlobulated")[choice]
    if trait < 900:
        return ("microlobulated", "angular")[choice]
    return ("angular", "spiculated")[choice]


def _radius(draws: Draws, traits: dict[str, int], margin: str) -> np.ndarray:
    """Return the radius at ANGLES directions, ROUND being a circle's, int64."""
    radius = np.full(ANGLES, ROUND, np.int64)
    angle = np.arange(ANGLES) * (tables.TURN // ANGLES)
    irregular = int(np.clip(62 + 58 * traits["shape"] // 1000, 8, 210))
    for k in range(2, 7):  # low harmonics: the shape
        wave = tables.cosine()[(k * angle + draws.below(tables.TURN)) % tables.TURN]
        height = irregular * draws.between(400, 1600) // 1000 * 10 // (8 + k)
        radius += height * wave // tables.UNIT
    rough = int(np.clip(70 + 66 * traits["margin"] // 1000, 16, 200))
    if margin == "microlobulated":
        lobes, phase = draws.between(8, 12), draws.below(tables.TURN)
        wave = tables.sine()[(lobes * angle // 2 + phase) % tables.TURN]
        radius += rough * (np.abs(wave) - tables.UNIT * 6 // 10) // tables.UNIT
    elif margin == "angular":
        radius += rough * _corners(draws, draws.between(7, 11)) // 1000
    elif margin == "spiculated":
        radius += rough * (_spikes(draws, draws.between(8, 13)) + _corners(draws, 7) // 2) // 1000
    return np.clip(radius, ROUND * 68 // 100, ROUND * 14 // 10)


def _corners(draws: Draws, count: int) -> np.ndarray:
    """Return straight lines between random values at ``count`` angles, (ANGLES,) thousandths."""
    place = (np.arange(count) * ANGLES + draws.below(ANGLES, count) * 95 // 100) // count
    value = draws.between(200, 1200, count) * np.where(np.arange(count) % 2, 1, -1)
    start = np.arange(ANGLES)[:, None] >= place[None, :]
    knot = start.sum(axis=1) - 1  # -1: before the first corner, that is, after the last one
    follow = (knot + 1) % count
    gap = (place[follow] - place[knot]) % ANGLES
    gone = (np.arange(ANGLES) - place[knot]) % ANGLES
    return value[knot] + (value[follow] - value[knot]) * gone // np.maximum(gap, 1)


def _spikes(draws: Draws, count: int) -> np.ndarray:
    """Return ``count`` narrow spikes, (ANGLES,) thousandths."""
    spikes = np.zeros(ANGLES, np.int64)
    for k in range(count):
        at = (k * ANGLES + draws.below(ANGLES)) // count
        half, height = draws.between(5, 10), 2600 * 1000 // draws.between(1000, 4000)
        apart = np.abs((np.arange(ANGLES) - at + ANGLES // 2) % ANGLES - ANGLES // 2)
        spikes = np.maximum(spikes, height * (half - apart) // half)
    return spikes - 300


def _upright(draws: Draws, radius: np.ndarray, orientation: int) -> np.ndarray:
    """Return contour points (y, x): the radius flattened by the orientation, then tilted.

    Height over width is 0.755 at trait 0 and e**0.3 times more for every SD: taller than wide
    from +0.9, so in about four of ten cancers and one of fifteen benign lesions.
    """
    flat = tables.gain(int(np.clip(-244 + 261 * orientation // 1000, -700, 420)))
    step = tables.TURN // ANGLES
    y = radius * tables.sine()[::step] // 16 * flat // tables.UNIT
    x = radius * tables.cosine()[::step] // 16
    tilt = draws.between(-40, 40)  # of a turn of 1024: up to 14 degrees
    s, c = tables.sine()[tilt], tables.cosine()[tilt]
    return np.stack([(y * c + x * s) // tables.UNIT, (x * c - y * s) // tables.UNIT], axis=1)


def _words(traits: dict[str, int], margin: str, height: int, width: int) -> dict[str, str]:
    """Return the BI-RADS terms of the traits."""
    round_enough = 85 * width < 100 * height < 118 * width
    regular = "round" if round_enough else "oval"
    levels = {name: value // 10 for name, value in traits.items()}
    return {
        "shape": "irregular" if levels["shape"] > 20 else regular,
        "orientation": "not parallel" if height > width else "parallel",
        "margin": margin,
        "echo_pattern": "hypoechoic" if levels["echo"] > -60 else "isoechoic",
        "boundary": "echogenic halo" if levels["halo"] > 20 else "abrupt",
        "posterior": ("enhancement", "no features", "shadowing")[
            int(np.searchsorted([-40, 30], levels["posterior"]))
        ],
        "edge_shadow": "yes" if has_edge_shadow(traits) else "no",
        "calcifications": "yes" if calcification_count(traits) else "no",
    }


def has_edge_shadow(traits: dict[str, int]) -> bool:
    """Return whether refraction at the sides of the lesion throws thin shadows."""
    return traits["edge_shadow"] > 300


def calcification_count(traits: dict[str, int]) -> int:
    """Return how many bright grains lie in the lesion: 0 for most, up to 9."""
    excess = traits["calcifications"] - 1000
    return min(2 + excess // 250, 9) if excess > 0 else 0
