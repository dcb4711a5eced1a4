"""What may be found among cases: copies of images, their split, what a public dataset has."""

from smallmass.cohort.rules.rule import dropped, error, warning

_WHICH_LABEL = "Find out which label is right, and take the other copy out"
_AUTHORS_KNOW = "Nothing: which label is right only the dataset's authors know"
_WHOSE = "Find out whose image it is, and take the other copy out"
_TOGETHER = "Nothing: they stay in the same split. Take one out if it is there by mistake"
_ONE_ROLE = "Nothing: where the sets have several roles, it stays in one"
_AS_IT_IS = "Nothing: the dataset has it so"

RULES = {
    "C001": warning("duplicate image", _TOGETHER),
    "C002": error("duplicate with another label", _WHICH_LABEL),
    "C003": dropped("duplicate with another label", _AUTHORS_KNOW),
    "C004": error("duplicate of another patient", _WHOSE),
    "C005": dropped("duplicate of another patient", "Nothing: the first copy alone is kept"),
    "C011": warning("near-duplicate image", _TOGETHER),
    "C012": error("near-duplicate with another label", _WHICH_LABEL),
    "C013": dropped("near-duplicate with another label", _AUTHORS_KNOW),
    "C014": error("near-duplicate of another patient", _WHOSE),
    "C015": warning("near-duplicate of another patient", _TOGETHER),
    "C021": warning("duplicate in another set", _ONE_ROLE),
    "C022": warning("near-duplicate in another set", _ONE_ROLE),
    "C023": dropped(
        "copy in another role", "Nothing: of such images the test's stays, or else the validation's"
    ),
    "C024": dropped("copy in another set", "Nothing: an image counts once"),
    "S001": error(
        "too few cases for the folds", "Ask for fewer with {key}, or give a larger cohort"
    ),
    "S002": error(
        "cross-fitted, but no test case",
        "Make it a test case, or set cross_fitting.cohort to null",
    ),
    "S003": error("no split", "Fill it in ({splits}), or give the source the role dealt"),
    "S004": error(
        "torn between splits", "Correct published_split, or give the source the role dealt"
    ),
    "S005": error(
        "too few cases for the split",
        "Give a larger cohort, other shares (split.validation, split.test), or other roles "
        "(cohort.sources)",
    ),
    "S006": error("outline needed", "Draw its outline, or make it a test case"),
    "S007": dropped("fold not used", "Nothing, or give the fold a role under {key}"),
    "S008": error("no such fold", "Name folds of the source's table (its column fold)"),
    "P001": dropped("not in the table", "Nothing, or complete the download"),
    "P002": dropped("empty outline", _AS_IT_IS),
    "P003": dropped("label contradicts the mask", _AS_IT_IS),
    "P004": dropped("outline size", _AS_IT_IS),
    "P005": warning("traces in the mask", "Nothing, or look at the mask"),
}
