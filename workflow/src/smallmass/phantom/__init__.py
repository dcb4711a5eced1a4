"""The synthetic cohort: phantoms that stand in for the patients whom the paper cannot share.

Images, traits and clinical factors are simulated and no evidence for a clinical claim. What goes
in is stated as an input: the classes differ by d' = ``D_PRIME`` in one latent severity a lesion,
every BI-RADS trait loads on it, and clinical factors are independent of it given the label.
"""

from smallmass.phantom.cohort import make_cohort
from smallmass.phantom.lesion import D_PRIME

__all__ = ["D_PRIME", "make_cohort"]
