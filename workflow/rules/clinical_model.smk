# Clinical model: clinical factors to a malignancy score, by a multilayer perceptron whose
# hyper-parameters a Bayesian search chooses on validation cases.


rule clinical_model:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        folds=rules.split.output.folds,
    output:
        trials="<results>/clinical_model/trials.csv",
        weights="<results>/clinical_model/weights.h5",
        model="<results>/clinical_model/model.json",
        scores="<results>/clinical_model/scores.csv",
        # What a case's score is where a fold is left out; no rows where none is.
        cross_scores="<results>/clinical_model/cross_scores.csv",
    log:
        "<logs>/clinical_model.log",
    benchmark:
        "<benchmarks>/clinical_model.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
        runtime=grows(10 * (1 + S.image_model.folds) + 3 * CROSS_FITS),
    params:
        code=code("workflow/scripts/clinical_model.py"),
        settings=pick("seed", "clinical_model"),
    message:
        "Bayesian search and training of the clinical model"
    script:
        "../scripts/clinical_model.py"
