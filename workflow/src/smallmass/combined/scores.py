"""One table of both models' scores: what the combined models are fitted from."""

import pandas as pd

ARM = "image_model"


def join_scores(
    *,
    cohort: pd.DataFrame,
    split: pd.DataFrame,
    folds: pd.DataFrame,
    image_scores: pd.DataFrame,
    clinical_scores: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row a case and fit, in the cohort's order; image scores are means over seeds.

    Args:
        cohort: ``cohort.csv``.
        split: case_id, split.
        folds: case_id, arm, repeat, fold; may have no rows.
        image_scores: case_id, seed, fit, image_score; one row a case, seed and fit.
        clinical_scores: case_id, fit, clinical_score; one row a case and fit.

    Returns:
        pd.DataFrame: The cohort's columns with split, fit, fold (of out-of-fold rows), malignant,
        image_score, clinical_score. Rows are those of the image scores.
    """
    image = image_scores.groupby(["case_id", "fit"], sort=False, as_index=False)
    # The mean of one seed is that seed's score itself; of several, to float64's last digits.
    table = image["image_score"].mean()
    table = table.merge(clinical_scores, on=["case_id", "fit"], how="left", validate="one_to_one")
    table = table.merge(split, on="case_id", validate="many_to_one")
    table = table.merge(cohort, on="case_id", validate="many_to_one")
    arm = folds[folds["arm"] == ARM] if len(folds) else folds
    first = arm.drop_duplicates("case_id").set_index("case_id")["fold"]
    fold = pd.to_numeric(table["case_id"].map(first))
    table["fold"] = fold.where(table["fit"] == "out_of_fold")
    table["malignant"] = table["label"] == "malignant"
    place = {case: i for i, case in enumerate(cohort["case_id"])}
    order = table["case_id"].map(place)
    return table.iloc[order.argsort(kind="stable")].reset_index(drop=True)
