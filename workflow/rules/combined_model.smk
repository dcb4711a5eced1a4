# Combined models: the operating point of the image model, then logistic regression and decision
# tree for the lesions that the image model calls benign.


rule combined_models:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        folds=rules.split.output.folds,
        image_scores=f"{R}/image_model/scores.csv",
        clinical_scores=rules.clinical_model.output.scores,
        cross_scores=CROSS_SCORES,
        clinical_model=rules.clinical_model.output.model,
    output:
        **({"cross_calls": CROSS_CALLS[0]} if CROSS_CALLS else {}),
        operating_points=f"{R}/operating_points.json",
        regression=f"{R}/combined/regression.json",
        tree=f"{R}/combined/tree.json",
        predictions=f"{R}/predictions.csv",
    log:
        f"{R}/logs/combined_models.log",
    benchmark:
        f"{R}/benchmarks/combined_models.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
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
    message:
        "Operating points and combined models"
    script:
        "../scripts/combined_models.py"
