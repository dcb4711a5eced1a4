"""What a run says at its end: the address of its page, and five numbers."""

import math
from pathlib import Path

from diagnostic_accuracy.rounding import half_up
from smallmass.evaluation.cases import main_set
from smallmass.files import read_csv
from smallmass.paper.estimates import printed, test_set
from smallmass.status import NOT_ESTIMABLE
from smallmass.words import ALL_SEEDS, COMBINED, Metric, Model, Split

NUMBERS = (Metric.AUROC, Metric.SENSITIVITY, Metric.SPECIFICITY)


def closing(results: Path) -> list[str]:
    """Return the lines: the page's address, three numbers of the image model, two of the others.

    Args:
        results: The folder of a finished study.
    """
    performance = main_set(read_csv(results / "evaluation/performance.csv"))
    where = test_set(performance)
    rows = performance[
        (performance["split"] == Split.TEST) & (performance["seed"].astype(str) == ALL_SEEDS)
    ].set_index(["model", "metric"])
    pairs = main_set(read_csv(results / "evaluation/comparisons.csv"))
    pairs = pairs[pairs["split"] == Split.TEST].set_index(["model_b", "metric"])
    lines = [f"The page: {(results / 'report.html').resolve().as_uri()}", f"{where}:"]
    for metric in NUMBERS:
        key = (Model.IMAGE, metric)
        text = printed(rows.loc[key].to_dict() | {"metric": metric}) if key in rows.index else ""
        lines.append(f"  {Model.IMAGE.short}, {metric.printed}: {text or NOT_ESTIMABLE}")
    for model in COMBINED:
        key = (model, Metric.SENSITIVITY)
        gain = float(pairs["difference"].get(key, math.nan))  # type: ignore[arg-type]
        text = NOT_ESTIMABLE if math.isnan(gain) else f"{half_up(100 * gain, 1)} points"
        lines.append(f"  {model.short}, gain in sensitivity: {text}")
    return lines
