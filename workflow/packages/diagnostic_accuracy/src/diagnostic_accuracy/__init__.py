"""Statistics of diagnostic studies: nothing here knows of files, images or a workflow.

| module | holds |
|---|---|
| `proportions`, `clustered` | intervals of a proportion; by patient, also of a mean |
| `roc`, `roc_points` | AUROC and its test; partial areas, sensitivity at a fixed specificity |
| `roc_intervals`, `clustered_roc` | intervals near 1; area and test by patient |
| `few_clusters`, `logits` | errors over few or unequal patients; intervals on the logit scale |
| `operating` | the Youden point and its optimism |
| `paired`, `paired_differences` | McNemar's tests, Holm; differences, non-inferiority |
| `clustered_paired` | McNemar's test and the difference where a patient has several cases |
| `unpaired` | tests and intervals of proportions of different cases |
| `calibration`, `decision` | slope, intercept, Brier score, curve; predictive values, net benefit |
| `heterogeneity` | whether groups differ by more than chance: Cochran's Q, I², their mean |
| `planning` | how many pairs McNemar's test needs, and its power |
| `means` | means and medians |
| `bootstrap`, `resampled_roc`, `resampled` | resampling patients within classes |
| `results` | what every function returns, and how it prints |
| `printing`, `rounding` | tables in CSV, Markdown, LaTeX and HTML; numbers rounded half up |

What `PUBLIC` lists can be imported from here; it is loaded when it is first used, since SciPy and
statsmodels take a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diagnostic_accuracy.calibration import (
        brier_score,
        calibration_bins,
        calibration_intercept,
        calibration_slope,
    )
    from diagnostic_accuracy.clustered import clustered_mean, clustered_proportion, design_effect
    from diagnostic_accuracy.clustered_paired import clustered_difference, clustered_mcnemar
    from diagnostic_accuracy.clustered_roc import clustered_auroc, clustered_auroc_test
    from diagnostic_accuracy.decision import (
        CallTable,
        decision_curve,
        net_benefit,
        predictive_value,
    )
    from diagnostic_accuracy.heterogeneity import between_variance, cochran_q, i_squared, pooled
    from diagnostic_accuracy.means import mean, median
    from diagnostic_accuracy.operating import youden_point
    from diagnostic_accuracy.paired import PairedTable, holm, mcnemar
    from diagnostic_accuracy.paired_differences import non_inferiority, paired_difference
    from diagnostic_accuracy.planning import mcnemar_power, pairs_by_formula, pairs_needed
    from diagnostic_accuracy.proportions import proportion, proportion_interval
    from diagnostic_accuracy.recalibration import PlattScaling, fit_platt
    from diagnostic_accuracy.resampled import Plan
    from diagnostic_accuracy.results import Result, result_table
    from diagnostic_accuracy.roc import (
        auroc,
        delong,
        delong_test,
        hanley_mcneil,
        roc_curve,
        youden_threshold,
    )
    from diagnostic_accuracy.roc_intervals import delong_logit, newcombe_auroc
    from diagnostic_accuracy.roc_points import (
        bootstrap_auroc,
        partial_auroc,
        sensitivity_at,
        specificity_at,
    )
    from diagnostic_accuracy.unpaired import unpaired_test

__version__ = "0.1.0"
# What can be imported from here, by the module that it is loaded from.
PUBLIC = {
    "calibration": (
        "brier_score",
        "calibration_bins",
        "calibration_intercept",
        "calibration_slope",
    ),
    "clustered": ("clustered_mean", "clustered_proportion", "design_effect"),
    "clustered_paired": ("clustered_difference", "clustered_mcnemar"),
    "clustered_roc": ("clustered_auroc", "clustered_auroc_test"),
    "decision": ("CallTable", "decision_curve", "net_benefit", "predictive_value"),
    "heterogeneity": ("between_variance", "cochran_q", "i_squared", "pooled"),
    "means": ("mean", "median"),
    "operating": ("youden_point",),
    "paired": ("PairedTable", "holm", "mcnemar"),
    "paired_differences": ("non_inferiority", "paired_difference"),
    "planning": ("mcnemar_power", "pairs_by_formula", "pairs_needed"),
    "proportions": ("proportion", "proportion_interval"),
    "recalibration": ("PlattScaling", "fit_platt"),
    "resampled": ("Plan",),
    "results": ("Result", "result_table"),
    "roc": ("auroc", "delong", "delong_test", "hanley_mcneil", "roc_curve", "youden_threshold"),
    "roc_intervals": ("delong_logit", "newcombe_auroc"),
    "roc_points": ("bootstrap_auroc", "partial_auroc", "sensitivity_at", "specificity_at"),
    "unpaired": ("unpaired_test",),
}
_MODULE_OF = {name: module for module, names in PUBLIC.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
