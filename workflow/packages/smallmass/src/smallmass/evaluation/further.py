"""The tables beyond Table 2, by the name of their file."""

import pandas as pd

from smallmass.evaluation.at_prevalence import at_prevalence
from smallmass.evaluation.calibration_summary import calibration_tables
from smallmass.evaluation.cross_tables import cross_tables
from smallmass.evaluation.decision_curves import decision_curves
from smallmass.evaluation.model_differences import auroc_differences
from smallmass.evaluation.precision import precision
from smallmass.evaluation.subgroups import subgroups
from smallmass.evaluation.transfer import transfer
from smallmass.settings import Settings


def further_results(
    *,
    predictions: pd.DataFrame,
    scores: pd.DataFrame,
    cohort: pd.DataFrame,
    performance: pd.DataFrame,
    settings: Settings,
) -> dict[str, pd.DataFrame]:
    """Return every table by the name of its file in ``evaluation/``.

    Args:
        predictions: ``predictions.csv``.
        scores: ``image_model/scores.csv``.
        cohort: ``cohort.csv``.
        performance: ``evaluation/performance.csv``.
        settings: The study's ``seed``, ``cohort``, ``evaluation``, ``operating_point`` and
            ``combined_model``.
    """
    summary, smooth = calibration_tables(predictions, cohort, settings)
    return {
        "cross_tables": cross_tables(predictions, scores, cohort, settings),
        "at_prevalence": at_prevalence(predictions, cohort, settings),
        "decision_curves": decision_curves(predictions, cohort, settings),
        "auroc_differences": auroc_differences(predictions, cohort, settings),
        "transfer": transfer(predictions, cohort, settings),
        "subgroups": subgroups(predictions, cohort, settings),
        "precision": precision(performance, settings),
        "calibration_summary": summary,
        "calibration_smooth": smooth,
    }
