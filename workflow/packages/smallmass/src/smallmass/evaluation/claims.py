"""The paper's claims that a run can be held against: numbers of Table 2, P values, conclusions."""

from dataclasses import dataclass

from smallmass.words import Fit

NAMES = {
    "image": "image model",
    "regression": "combined model (regression)",
    "tree": "combined model (decision tree)",
}


@dataclass(frozen=True)
class Estimate:
    """A number that the paper prints; proportions in percent, as printed.

    Attributes:
        id: In the table of printed numbers.
        model: image, regression or tree.
        metric: As in ``performance.csv``.
        split: test or training.
        fit: held_out; of training in_sample, as the paper's must be (A28).
    """

    id: str
    model: str
    metric: str
    split: str = "test"
    fit: str = ""

    @property
    def claim(self) -> str:
        """The claim in words."""
        metric = "AUROC" if self.metric == "auroc" else f"{self.metric} (%)"
        where = "" if self.split == "test" else f", {self.split} set, {Fit(self.fit).printed}"
        return f"{metric} of the {NAMES[self.model]}{where}"


@dataclass(frozen=True)
class Difference:
    """A P value that the paper prints, of a combined model against the image model.

    Attributes:
        id: In the table of printed numbers.
        model: regression or tree.
        metric: sensitivity or specificity.
        direction: ``higher``, ``lower``, or empty where the paper names none.
    """

    id: str
    model: str
    metric: str
    direction: str

    @property
    def claim(self) -> str:
        """The claim in words."""
        words = {"higher": "higher than", "lower": "lower than", "": "not different from"}
        return (
            f"{self.metric} of the {NAMES[self.model]} {words[self.direction]} "
            "the image model’s (P)"
        )


ESTIMATES = (  # Figure 2; Table 2
    Estimate("R01", "image", "auroc"),
    Estimate("T2_01", "image", "sensitivity"),
    Estimate("T2_02", "image", "specificity"),
    Estimate("T2_03", "image", "accuracy"),
    Estimate("T2_04", "regression", "sensitivity"),
    Estimate("T2_05", "regression", "specificity"),
    Estimate("T2_06", "regression", "accuracy"),
    Estimate("T2_07", "tree", "sensitivity"),
    Estimate("T2_08", "tree", "specificity"),
    Estimate("T2_09", "tree", "accuracy"),
    Estimate("R02", "image", "auroc", "training", "in_sample"),
)
DIFFERENCES = (  # abstract and results
    Difference("P01", "regression", "sensitivity", "higher"),
    Difference("P02", "regression", "specificity", ""),
    Difference("P03", "tree", "sensitivity", "higher"),
    Difference("P04", "tree", "specificity", ""),
)
# The printed numbers whose denominators are the malignant and the benign lesions of a set.
CLASSES = {"test": ("T2_01", "T2_02"), "training": ("T2_10", "T2_11")}
