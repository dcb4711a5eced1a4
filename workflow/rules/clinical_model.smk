# Clinical model: clinical factors to a malignancy score, by a multilayer perceptron whose
# hyper-parameters a Bayesian search chooses on validation cases.


rule clinical_model:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        folds=rules.split.output.folds,
    output:
        **({"cross_scores": CROSS_SCORES[0]} if CROSS_SCORES else {}),
        trials=f"{R}/clinical_model/trials.csv",
        weights=f"{R}/clinical_model/weights.h5",
        model=f"{R}/clinical_model/model.json",
        scores=f"{R}/clinical_model/scores.csv",
    log:
        f"{R}/logs/clinical_model.log",
    benchmark:
        f"{R}/benchmarks/clinical_model.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(2000),
        runtime=grows(10 * (1 + S.image_model.folds) + 3 * CROSS_FITS),
    params:
        code=code("workflow/scripts/clinical_model.py"),
        settings=pick("seed", "clinical_model", "cross_fitting.cohort"),
    message:
        "Bayesian search and training of the clinical model"
    script:
        "../scripts/clinical_model.py"
