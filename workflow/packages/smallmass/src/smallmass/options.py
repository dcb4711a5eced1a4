"""The options of the study's settings, each with its printed name, by the question (A09 ...).

What an option does is a function in the module that carries it out, in a table by option: a new
option is a line here and a function there. The schema takes the allowed values from here.
"""

from smallmass.words import Split, Word


class Backbone(Word):
    """The network below the feature pyramid."""

    RESNET18 = "resnet18", "ResNet18"
    RESNET34 = "resnet34", "ResNet34"
    RESNET50 = "resnet50", "ResNet50"
    RESNET101 = "resnet101", "ResNet101"
    SWIN_NANO = "swin_nano", "Swin transformer, nano"
    SWIN_TINY = "swin_tiny", "Swin-T"


class Balance(Word):
    """How often each source of training images is drawn, where there are several."""

    ROOT = "root", "in proportion to the square root of their numbers of images"
    EQUAL = "equal", "equally often"
    SIZE = "size", "in proportion to their numbers of images"


class Pictures(Word):
    """Whose pictures the report's case browser shows."""

    PUBLIC = "public", "phantoms’ and public sets’ alone"
    ALL = "all", "every case’s, a hospital’s own patients’ too"
    NONE = "none", "nobody’s"


class Precision(Word):
    """In which floats the image model multiplies."""

    AUTO = "auto", "bfloat16 where the processor or GPU has units for it, else float32"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class RegionScore(Word):
    """A09: what a region says of malignancy."""

    MALIGNANT_SHARE = "malignant_share"
    MALIGNANT_PROBABILITY = "malignant_probability"
    SIGNED_TOP = "signed_top", "signed top probability"


class ImageScore(Word):
    """A10: from regions to an image."""

    TOP_FOREGROUND = "top_foreground", "surest region"
    HIGHEST = "highest", "highest score"
    MEAN = "mean", "weighted mean"
    LARGEST = "largest", "largest region"


class Found(Word):
    """A38: when a region counts as having found the lesion."""

    CENTRE = "centre", "the region’s centre lies within the outline"
    IOU = "iou", "the outlines overlap by an IoU of at least 0.5"


class Density(Word):
    """A15: the coding of breast density."""

    ORDINAL = "ordinal", "its four levels as equal steps"
    ONEHOT = "onehot", "an input for each level"


class Missing(Word):
    """A15: what an unknown factor becomes; ``{}`` is whose median and most frequent level."""

    IMPUTE = "impute", "replaced by the {} median (age) or most frequent level"
    INDICATOR = (
        "indicator",
        "replaced by the {} median (age) or most frequent level, and marked in an input of its own",
    )
    COMPLETE = "complete", "only cases in which all are known"


class Architecture(Word):
    """A16: whose layers the clinical network has."""

    PRINTED = "printed"
    SEARCHED = "searched"


CHOSEN_ON = (Split.VALIDATION, Split.TRAINING, Split.TEST)
"""A12: on which cases operating points are chosen, the paper's own first."""


class Tie(Word):
    """A13: the better one among points of the same Youden index."""

    SPECIFICITY = "specificity", "higher specificity"
    SENSITIVITY = "sensitivity", "higher sensitivity"


class Threshold(Word):
    """A13: where between two observed scores a cut-off lies."""

    OBSERVED = "observed", "an observed score, ≥"
    MIDPOINT = "midpoint"
    ABOVE = "above", "the next lower, >"


YOUDEN = "youden"
"""The rule of the image model's operating point."""


class Cutoff(Word):
    """A22: the rule of a combined model's cut-off."""

    YOUDEN_GATED = "youden_gated", "Youden index of the final call", "Youden, final call"
    HALF = "half", "one half"
    PREVALENCE = "prevalence"


RULES = {YOUDEN: "Youden index"} | {rule.value: rule.printed for rule in Cutoff}
"""Every rule of an operating point with its printed name."""


class Inputs(Word):
    """A19: what the combined models read beside the image score."""

    SCORES = "scores", "clinical score"
    FACTORS = "factors", "raw factors"


class FittedOn(Word):
    """A20: the cases that the combined models are fitted on."""

    VALIDATION = "validation"
    TRAINING_OUT_OF_FOLD = "training_out_of_fold", "training, out-of-fold"
    TRAINING_IN_SAMPLE = "training_in_sample", "training, in-sample"

    @property
    def part(self) -> Split:
        """The part of the cohort that these cases are in."""
        return Split.VALIDATION if self is FittedOn.VALIDATION else Split.TRAINING


class Lesions(Word):
    """A20, A21: the lesions that the combined models are fitted or applied to."""

    IMAGE_NEGATIVES = "image_negatives", "image-negative lesions", "image-negatives"
    ALL = "all", "all lesions", "all"

    @property
    def gated(self) -> bool:
        """Whether lesions that the image model calls malignant take no part."""
        return self is Lesions.IMAGE_NEGATIVES


class TreeDepth(Word):
    """A23: how the depth of the tree is chosen."""

    FIXED = "fixed"
    CROSS_VALIDATED = "cross_validated", "cross-validated"


class ProportionInterval(Word):
    """A24: the interval of a proportion."""

    CLOPPER_PEARSON = "clopper-pearson", "Clopper-Pearson"
    MID_P = "mid-p"
    WILSON = "wilson", "Wilson"
    WALD = "wald", "Wald"
    AGRESTI_COULL = "agresti-coull", "Agresti-Coull"
    JEFFREYS = "jeffreys", "Jeffreys"
    BOOTSTRAP = "bootstrap"
    CLUSTER = "cluster"
    CLUSTER_WILSON = "cluster-wilson", "Wilson, cluster"


class Mcnemar(Word):
    """A25: the variant of McNemar's test."""

    EXACT = "exact"
    MID_P = "mid-p"
    ASYMPTOTIC = "asymptotic"
    ASYMPTOTIC_CORRECTED = "asymptotic-corrected", "asymptotic, corrected"
    CLUSTER_EXACT = "cluster-exact", "exact, cluster"
    CLUSTER = "cluster"


class DifferenceInterval(Word):
    """The interval of a difference of paired proportions."""

    NEWCOMBE = "newcombe", "Newcombe"
    TANGO = "tango", "Tango"
    CLUSTER = "cluster"


class AurocInterval(Word):
    """A26: the interval of the AUROC."""

    DELONG = "delong", "DeLong"
    DELONG_LOGIT = "delong-logit", "DeLong, logit"
    NEWCOMBE = "newcombe", "Newcombe"
    DELONG_CLUSTER = "delong-cluster", "DeLong, cluster"
    HANLEY_MCNEIL = "hanley-mcneil", "Hanley-McNeil"
    BOOTSTRAP = "bootstrap"


SAME = "same"
"""A24 in Table 2: the interval of ``evaluation.proportion_interval``."""


class Unit(Word):
    """A37: what is counted."""

    LESION = "lesion", "a lesion in one image"
    PATIENT = "patient", "a patient, by the highest score"


class ReferenceStandard(Word):
    """A29: which benign lesions take part from the operating points on."""

    AS_RECORDED = "as_recorded"
    BIOPSIED = "biopsied", "benign lesions with biopsy or surgery"


class RivalPart(Word):
    """A part of `snakemake rivals`, in the order of the tables."""

    PLAIN = "plain", "plain features of outlines"
    BIRADS = "birads", "radiologists’ BI-RADS"
    WEAK = "weak", "a classifier from labels alone"
    FOLDS = "folds", "the image model out of fold over all cases"
    SCANNERS = "scanners", "leave one scanner out"
    LEARNING = "learning", "the learning curve"
