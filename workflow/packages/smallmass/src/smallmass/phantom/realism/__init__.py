"""How far the phantoms look like real scans: the same statistics of both, and a classifier.

The real scans are BUS-BRA's training folds. The comparison is descriptive: nothing is fitted to
it, and no figure of it says anything about patients.
"""

from smallmass.phantom.realism.comparison import compare

__all__ = ["compare"]
