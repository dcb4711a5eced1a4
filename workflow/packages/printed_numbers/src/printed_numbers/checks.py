"""Every check by its name, with the form of its relation."""

from printed_numbers import (
    check_auroc,
    check_baseline,
    check_ceiling,
    check_claims,
    check_comparisons,
    check_counts,
    check_denominators,
    check_intervals,
    check_logic,
    check_means,
    check_measures,
    check_p_values,
    check_ratios,
    check_reported,
    check_samples,
    check_sentences,
    check_split,
    check_transfer,
)
from printed_numbers.forms import Form

CHECKS: dict[str, Form] = {
    **check_counts.FORMS,
    **check_means.FORMS,
    **check_samples.FORMS,
    **check_intervals.FORMS,
    **check_denominators.FORMS,
    **check_p_values.FORMS,
    **check_comparisons.FORMS,
    **check_reported.FORMS,
    **check_ratios.FORMS,
    **check_auroc.FORMS,
    **check_logic.FORMS,
    **check_measures.FORMS,
    **check_transfer.FORMS,
    **check_sentences.FORMS,
    **check_claims.FORMS,
    **check_split.FORMS,
    **check_baseline.FORMS,
    **check_ceiling.FORMS,
}
