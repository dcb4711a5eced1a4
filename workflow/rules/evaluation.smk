# Statistical analysis: performance, resampled intervals, paired tests, curves, what the choices
# change, what the gate alone would gain, and the paper's claims beside this run's results.

# The paper's printed numbers: the project's own copy, which the audit checks.
PUBLISHED = own_file(
    "workflow/packages/printed_numbers/src/printed_numbers/data/published_numbers.csv"
)
DETECTIONS = expand("<results>/image_model/seed{seed}/{fit}/detections.csv", seed=SEEDS, fit=FITS)


rule performance:
    input:
        predictions=rules.combined_models.output.predictions,
        scores=rules.image_scores.output.scores,
        cohort=rules.cohort.output.cohort,
        operating_points=rules.combined_models.output.operating_points,
        clinical_model=rules.clinical_model.output.model,
        cross_calls=rules.combined_models.output.cross_calls,
    output:
        performance="<results>/evaluation/performance.csv",
    log:
        "<logs>/performance.log",
    benchmark:
        "<benchmarks>/performance.tsv"
    conda:
        "../../envs/cpu.yaml"
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
    script:
        "../scripts/performance.py"


rule intervals:
    input:
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
    output:
        intervals="<results>/evaluation/intervals.csv",
    log:
        "<logs>/intervals.log",
    benchmark:
        "<benchmarks>/intervals.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/intervals.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.replicates",
            "evaluation.confidence",
        ),
    script:
        "../scripts/intervals.py"


rule bootstrap:
    input:
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        operating_points=rules.combined_models.output.operating_points,
        clinical_model=rules.clinical_model.output.model,
    output:
        bootstrap="<results>/evaluation/bootstrap.csv",
    log:
        "<logs>/bootstrap.log",
    benchmark:
        "<benchmarks>/bootstrap.tsv"
    conda:
        "../../envs/cpu.yaml"
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
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        operating_points=rules.combined_models.output.operating_points,
    output:
        comparisons="<results>/evaluation/comparisons.csv",
    log:
        "<logs>/comparisons.log",
    benchmark:
        "<benchmarks>/comparisons.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/comparisons.py"),
        settings=pick(
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.mcnemar",
            "evaluation.difference_interval",
            "evaluation.confidence",
        ),
    script:
        "../scripts/comparisons.py"


rule curves:
    input:
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
    output:
        roc="<results>/evaluation/roc.csv",
        calibration="<results>/evaluation/calibration.csv",
    log:
        "<logs>/curves.log",
    benchmark:
        "<benchmarks>/curves.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/curves.py"),
        settings=pick(
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "evaluation.proportion_interval",
            "evaluation.confidence",
        ),
    script:
        "../scripts/curves.py"


rule further_results:
    input:
        predictions=rules.combined_models.output.predictions,
        scores=rules.image_scores.output.scores,
        cohort=rules.cohort.output.cohort,
        performance=rules.performance.output.performance,
    output:
        cross_tables="<results>/evaluation/cross_tables.csv",
        at_prevalence="<results>/evaluation/at_prevalence.csv",
        decision_curves=report(
            "<results>/evaluation/decision_curves.csv",
            caption="../report/decision_curves.rst",
            category="Numbers",
            labels={"table": "decision curves", "shows": "net benefit over thresholds"},
        ),
        auroc_differences="<results>/evaluation/auroc_differences.csv",
        transfer="<results>/evaluation/transfer.csv",
        subgroups=report(
            "<results>/evaluation/subgroups.csv",
            caption="../report/subgroups.rst",
            category="Numbers",
            labels={"table": "subgroups", "shows": "the test set by groups"},
        ),
        precision="<results>/evaluation/precision.csv",
        calibration_summary="<results>/evaluation/calibration_summary.csv",
        calibration_smooth="<results>/evaluation/calibration_smooth.csv",
    log:
        "<logs>/further_results.log",
    benchmark:
        "<benchmarks>/further_results.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/further_results.py"),
        settings=pick(
            "seed",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "operating_point",
            "combined_model",
            "evaluation.proportion_interval",
            "evaluation.auroc_interval",
            "evaluation.replicates",
            "evaluation.confidence",
            "evaluation.clinic_prevalence",
        ),
    message:
        "Beyond Table 2: prevalences, subgroups, transfer, differences, widths"
    script:
        "../scripts/further_results.py"


rule choices:
    input:
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        folds=rules.split.output.folds,
        operating_points=rules.combined_models.output.operating_points,
        detections=DETECTIONS,
    output:
        choices="<results>/evaluation/choices.csv",
    log:
        "<logs>/choices.log",
    benchmark:
        "<benchmarks>/choices.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
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
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        folds=rules.split.output.folds,
        operating_points=rules.combined_models.output.operating_points,
        cross_scores=rules.clinical_model.output.cross_scores,
    output:
        gate_null="<results>/evaluation/gate_null.csv",
    log:
        "<logs>/gate_null.log",
    benchmark:
        "<benchmarks>/gate_null.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
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
        simulated_studies="<results>/evaluation/simulated_studies.csv",
    log:
        "<logs>/simulated_studies.log",
    benchmark:
        "<benchmarks>/simulated_studies.tsv"
    conda:
        "../../envs/cpu.yaml"
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
        scorecard=report(
            "<results>/scorecard.csv",
            caption="../report/scorecard.rst",
            category="Tables",
            labels={"table": "scorecard", "shows": "the claims beside this run"},
        ),
    log:
        "<logs>/scorecard.log",
    benchmark:
        "<benchmarks>/scorecard.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/scorecard.py"),
        settings=pick("evaluation.confidence", "evaluation.noninferiority_margin"),
    message:
        "The paper's claims beside this run's results"
    script:
        "../scripts/scorecard.py"
