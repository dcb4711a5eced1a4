"""The synthetic cohort: phantoms that stand in for the patients whom the paper cannot share.

Images, traits and clinical factors are simulated and no evidence for a clinical claim. What goes
in is stated as an input: the classes differ by d' = ``D_PRIME`` in one latent severity a lesion, on
which every BI-RADS trait loads as ``traits_table()`` says, so that a reader of the severity has an
AUROC of ``ceiling()``; clinical factors are independent of severity and traits given the label.
"""

from smallmass.phantom.cohort import make_cohort
from smallmass.phantom.lesion import D_PRIME
from smallmass.phantom.table import size_limits
from smallmass.phantom.traits import ceiling, traits_ceiling, traits_table

__all__ = ["D_PRIME", "ceiling", "make_cohort", "size_limits", "traits_ceiling", "traits_table"]
