"""Print, as JSON, which rules each setting of the study `tiny` reaches: the keys are the settings.

Run in the project's folder. Every setting is changed alone, and the rules' inputs, outputs and
parameters are compared, without a job or a graph of jobs.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from allowed import allowed
from parsed import described, parsed_rules
from smallmass.settings.base import Section
from smallmass.settings.resolve import resolve

# Another value, where the schema alone does not say one that is allowed.
OTHER = {
    "cohort.root": "results/tiny/others",
    "cohort.sources": {"phantom": "dealt"},
    "cohort.table": "table.csv",
    "cohort.sheet": "sheet",
    "cohort.columns": {"age_years": "Alter"},
    "cohort.units": {"diameter_cm": "mm"},
    "cohort.words": {"label": {"gutartig": "benign"}},
    "cohort.outlines": "masks",
    "cohort.further": ["parity"],
    "cohort.grey_range": [0, 4095],
    "cohort.dicom.mask": [[0, 0, 1, 1]],
    "cohort.dicom.salt_file": "salt",
    "cohort.dicom.signed_off": "a" * 64,
    "split.assignment": "random",
    "image_model.size_px": 96,
    "image_model.folds": 2,
    "image_model.weights": "phantoms",
    "image_model.weights_sha256": "a" * 64,
    "clinical_model.factors": ["age_years"],
    "clinical_model.hidden": [3],
    "combined_model.fitted_on": "training_in_sample",
    "cross_fitting.cohort": "phantom",
    "cross_fitting.repeats": 7,
    "evaluation.confidence": 0.9,
    "rivals.parts": ["plain"],
    "rivals.sizes": [8],
}


def settings(section: Section, start: str = "") -> Iterator[tuple[str, object]]:
    """Yield every setting's dotted name and its value."""
    for key in type(section).model_fields:
        value, name = getattr(section, key), f"{start}{key}"
        if isinstance(value, Section):
            yield from settings(value, f"{name}.")
        else:
            yield name, value


def other(name: str, value: object) -> object:
    """Return another value that is allowed; None if there is none."""
    if name in OTHER:
        return OTHER[name]
    words = allowed(name)
    if words:
        return next(word for word in words if word != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value / 2 or 0.05 if isinstance(value, float) else None


def rules(override: dict) -> dict[str, str]:
    """Return each rule's inputs, outputs and parameters as one text."""
    with parsed_rules({"study": "tiny", "override": override}) as parsed:
        return {rule.name: described(rule) for rule in parsed}


def main() -> None:
    """Change every setting alone."""
    config = yaml.safe_load(Path("config.yaml").read_text("utf-8")) | {"study": "tiny"}
    before, reached = rules({}), {}
    tiny = resolve(config).settings
    for name, value in settings(tiny):
        changed = other(name, value)
        if changed is None:
            reached[name] = None
            continue
        for key in reversed(name.split(".")):
            changed = {key: changed}
        try:
            after = rules(changed)
        except SystemExit as refused:
            reached[name] = str(refused)
            continue
        reached[name] = sorted(rule for rule in before if before[rule] != after.get(rule))
    print(json.dumps(reached))


if __name__ == "__main__":
    main()
