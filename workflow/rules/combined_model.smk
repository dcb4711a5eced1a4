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
        settings={
            "operating_point": S["operating_point"],
            "combined_model": S["combined_model"],
            # The coding of raw factors (A19), not the network: that is in the scores.
            "clinical_model": {
                k: S["clinical_model"][k] for k in ("factors", "density", "missing")
            },
            "evaluation": {k: S["evaluation"][k] for k in ("unit", "reference_standard")},
        },
        seed=S["seed"],
    message:
        "Operating points and combined models"
    script:
        "../scripts/combined_models.py"
