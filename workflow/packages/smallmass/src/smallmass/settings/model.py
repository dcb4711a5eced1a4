"""What the settings of a study may be: the one place with type, range and meaning of each.

The ids (A01 ...) are those of the paper's open questions. There are no defaults here: `defaults` in
``config.yaml`` is their one home. The words below a setting are its description, also in the
schema that editors read: ``python -m smallmass.settings`` writes it.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from smallmass import options, words
from smallmass.cohort import columns, roles
from smallmass.settings.base import (
    FROM_TEXT,
    NULL,
    NUMBER,
    WHOLE,
    Among,
    Section,
    Sha256,
    Share,
    Text,
    Word,
    one_of,
)

Column = Annotated[str, Among(*columns.GIVEN)]
WordedColumn = Annotated[str, Among(*columns.WORDED, *columns.NUMBERED)]
Length = Annotated[str, Among(*columns.LENGTHS)]
LengthUnit = Annotated[str, Among(*columns.PER_CM)]
NAME = "^[a-z][a-z0-9_]*$"  # of a study, which is that of a folder, too
SOURCES = "sources"  # the type of error that `roles.problems` puts into words


def _sources(value: Any) -> Any:
    """Refuse sources of which anything is wrong."""
    if roles.problems(value, ""):
        raise PydanticCustomError(SOURCES, "wrong sources")
    return value


def _rectangle(value: list[int]) -> list[int]:
    """Refuse a rectangle without a pixel: who wrote it believes that something is covered."""
    y1, x1, y2, x2 = value
    if y1 < y2 and x1 < x2:
        return value
    remedy = "write y1, x1, y2, x2: first the upper left corner, then the lower right one"
    raise PydanticCustomError("no_rectangle", f"covers nothing; {remedy}")


def _grey_range(value: list[float]) -> list[float]:
    """Refuse a range without a level."""
    if value[0] < value[1]:
        return value
    remedy = "write first the level that is black, then the one that is white, as in [0, 4095]"
    raise PydanticCustomError("no_range", f"is no range; {remedy}")


GreyRange = Annotated[
    list[Annotated[float, NUMBER]],
    Field(min_length=2, max_length=2),
    AfterValidator(_grey_range),
]
Rectangle = Annotated[
    list[Annotated[int, Field(ge=0), WHOLE]],
    Field(min_length=4, max_length=4),
    AfterValidator(_rectangle),
]


class DicomSettings(Section):
    """How a hospital's DICOM files are imported, for the source dicom."""

    match: Literal["file", "SOPInstanceUID", "PatientID"]
    """what the table names a file by"""
    patient: Literal["tag", "table"]
    """who a patient is: the tag PatientID, or patient_id of the table"""
    frames: Literal["first", "middle", "all", "table"]
    """which frames of a file are used where the table names none"""
    mask: Annotated[list[Rectangle], FROM_TEXT]
    """rectangles that are made black, y1, x1, y2, x2 in px of the whole frame"""
    salt_file: Text
    """file of the secret behind every identifier, outside of the results"""
    signed_off: Annotated[Sha256 | None, NULL]
    """hash of the imported images that a person has looked at"""


class CohortSettings(Section):
    """Which patients and images."""

    sources: Annotated[
        dict[str, Any], WithJsonSchema(roles.schema()), BeforeValidator(_sources), FROM_TEXT
    ]
    """A03, where the cases come from, and the role of each source"""
    balance: options.Balance
    """how often each source is drawn where several train the image model"""
    root: Annotated[Text | None, NULL]
    """folder in which the phantoms are written and read, or of a hospital's own patients"""
    table: Annotated[Text | None, NULL]
    """own patients: the table in the folder, CSV or Excel; null: the only one there"""
    sheet: Annotated[Text | None, NULL]
    """own patients: the workbook's sheet; null: the first that holds anything"""
    columns: Annotated[dict[Column, Text], FROM_TEXT]
    """own patients: the table's column for each column of cohort.csv"""
    units: Annotated[dict[Length, LengthUnit], FROM_TEXT]
    """own patients: the unit of the table's lengths, mm or cm"""
    words: Annotated[dict[WordedColumn, dict[Word, Word]], FROM_TEXT]
    """own patients: what the table's words mean, by column"""
    further: Annotated[list[Text], FROM_TEXT]
    """own patients: further columns of the table that come along as x_..."""
    outlines: Annotated[Text | None, NULL]
    """own patients: folder of masks, or a JSON file of COCO or VIA; null: found"""
    grey_range: Annotated[GreyRange | None, NULL, FROM_TEXT]
    """own patients: the levels that are black and white in images of more than 8 bits"""
    thumbnails: bool
    """own patients: the page of `check` shows every image with its outline"""
    dicom: DicomSettings
    n: Annotated[int, Field(ge=24, le=1_000_000), WHOLE]
    """number of phantoms"""
    image_px: Annotated[int, Field(ge=32, le=4096), WHOLE]
    """width and height of a phantom as acquired, px"""
    max_diameter_cm: Annotated[float, Field(gt=0), NUMBER]
    """A04, limit of a lesion's longest diameter, cm"""
    inclusive: bool
    """A04, true: a lesion of exactly the limit belongs to the cohort"""
    larger_lesions: Literal["drop", "keep"]
    """A04, keep: larger lesions stay, and the smaller ones are reported apart"""
    read_pixels: bool
    """false: `check` opens no image, and nothing can be trained"""
    resize: Literal["pad", "stretch"]
    """A30, how an image becomes square"""


class SplitSettings(Section):
    """How cases come into training, validation and test."""

    assignment: words.Assignment
    """A03, how sources with the role dealt are dealt out"""
    validation: Share
    """share of the cases of such a source, unless its entry says another"""
    test: Share
    """share of the cases of such a source, unless its entry says another"""


class AugmentationSettings(Section):
    """Random changes of training images."""

    flip: bool
    """mirror left and right"""
    gain: Annotated[float, Field(ge=0, le=1), NUMBER]
    """relative change of brightness"""
    shift: Annotated[float, Field(ge=0, le=0.5), NUMBER]
    """share of the image's size"""
    scale: Annotated[float, Field(ge=0, le=0.9), NUMBER]
    """relative change of size"""
    gamma: Annotated[float, Field(ge=0, le=1), NUMBER]
    """largest logarithm of the exponent that bends the grey levels"""
    depth_gain: Annotated[float, Field(ge=0, lt=1), NUMBER]
    """relative change of brightness at each of four depths"""
    shadow: Annotated[float, Field(ge=0, le=1), NUMBER]
    """share of the images that get a shadow"""
    speckle: Annotated[float, Field(ge=0, le=1), NUMBER]
    """largest standard deviation of multiplied noise"""
    blur: Annotated[float, Field(ge=0, le=5), NUMBER]
    """largest radius of smoothing, px of an image of 192 px"""


class ImageModelSettings(Section):
    """The Mask R-CNN, and the score that its regions give an image."""

    backbone: Annotated[str, Among(*(word.value for word in options.Backbone))]
    """the residual network under the feature pyramid"""
    size_px: Annotated[int, Field(ge=64, le=2048, multiple_of=32), WHOLE]
    """width and height of an image as the model sees it, px"""
    weights: Annotated[str | None, NULL]
    """A40, the start: imagenet, coco, phantoms, study:NAME or a file; null: random weights"""
    weights_sha256: Annotated[Sha256 | None, NULL]
    """SHA-256 that the weight file must have; imagenet and coco: null is the published hash"""
    seeds: Annotated[int, Field(ge=1, le=100), WHOLE]
    """number of models that are trained from different seeds"""
    folds: Annotated[int, Field(ge=0, le=20), WHOLE]
    """A20, A28, folds for out-of-fold scores of training cases; 0: none"""
    epochs: Annotated[int, Field(ge=1), WHOLE]
    """A31, passes over the training images"""
    least_steps: Annotated[int, Field(ge=0), WHOLE]
    """A31, steps that a small cohort's model takes at least; 0: epochs alone"""
    batch: Annotated[int, Field(ge=1), WHOLE]
    """images a step"""
    learning_rate: Annotated[float, Field(gt=0), NUMBER]
    """highest learning rate"""
    optimizer: Literal["adamw", "adam", "sgd"]
    """the optimiser"""
    augmentation: AugmentationSettings
    threads: Annotated[int, Field(ge=1), WHOLE]
    """threads of a training job; part of the result"""
    precision: options.Precision
    """in which floats the network multiplies; part of the result"""
    region_score: options.RegionScore
    """A09, the score of a region"""
    image_score: options.ImageScore
    """A10, from regions to an image"""
    floor: Annotated[float, Field(ge=0, le=1), NUMBER]
    """A39, regions under this foreground probability are not read"""
    drawn_floor: Annotated[float, Field(ge=0, le=1), NUMBER]
    """A39, regions under this foreground probability are not drawn"""
    mirrored: bool
    """each image's mirror image is read as well, and what both say is averaged"""
    found: options.Found
    """A38, when a region counts as having found a lesion"""


class ClinicalModelSettings(Section):
    """The perceptron of the clinical factors, and the search for its hyper-parameters."""

    factors: Annotated[
        list[words.Factor], FROM_TEXT, Field(min_length=1, json_schema_extra={"uniqueItems": True})
    ]
    """A14, the clinical factors"""
    density: options.Density
    """A15, coding of breast density"""
    missing: options.Missing
    """A15, what an unknown factor becomes"""
    hidden: Annotated[list[Annotated[int, Field(ge=1), WHOLE]], FROM_TEXT, Field(min_length=1)]
    """A16, neurons of the hidden layers"""
    architecture: options.Architecture
    """A16, whose layers are used"""
    trials: Annotated[int, Field(ge=0), WHOLE]
    """A18, trials of the Bayesian search; 0: the printed network alone"""
    epochs: Annotated[int, Field(ge=1), WHOLE]
    """A17, most passes over the training cases"""
    batch: Annotated[int, Field(ge=2), WHOLE]
    """cases a step"""


class OperatingPointSettings(Section):
    """Where the Youden index chooses the image model's cut-off."""

    chosen_on: words.Split
    """A12, on which cases"""
    tie: options.Tie
    """A13, the better one among equal points"""
    threshold: options.Threshold
    """A13, where between two observed scores the cut-off lies"""


class CombinedModelSettings(Section):
    """Regression and tree of the US score and the clinical score."""

    inputs: options.Inputs
    """A19, US score and clinical score or factors"""
    fitted_on: options.FittedOn
    """A20, on which cases"""
    fitted_to: options.Lesions
    """A20, which of those lesions"""
    applied_to: options.Lesions
    """A21, whose call it may change"""
    cutoff: options.Cutoff
    """A22, the combined cut-off"""
    tree_max_depth: Annotated[int, Field(ge=1, le=20), WHOLE]
    """A23, most questions from the root to a leaf"""
    tree_min_leaf: Annotated[int, Field(ge=1), WHOLE]
    """A23, fewest lesions in a leaf"""
    tree_depth: options.TreeDepth
    """A23, how the depth is chosen"""


class CrossFittingSettings(Section):
    """Clinical and combined models that are fitted and tested in one cohort."""

    cohort: Annotated[Text | None, NULL]
    """A20, the cohort, of test cases alone; null: models are fitted as usual"""
    folds: Annotated[int, Field(ge=3, le=20), WHOLE]
    """parts of that cohort"""
    repeats: Annotated[int, Field(ge=1, le=99), WHOLE]
    """how often it is divided anew; an odd number, as the repeats vote"""


class EvaluationSettings(Section):
    """Intervals, tests, and what is counted."""

    proportion_interval: options.ProportionInterval
    """A24, interval of a proportion"""
    mcnemar: options.Mcnemar
    """A25, variant of McNemar's test"""
    difference_interval: options.DifferenceInterval
    """interval of a difference of paired proportions"""
    auroc_interval: options.AurocInterval
    """A26, interval of the AUROC"""
    replicates: Annotated[int, Field(ge=100), WHOLE]
    """bootstrap replicates"""
    confidence: Annotated[float, Field(ge=0.5, lt=1), NUMBER]
    """confidence of every interval"""
    unit: options.Unit
    """A37, what is counted"""
    reference_standard: options.ReferenceStandard
    """A29, biopsied: benign lesions without biopsy or surgery are left out"""
    noninferiority_margin: Annotated[Share | None, NULL]
    """A35, loss of specificity that still counts as none; null: not judged"""
    clinic_prevalence: Share
    """share of malignant lesions in a clinic, at which results are given, too"""
    null_draws: Annotated[int, Field(ge=1), WHOLE]
    """draws of the gate's two null models"""
    drawn_studies: Annotated[int, Field(ge=100), WHOLE]
    """drawn from the printed margins"""


class RivalsSettings(Section):
    """What `snakemake rivals` makes."""

    parts: Annotated[
        list[options.RivalPart],
        FROM_TEXT,
        Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    ]
    """the parts: weak trains a classifier; folds, scanners and learning train image models"""
    folds: Annotated[int, Field(ge=2, le=20), WHOLE]
    """out of fold: into how many a set without folds of its own is dealt"""
    sizes: Annotated[list[Annotated[int, Field(ge=2), WHOLE]], FROM_TEXT]
    """of the learning curve: numbers of training images beside all of them"""
    draws: Annotated[int, Field(ge=1, le=20), WHOLE]
    """of the learning curve: how often images are drawn, each draw with a seed of its own"""
    in_all: bool
    """whether a plain run of the study makes them, too"""


class Table2Settings(Section):
    """How Table 2 is printed."""

    interval: Annotated[
        options.ProportionInterval | Literal["same"],
        one_of(options.SAME, *options.ProportionInterval),
    ]
    """A24, interval printed in Table 2; same: evaluation.proportion_interval"""


class PageSettings(Section):
    """What the report shows."""

    pictures: options.Pictures
    """whose pictures are on the page; public: not those of a hospital's own patients"""


class ResourcesSettings(Section):
    """What a training job needs on a cluster."""

    train_minutes: Annotated[int, Field(ge=1), WHOLE]
    """time limit, minutes"""
    train_mem_mb: Annotated[int, Field(ge=500), WHOLE]
    """memory, MB"""
    gpus: Annotated[int, Field(ge=0, le=16), WHOLE]
    """GPUs"""


class Settings(Section):
    """Every setting of a study, by section."""

    seed: Annotated[int, Field(ge=0), WHOLE]
    """every other seed of a run is derived from it"""
    cohort: CohortSettings
    split: SplitSettings
    image_model: ImageModelSettings
    clinical_model: ClinicalModelSettings
    operating_point: OperatingPointSettings
    combined_model: CombinedModelSettings
    cross_fitting: CrossFittingSettings
    evaluation: EvaluationSettings
    rivals: RivalsSettings
    table2: Table2Settings
    page: PageSettings
    resources: ResourcesSettings


class Configuration(Section):
    """The whole of ``config.yaml`` with what the command line added."""

    study: str
    """the study to build, one of `studies`"""
    datasets: Annotated[str | None, NULL] = None
    """folder of public datasets under their published names"""
    predict: Annotated[str | None, NULL] = None
    """folder of new images that `snakemake predict` reads"""
    models: Annotated[str | None, NULL] = None
    """folder of the trained models that read them; null: results/STUDY, or models/STUDY"""
    mirror: Annotated[str | None, NULL] = None
    """address below which published weights lie under their own names; null: the publishers'"""
    paper: Annotated[str | None, NULL] = None
    """folder of another paper that `snakemake audit` checks; null: the paper of this study"""
    predictions: Annotated[str | None, NULL] = None
    """folder of other models' predictions that `snakemake rivals` holds beside the study's"""
    override: Settings | None = None
    """settings that win over the study and the defaults; meant for the command line"""
    defaults: Settings
    """every setting, as all studies have it unless they say otherwise"""
    studies: Annotated[dict[Annotated[str, Field(pattern=NAME)], Settings], Field(min_length=1)]
    """what each named study has otherwise"""
