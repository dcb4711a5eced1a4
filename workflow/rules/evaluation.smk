# Statistical analysis: performance, resampled intervals, paired tests, curves, what the choices
# change, what the gate alone would gain, and the paper's claims beside this run's results.

PREDICTIONS = f"{R}/predictions.csv"
IMAGE_SCORES = f"{R}/image_model/scores.csv"
OPERATING_POINTS = f"{R}/operating_points.json"
CLINICAL_MODEL = f"{R}/clinical_model/model.json"
COHORT = f"{R}/cohort/cohort.csv"
FOLDS = f"{R}/cohort/folds.csv"
# The paper's printed numbers: the project's own copy, which the audit checks.
PUBLISHED = os.path.relpath(
    PACKAGES / "printed_numbers/src/printed_numbers/data/published_numbers.csv"
)
DETECTIONS = expand(f"{R}/image_model/seed{{seed}}/{{fit}}/detections.csv", seed=SEEDS, fit=FITS)


rule performance:
    input:
        predictions=PREDICTIONS,
        scores=IMAGE_SCORES,
        cohort=COHORT,
        operating_points=OPERATING_POINTS,
        clinical_model=CLINICAL_MODEL,
        cross_calls=CROSS_CALLS,
    output:
        performance=f"{R}/evaluation/performance.csv",
    log:
        f"{R}/logs/performance.log",
    benchmark:
        f"{R}/benchmarks/performance.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/performance.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "combined_model",
            "evaluation.proportion_interval",
            "evaluation.auroc_interval",
            "evaluation.replicates",
            "evaluation.confidence",
        ),
    message:
        "Performance of every model in every data set"
    script:
        "../scripts/performance.py"


rule intervals:
    input:
        predictions=PREDICTIONS,
        cohort=COHORT,
    output:
        intervals=f"{R}/evaluation/intervals.csv",
    log:
        f"{R}/logs/intervals.log",
    benchmark:
        f"{R}/benchmarks/intervals.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/intervals.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.replicates",
            "evaluation.confidence",
        ),
    message:
        "Every proportion's interval by every method"
    script:
        "../scripts/intervals.py"


rule bootstrap:
    input:
        predictions=PREDICTIONS,
        cohort=COHORT,
        operating_points=OPERATING_POINTS,
        clinical_model=CLINICAL_MODEL,
    output:
        bootstrap=f"{R}/evaluation/bootstrap.csv",
    log:
        f"{R}/logs/bootstrap.log",
    benchmark:
        f"{R}/benchmarks/bootstrap.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(2000),
        runtime=grows(30),
    params:
        code=code("workflow/scripts/bootstrap.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "operating_point",
            "combined_model",
            "evaluation.replicates",
            "evaluation.confidence",
        ),
    message:
        "Resampling patients, operating points chosen again in each replicate"
    script:
        "../scripts/bootstrap.py"


rule comparisons:
    input:
        predictions=PREDICTIONS,
        cohort=COHORT,
        operating_points=OPERATING_POINTS,
    output:
        comparisons=f"{R}/evaluation/comparisons.csv",
    log:
        f"{R}/logs/comparisons.log",
    benchmark:
        f"{R}/benchmarks/comparisons.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/comparisons.py"),
        settings=pick(
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.mcnemar",
            "evaluation.difference_interval",
            "evaluation.confidence",
        ),
    message:
        "Image model against combined models on the same lesions"
    script:
        "../scripts/comparisons.py"


rule curves:
    input:
        predictions=PREDICTIONS,
        cohort=COHORT,
    output:
        roc=f"{R}/evaluation/roc.csv",
        calibration=f"{R}/evaluation/calibration.csv",
    log:
        f"{R}/logs/curves.log",
    benchmark:
        f"{R}/benchmarks/curves.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/curves.py"),
        settings=pick(
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.proportion_interval",
            "evaluation.confidence",
        ),
    message:
        "ROC and calibration curves"
    script:
        "../scripts/curves.py"


rule choices:
    input:
        predictions=PREDICTIONS,
        cohort=COHORT,
        folds=FOLDS,
        operating_points=OPERATING_POINTS,
        detections=DETECTIONS,
    output:
        choices=f"{R}/evaluation/choices.csv",
    log:
        f"{R}/logs/choices.log",
    benchmark:
        f"{R}/benchmarks/choices.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(30),
    params:
        code=code("workflow/scripts/choices.py"),
        settings=pick(
            "seed",
            "image_model.region_score",
            "image_model.image_score",
            "image_model.floor",
            "clinical_model.factors",
            "clinical_model.density",
            "clinical_model.missing",
            "operating_point",
            "combined_model",
            "evaluation.unit",
            "evaluation.reference_standard",
            CROSS,
        ),
    message:
        "The analysis under other answers to what the paper leaves open"
    script:
        "../scripts/choices.py"


rule gate_null:
    input:
        predictions=PREDICTIONS,
        cohort=COHORT,
        folds=FOLDS,
        operating_points=OPERATING_POINTS,
        cross_scores=CROSS_SCORES,
    output:
        gate_null=f"{R}/evaluation/gate_null.csv",
    log:
        f"{R}/logs/gate_null.log",
    benchmark:
        f"{R}/benchmarks/gate_null.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(60),
    params:
        code=code("workflow/scripts/gate_null.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "clinical_model.factors",
            "clinical_model.density",
            "clinical_model.missing",
            "operating_point",
            "combined_model",
            "evaluation.null_draws",
        ),
    message:
        "What the gate would gain with a second look that knows nothing"
    script:
        "../scripts/gate_null.py"


rule simulated_studies:
    input:
        published=PUBLISHED,
    output:
        simulated_studies=f"{R}/evaluation/simulated_studies.csv",
    log:
        f"{R}/logs/simulated_studies.log",
    benchmark:
        f"{R}/benchmarks/simulated_studies.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/simulated_studies.py"),
        settings=pick("seed", "evaluation.drawn_studies"),
    message:
        "How often the printed P values come out as printed"
    script:
        "../scripts/simulated_studies.py"


rule scorecard:
    input:
        performance=rules.performance.output.performance,
        comparisons=rules.comparisons.output.comparisons,
        gate_null=rules.gate_null.output.gate_null,
        published=PUBLISHED,
    output:
        scorecard=f"{R}/scorecard.csv",
    log:
        f"{R}/logs/scorecard.log",
    benchmark:
        f"{R}/benchmarks/scorecard.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/scorecard.py"),
        settings=pick("evaluation.confidence", "evaluation.noninferiority_margin"),
    message:
        "The paper's claims beside this run's results"
    script:
        "../scripts/scorecard.py"
