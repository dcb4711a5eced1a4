"""Random integers that are the same on every machine and with every version of NumPy.

NumPy promises the raw output of a bit generator, not the streams of ``Generator``; so everything
here is made of ``Philox.random_raw`` by integer arithmetic.
"""

import numpy as np

SD = 1000  # what one standard deviation of normal() is
GRAIN_SD = 104  # ... and of grains(): sqrt(2 * (256**2 - 1) / 12) = 104.5


class Draws:
    """The random numbers of one case.

    Args:
        seed: The cohort's seed, 0 or more.
        stream: Which of the cohort's independent streams: 0 the table, i the i-th case.
    """

    def __init__(self, seed: int, stream: int):
        self._source = np.random.Philox(key=(seed % 2**64) * 2**64 + stream)

    def raw(self, count: int) -> np.ndarray:
        """Return ``count`` uniform uint64."""
        return self._source.random_raw(count)

    def below(self, bound: int, count: int | None = None):
        """Return uniform integers in 0 .. bound - 1 (bound under 2**32): one int, or an array."""
        # Multiply and shift the upper 32 bits: the bias is under bound / 2**32.
        words = (self.raw(count or 1) >> np.uint64(32)) * np.uint64(bound) >> np.uint64(32)
        words = words.astype(np.int64)
        return int(words[0]) if count is None else words

    def between(self, low: int, high: int, count: int | None = None):
        """Return uniform integers in low .. high, both included."""
        return self.below(high - low + 1, count) + low

    def normal(self, count: int | None = None):
        """Return integers with mean 0 and standard deviation ``SD``: sums of twelve uniforms.

        The sum of twelve uniform 16-bit integers has standard deviation 65,536 (but for
        5e-10 of it) and mean 393,210; its tails end at six standard deviations.
        """
        words = self.raw(3 * (count or 1))
        # Little-endian by name, as in grains(); their sum has no order.
        uniform = words.astype("<u8", copy=False).view("<u2").reshape(-1, 12)
        total = uniform @ np.ones(12, np.int64)
        values = ((total - 393_210) * SD + 32_768) >> 16
        return int(values[0]) if count is None else values

    def grains(self, count: int) -> np.ndarray:
        """Return ``count`` coarse normal integers for scatterers: sums of two bytes.

        Mean 0, standard deviation ``GRAIN_SD``, as float64 that hold integers. A speckle cell
        adds up dozens of them, so that two uniforms each are enough (excess kurtosis -0.6).
        """
        words = self.raw(-(-count // 4))
        pairs = np.uint64(0x00FF00FF00FF00FF)
        sums = (words & pairs) + ((words >> np.uint64(8)) & pairs)
        # Little-endian by name: the order of the four sums is the same on every machine.
        return sums.astype("<u8", copy=False).view("<u2")[:count] - 255.0

    def shuffled(self, count: int) -> np.ndarray:
        """Return a random order of 0 .. count - 1."""
        return np.argsort(self.raw(count), kind="stable")
