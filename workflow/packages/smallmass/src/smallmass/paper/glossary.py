"""What the page's terms mean, for a reader who does not know them: shown on hover and on focus."""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape


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
        "lesion that it calls malignant stays so. An ungated score is one of all lesions.",
    ),
    "p": Term(
        "P value",
        "How often chance alone would give a difference at least as large, were there none. A "
        "large one does not show that there is none.",
    ),
    "points": Term(
        "Points", "Percentage points: from 71.7% to 85.0% are 13.3 points."
    ),
    "discordant": Term(
        "Discordant pair", "A lesion that one of two readings has right and the other wrong."
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
    "brier": Term(
        "Brier score",
        "The mean squared distance of a score from the truth, 0 or 1. 0 is perfect; 0.25 is what "
        "a score of one half for every lesion gets.",
    ),
    "slope": Term(
        "Calibration slope, intercept",
        "The line that would put the scores right: slope 1 and intercept 0 if they are. A slope "
        "under 1 says that they are too sure of themselves.",
    ),
    "split": Term(
        "Training, validation and test set",
        "From the first the models learn, on the second cut-offs are chosen, and the third, which "
        "took part in nothing, says what they are worth.",
    ),
    "fit": Term(
        "In-sample, out-of-fold, held out",
        "How a score came about: by a model that the case took part in, by one that was trained "
        "without the case’s fold, or of a case that took part in nothing. In-sample flatters.",
    ),
    "methods": Term(
        "Clopper-Pearson, DeLong, Newcombe, BCa",
        "Names of methods that make a confidence interval: of a share, of an AUROC, of a "
        "difference, by the bootstrap.",
    ),
    "ids": Term(
        "A01, A02, …",
        "Questions that the paper leaves open, each with an id. How this run answers them is in "
        "the section Settings.",
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
# Words of the first sentences, and the terms that explain them.
IN_SENTENCES = {
    "AUROC": "auroc",
    "interval": "interval",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "points": "points",
    "P": "p",
    "image-negative lesions": "gate",
}


def explained(sentence: str) -> Markup:
    """Return a sentence in which the first of each word of `IN_SENTENCES` leads to its term."""
    words = "|".join(map(re.escape, IN_SENTENCES))
    seen: set[str] = set()

    def link(match: re.Match) -> str:
        word = match[0]
        if word in seen:
            return word
        seen.add(word)
        key = IN_SENTENCES[word]
        meaning = escape(GLOSSARY[key].meaning)
        return f'<a class="term" href="#term-{key}" title="{meaning}">{word}</a>'

    html = re.sub(rf"(?<![\w-])(?:{words})(?![\w-])", link, str(escape(sentence)))
    return Markup(html)  # escaped before
