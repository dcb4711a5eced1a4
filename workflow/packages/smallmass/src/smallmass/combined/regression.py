"""Multiple logistic regression on the combined model's inputs [(g) in Figure 1]."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats

from smallmass.status import FITTED, NO_LESIONS, ONE_CLASS, Status

MAXIMUM_LIKELIHOOD = "maximum likelihood, unpenalised"
FIRTH = "Firth's penalised likelihood (Firth 1993; Heinze & Schemper 2002)"
DEPENDENT = Status.not_estimable("the inputs are linear functions of each other")
SEPARATED = Status.not_estimable(
    "the inputs separate the classes without error, coefficients are infinite"
)
NOT_CONVERGED = Status.not_estimable("the fit did not converge")


@dataclass(frozen=True)
class Regression:
    """A fitted logistic regression.

    Attributes:
        inputs: Names of the inputs in use.
        left_out: Inputs that are the same in every lesion of the fit, and have no coefficient.
        intercept, coefficients: On the logit scale; ``coefficients`` is ``(inputs,)``.
        errors: Wald standard errors of intercept and coefficients, ``(1 + inputs,)``.
        method: How it was fitted.
        n, n_malignant: Lesions of the fit.
        status: Fitted, or why it could not be.
    """

    inputs: list[str]
    left_out: list[str]
    intercept: float
    coefficients: np.ndarray
    errors: np.ndarray
    method: str
    n: int
    n_malignant: int
    status: Status = FITTED

    def score(self, values: dict[str, np.ndarray]) -> np.ndarray:
        """Return the probability of malignancy.

        Args:
            values: Every input by name, ``(cases,)`` each; NaN gives NaN.
        """
        logit = np.full(len(next(iter(values.values()))), self.intercept)
        for name, coefficient in zip(self.inputs, self.coefficients, strict=True):
            logit = logit + coefficient * values[name]
        unknown = np.any([np.isnan(column) for column in values.values()], axis=0)
        return np.where(unknown, np.nan, 1.0 / (1.0 + np.exp(-logit)))

    def to_dict(self) -> dict[str, Any]:
        """Return what ``regression.json`` says."""
        description = {
            "status": self.status,
            "n": self.n,
            "n_malignant": self.n_malignant,
        }
        if not self.status.fitted:
            return description
        estimates = [self.intercept, *self.coefficients]
        terms = [
            _term(estimate, error) for estimate, error in zip(estimates, self.errors, strict=True)
        ]
        return description | {
            "method": self.method,
            "formula": self.formula,
            "intercept": terms[0],
            "coefficients": dict(zip(self.inputs, terms[1:], strict=True)),
            "left_out": {name: "the same in every lesion of the fit" for name in self.left_out},
        }

    @property
    def formula(self) -> str:
        """The regression as text, with four decimals."""
        sum_ = f"{self.intercept:.4f}"
        for name, value in zip(self.inputs, self.coefficients, strict=True):
            sum_ += f" {'-' if value < 0 else '+'} {abs(value):.4f} x {name}"
        return f"p(malignant) = 1 / (1 + exp(-({sum_})))"


def fit_regression(values: dict[str, np.ndarray], malignant: np.ndarray) -> Regression:
    """Fit a logistic regression, unpenalised.

    Where some input separates a part of the lesions without error (quasi-separation, usual with
    rare factors such as a BRCA mutation), an unpenalised coefficient is infinite, and Firth's
    penalty is used instead, and named. Where all lesions are separated, there is no fit.

    Args:
        values: Inputs by name, ``(lesions,)`` each, known.
        malignant: ``(lesions,)`` bool.
    """
    n, n_malignant = len(malignant), int(malignant.sum())
    inputs = [name for name, column in values.items() if n and np.ptp(column) > 0]
    left_out = [name for name in values if name not in inputs]

    def without(status: Status) -> Regression:
        return Regression(
            inputs, left_out, np.nan, np.array([]), np.array([]), "", n, n_malignant, status
        )

    if n_malignant in (0, n):
        return without(ONE_CLASS if n else NO_LESIONS)
    design = np.column_stack([np.ones(n), *(values[name] for name in inputs)])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return without(DEPENDENT)
    separation = _separation(design, malignant)
    if separation == "complete":
        return without(SEPARATED)
    if separation == "quasi":
        method, beta = f"{FIRTH}, as the classes are quasi-separated", _firth(design, malignant)
    else:
        method, beta = MAXIMUM_LIKELIHOOD, _maximum_likelihood(design, malignant)
    if beta is None:
        return without(NOT_CONVERGED)
    errors = np.sqrt(np.diag(np.linalg.inv(_information(design, beta))))
    return Regression(inputs, left_out, float(beta[0]), beta[1:], errors, method, n, n_malignant)


def _maximum_likelihood(design: np.ndarray, malignant: np.ndarray) -> np.ndarray | None:
    """Return intercept and coefficients by scikit-learn, without a penalty."""
    from sklearn.linear_model import LogisticRegression

    if design.shape[1] == 1:
        share = malignant.mean()
        return np.array([np.log(share / (1 - share))])
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=200)
    model.fit(design[:, 1:], malignant)
    if model.n_iter_.max() >= model.max_iter:
        return None
    return np.concatenate([model.intercept_, model.coef_[0]])


def _firth(design: np.ndarray, malignant: np.ndarray) -> np.ndarray | None:
    """Return the maximum of the likelihood times Jeffreys' prior, by Fisher scoring.

    The score function is X'(y - p + h (1/2 - p)) with the hat values h (Firth 1993; Heinze &
    Schemper 2002, equation 2). Steps are halved until the penalised likelihood rises, and for
    good once they turn back on themselves: full steps can circle the maximum for ever.
    """
    beta, previous, length = np.zeros(design.shape[1]), np.zeros(design.shape[1]), 1.0
    value = _penalised(design, malignant, beta)
    for _ in range(1000):
        p = 1.0 / (1.0 + np.exp(-design @ beta))
        inverse = np.linalg.inv(_information(design, beta))
        hat = p * (1 - p) * np.einsum("ij,jk,ik->i", design, inverse, design)
        step = inverse @ (design.T @ (malignant - p + hat * (0.5 - p)))
        if np.abs(step).max() < 1e-9:
            return beta
        length = 0.5 if step @ previous < 0 else length
        previous, step = step, step * length
        while (new := _penalised(design, malignant, beta + step)) < value - 1e-12:
            step = step / 2
            if np.abs(step).max() < 1e-9:
                return beta
        beta, value = beta + step, new
    return None


def _penalised(design: np.ndarray, malignant: np.ndarray, beta: np.ndarray) -> float:
    """Return the log-likelihood plus half the log-determinant of the information."""
    logit = design @ beta
    likelihood = np.sum(malignant * logit - np.logaddexp(0, logit))
    return float(likelihood + np.linalg.slogdet(_information(design, beta))[1] / 2)


def _information(design: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Return Fisher's information X'WX of a logistic regression."""
    p = 1.0 / (1.0 + np.exp(-design @ beta))
    return design.T @ ((p * (1 - p))[:, None] * design)


def _separation(design: np.ndarray, malignant: np.ndarray) -> str:
    """Return ``complete``, ``quasi`` or ``none`` (Albert & Anderson 1984), by a linear program.

    Some direction b with signed margins (2y - 1) x'b >= 0 for all lesions and not all zero
    exists exactly if the classes are separated (Konis 2007); completely, if all can be positive.
    """
    signed = np.where(malignant, 1.0, -1.0)[:, None] * design
    n, k = signed.shape
    answer = optimize.linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(n), bounds=[(-1, 1)] * k
    )
    margins = signed @ answer.x
    if margins.max() < 1e-9:
        return "none"
    # Largest margin that every lesion can have at once: positive only if separation is complete.
    answer = optimize.linprog(
        np.append(np.zeros(k), -1.0),
        A_ub=np.column_stack([-signed, np.ones(n)]),
        b_ub=np.zeros(n),
        bounds=[(-1, 1)] * k + [(0, 1)],
    )
    return "complete" if answer.x[-1] > 1e-9 else "quasi"


def _term(estimate: float, error: float) -> dict[str, float]:
    """Return a coefficient with its Wald test, interval, and odds ratio a unit of the input."""
    reach = stats.norm.isf(0.025) * error
    return {
        "estimate": float(estimate),
        "standard_error": float(error),
        "z": float(estimate / error),
        "p_value": float(2 * stats.norm.sf(abs(estimate / error))),
        "odds_ratio": float(np.exp(estimate)),
        "odds_ratio_low": float(np.exp(estimate - reach)),
        "odds_ratio_high": float(np.exp(estimate + reach)),
    }
