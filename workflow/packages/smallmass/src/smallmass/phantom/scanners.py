"""Five scanners: each a depth, a point-spread function, a gain and a grey scale.

The names are those of the paper's five devices; the numbers are ours, within what linear arrays
of 10 to 14 MHz show, and only make the five look different. They imitate no device.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scanner:
    """How one device draws.

    Args:
        name: The paper's name of the device.
        depths_um: Depths that its operator chooses from (micrometres).
        axial_um: Standard deviation of the pulse (micrometres).
        lateral_um: Standard deviation of the beam at its focus (micrometres).
        spread: Growth of the beam per depth away from the focus, in thousandths.
        focus_um: Depth of the focus (micrometres).
        quadratures: Independent quadratures whose power the envelope adds up: 2 gives Rayleigh
            speckle, 3 and 4 what frequency compounding leaves of it.
        gain: Overall gain, hundredths of a decibel.
        tgc: What the time-gain compensation gets wrong, hundredths of a decibel a centimetre.
        noise: Noise floor at the surface, hundredths of a decibel below mean glandular speckle.
        noise_slope: Growth of the noise with depth, hundredths of a decibel a centimetre.
        dynamic_range: Decibels between black and white.
        bend: Curvature of the grey map, in 1/256: how much it darkens the middle greys.
        black: Grey level of "black".
    """

    name: str
    depths_um: tuple[int, ...]
    axial_um: int
    lateral_um: int
    spread: int
    focus_um: int
    quadratures: int
    gain: int
    tgc: int
    noise: int
    noise_slope: int
    dynamic_range: int
    bend: int
    black: int


# fmt: off
SCANNERS = (
    Scanner("RS80 A", (26_000, 30_000),
            80, 165, 9, 12_000, 3, 100, -40, -3900, 620, 54, 110, 4),
    Scanner("ARIETTA 850", (25_000, 30_000),
            70, 140, 8, 13_000, 3, 0, -120, -4200, 500, 56, 150, 0),
    Scanner("ACUSON S2000", (30_000, 34_000),
            100, 200, 10, 14_000, 3, 50, 0, -3700, 560, 60, 90, 14),
    Scanner("HI VISION Ascendus", (28_000, 32_000),
            90, 185, 10, 11_000, 2, 0, -220, -3700, 600, 50, 120, 0),
    Scanner("Philips IU22", (28_000, 33_000),
            85, 220, 12, 12_000, 3, 250, -100, -3800, 700, 56, 130, 8),
)
# fmt: on
