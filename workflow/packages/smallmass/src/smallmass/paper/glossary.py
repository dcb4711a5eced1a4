"""What the page's terms mean, for a reader who does not know them: shown on hover and on focus."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term as it is printed, and what it means in a sentence or two."""

    name: str
    meaning: str


GLOSSARY = {
    "sensitivity": Term(
        "Sensitivity", "The share of malignant lesions that are called malignant."
    ),
    "specificity": Term("Specificity", "The share of benign lesions that are called benign."),
    "ppv": Term(
        "PPV, positive predictive value",
        "The share of malignant lesions among those called malignant. It depends on how common "
        "malignant lesions are.",
    ),
    "npv": Term(
        "NPV, negative predictive value",
        "The share of benign lesions among those called benign. It depends on how common "
        "malignant lesions are.",
    ),
    "roc": Term(
        "ROC curve",
        "Sensitivity against one minus specificity as the cut-off moves from the highest score to "
        "the lowest: each cut-off is a point of it.",
    ),
    "auroc": Term(
        "AUROC",
        "The area under the ROC curve: how often a malignant lesion drawn at random has a higher "
        "score than a benign one. 0.5 is guessing, 1 is perfect.",
    ),
    "cutoff": Term("Cut-off", "The score from which a lesion is called malignant."),
    "youden": Term(
        "Youden index",
        "Sensitivity plus specificity minus one. The cut-off with the highest index takes a missed "
        "cancer to be as bad as a false alarm.",
    ),
    "gate": Term(
        "Gate, image-negative lesions",
        "Only lesions that the image model calls benign are read again by the combined models; a "
        "lesion that it calls malignant stays so.",
    ),
    "mcnemar": Term(
        "McNemar’s test",
        "Compares two readings of the same lesions by those that one alone has right.",
    ),
    "holm": Term(
        "Holm’s correction",
        "Raises P values where several tests are made, as one of many may be small by chance.",
    ),
    "interval": Term(
        "Confidence interval",
        "A range made so that it holds the true value in 95 of 100 such studies, if 95% is its "
        "confidence. Few lesions make it wide.",
    ),
    "bootstrap": Term(
        "Bootstrap",
        "The study’s patients are drawn again and again with replacement; how far the result "
        "scatters gives its interval.",
    ),
    "calibration": Term(
        "Calibration",
        "Whether of lesions with a score of 0.3, say, three in ten are malignant.",
    ),
    "net-benefit": Term(
        "Net benefit",
        "Malignant lesions found, less false alarms at the weight that one’s own threshold gives "
        "them, per lesion. A threshold of 10% takes nine false alarms for one cancer found.",
    ),
    "prevalence": Term(
        "Prevalence", "The share of malignant lesions among all, where the test is to be used."
    ),
    "mask-rcnn": Term(
        "Mask R-CNN",
        "A neural network that looks for regions in an image and gives each an outline and "
        "probabilities of being benign or malignant.",
    ),
    "mlp": Term(
        "Multilayer perceptron",
        "A small neural network of fully connected layers; here it reads clinical factors.",
    ),
    "birads": Term(
        "BI-RADS", "A radiologist’s category of suspicion, from 1 (negative) to 6 (known cancer)."
    ),
    "dice": Term(
        "Dice", "How far the predicted outline and the true one agree: 0 not at all, 1 wholly."
    ),
}  # fmt: skip
