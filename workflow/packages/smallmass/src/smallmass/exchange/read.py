"""What another model says of a case."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Predicted:
    """A prediction.

    Attributes:
        score: Of malignancy, in [0, 1]; 0 where no lesion was found, as the image model has it.
        outline: bool ``(h, w)`` of the lesion; None where there is none.
    """

    score: float
    outline: np.ndarray | None
