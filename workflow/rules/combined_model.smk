# Combined models: the operating point of the image model, then logistic regression and decision
# tree for the lesions that the image model calls benign.


rule combined_models:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        folds=rules.split.output.folds,
        image_scores=rules.image_scores.output.scores,
        clinical_scores=rules.clinical_model.output.scores,
        cross_scores=rules.clinical_model.output.cross_scores,
        clinical_model=rules.clinical_model.output.model,
    output:
        operating_points="<results>/operating_points.json",
        regression="<results>/combined/regression.json",
        tree="<results>/combined/tree.json",
        # What every repeat says of the cases that are held out in it; no rows where none is.
        cross_calls="<results>/combined/cross_calls.csv",
        predictions="<results>/predictions.csv",
    log:
        "<logs>/combined_models.log",
    benchmark:
        "<benchmarks>/combined_models.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/combined_models.py"),
        # Of the clinical model the coding of raw factors (A19): the network is in the scores.
        settings=pick(
            "seed",
            "operating_point",
            "combined_model",
            "clinical_model.factors",
            "clinical_model.density",
            "clinical_model.missing",
            "evaluation.unit",
            "evaluation.reference_standard",
        ),
    script:
        "../scripts/combined_models.py"
