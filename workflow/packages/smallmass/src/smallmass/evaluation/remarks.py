"""What is said of models' numbers: why there is none, and what stands beside one that there is."""

from collections.abc import Sequence

from smallmass.evaluation.cases import CaseSet
from smallmass.status import NO_FACTORS, Status

CROSSED = (
    "cross-fitted: interval and P value take the models of the folds as given, not as fitted anew, "
    "and lesions that share models as independent, pool scores of different models, and are of the "
    "mean or majority over the repeats, not of one model"
)


class Remarks:
    """The remarks on the models of a study, from what became of them.

    Args:
        operating_points: ``operating_points.json``.
        clinical_model: ``clinical_model/model.json``; None where no row is about it.
    """

    def __init__(self, operating_points: Sequence[dict] = (), clinical_model: dict | None = None):
        files = {point["model"]: point for point in operating_points}
        files |= {"clinical": clinical_model} if clinical_model else {}
        self._statuses: dict[str, Status] = {
            model: file["status"] for model, file in files.items() if "status" in file
        }

    def reason(self, model: str, cases: CaseSet | None = None) -> str:
        """Return why a model has no score of cases without one; empty if nothing is known.

        A model that is cross-fitted elsewhere has none where no factor is known. Where it is
        cross-fitted in these very cases, it is for the fits that could not be had.
        """
        status = self._statuses.get(model)
        if status is None or status.fitted:
            return ""
        if not status.cross_fitted:
            return str(status)
        here = cases is not None and cases.is_crossed(model)
        return status.gaps_text if here else str(NO_FACTORS)

    def no_score(self, model: str, cases: CaseSet | None = None) -> str:
        """Return why a model has no scores, for the column ``note``."""
        return self.reason(model, cases) or str(
            Status.not_estimable(f"the {model} model gave no scores")
        )

    def no_call(self, model: str, cases: CaseSet) -> str:
        """Return why a model has no calls, for the column ``note``."""
        return self.reason(model, cases) or str(no_calls(model))

    def beside(self, model: str, cases: CaseSet) -> tuple[str, ...]:
        """Return what stands beside a model's number in these cases; nothing with most models."""
        if not cases.is_crossed(model):
            return ()
        status = self._statuses.get(model)
        gaps = status.gaps_text if status is not None and status.cross_fitted else ""
        return gaps, CROSSED


def no_calls(model: str) -> Status:
    """Return why nothing is known of a model's calls where it gave none."""
    return Status.not_estimable(f"the {model} model gave no calls")
