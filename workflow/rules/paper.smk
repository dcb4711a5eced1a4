# Results in words and numbers: Tables 1-2 in the paper's layout, the TRIPOD checklist, the report on
# one page, and run.json.

# Every file of a run but the report and run.json themselves.
MADE = [
    FILES["check"],
    FILES["models"],
    FILES["evaluation"],
    FILES["tables"],
    FILES["figures"],
    f"{R}/scorecard.csv",
    f"{R}/tripod.csv",
    f"{R}/tripod.md",
]


localrules:
    table1,
    table2,
    tripod,
    run_json,
    report_page,


rule table1:
    input:
        cohort=f"{R}/cohort/cohort.csv",
        split=f"{R}/cohort/split.csv",
    output:
        csv=report(
            f"{R}/tables/table1.csv",
            caption="../report/table1.rst",
            category="Tables",
            labels={"table": "1", "shows": "clinical characteristics"},
        ),
        md=f"{R}/tables/table1.md",
        tex=f"{R}/tables/table1.tex",
    log:
        f"{R}/logs/table1.log",
    benchmark:
        f"{R}/benchmarks/table1.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/table1.py"),
        study=STUDY,
        settings=pick("cohort.max_diameter_cm", "cohort.inclusive"),
    message:
        "Printing Table 1"
    script:
        "../scripts/table1.py"


rule table2:
    input:
        performance=f"{R}/evaluation/performance.csv",
        comparisons=f"{R}/evaluation/comparisons.csv",
        intervals=f"{R}/evaluation/intervals.csv",
        operating_points=f"{R}/operating_points.json",
        cohort=f"{R}/cohort/cohort.csv",
    output:
        csv=report(
            f"{R}/tables/table2.csv",
            caption="../report/table2.rst",
            category="Tables",
            labels={"table": "2", "shows": "performance of the models"},
        ),
        md=f"{R}/tables/table2.md",
        tex=f"{R}/tables/table2.tex",
        long=report(
            f"{R}/tables/table2_long.csv",
            caption="../report/table2_long.rst",
            category="Tables",
            labels={"table": "2, long form", "shows": "every metric of every model"},
        ),
    log:
        f"{R}/logs/table2.log",
    benchmark:
        f"{R}/benchmarks/table2.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/table2.py"),
        study=STUDY,
        settings=pick(
            "image_model.weights",
            "clinical_model.factors",
            "combined_model.applied_to",
            "combined_model.inputs",
            "cross_fitting.cohort",
            "evaluation.confidence",
            "table2.interval",
        ),
    message:
        "Printing Table 2"
    script:
        "../scripts/table2.py"


rule tripod:
    input:
        cohort=f"{R}/cohort/cohort.csv",
        split=f"{R}/cohort/split.csv",
        integrity=f"{R}/cohort/integrity.csv",
        performance=f"{R}/evaluation/performance.csv",
        operating_points=f"{R}/operating_points.json",
        clinical=f"{R}/clinical_model/model.json",
        regression=f"{R}/combined/regression.json",
        tree=f"{R}/combined/tree.json",
    output:
        csv=report(
            f"{R}/tripod.csv",
            caption="../report/tripod.rst",
            category="Tables",
            labels={"table": "TRIPOD", "shows": "checklist, filled in from the run"},
        ),
        md=f"{R}/tripod.md",
    log:
        f"{R}/logs/tripod.log",
    benchmark:
        f"{R}/benchmarks/tripod.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/tripod.py"),
        study=STUDY,
        settings=pick(
            "cohort.source",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "cohort.larger_lesions",
            "split.assignment",
            "image_model.backbone",
            "image_model.size_px",
            "image_model.weights",
            "image_model.epochs",
            "image_model.seeds",
            "image_model.folds",
            "clinical_model.factors",
            "clinical_model.missing",
            "operating_point.chosen_on",
            "combined_model.cutoff",
            "evaluation.reference_standard",
            "evaluation.confidence",
            "evaluation.proportion_interval",
            "evaluation.auroc_interval",
            "evaluation.replicates",
            "evaluation.mcnemar",
            "evaluation.unit",
            CROSS,
        ),
    message:
        "Filling in the TRIPOD checklist"
    script:
        "../scripts/tripod.py"


# Without a benchmark of its own, and that of the report: their times could only be an older run's.
rule run_json:
    input:
        made=MADE,
        manifest=[f"{ROOT}/manifest.csv"] if PHANTOMS else [],
    output:
        run=f"{R}/run.json",
    log:
        f"{R}/logs/run_json.log",
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/run_json.py"),
        study=STUDY,
        settings=shown(S).plain(),
        repository=os.path.relpath(workflow.basedir),
    message:
        "Recording versions, hashes, hardware and times"
    script:
        "../scripts/run_json.py"


rule report_page:
    input:
        cohort=f"{R}/cohort/cohort.csv",
        split=f"{R}/cohort/split.csv",
        integrity=f"{R}/cohort/integrity.csv",
        performance=f"{R}/evaluation/performance.csv",
        bootstrap=f"{R}/evaluation/bootstrap.csv",
        intervals=f"{R}/evaluation/intervals.csv",
        comparisons=f"{R}/evaluation/comparisons.csv",
        calibration=f"{R}/evaluation/calibration.csv",
        choices=f"{R}/evaluation/choices.csv",
        gate_null=f"{R}/evaluation/gate_null.csv",
        simulated_studies=f"{R}/evaluation/simulated_studies.csv",
        published=PUBLISHED,
        scorecard=f"{R}/scorecard.csv",
        tripod=rules.tripod.output.csv,
        predictions=f"{R}/predictions.csv",
        operating_points=f"{R}/operating_points.json",
        run=rules.run_json.output.run,
        figure1=rules.figure1.output.svg,
        figure2=rules.figure2.output.svg,
        figure3=rules.figure3.output.svg,
        specification_curve=rules.specification_curve.output.svg,
        gate_controls=rules.gate_controls.output.svg,
        templates=expand(
            "workflow/packages/smallmass/src/smallmass/paper/{name}.html.j2",
            name=["report", "tables"],
        ),
    output:
        page=f"{R}/report.html",
    log:
        f"{R}/logs/report_page.log",
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/report_page.py"),
        study=STUDY,
        settings=shown(S).plain(),
        # Its comments alone are read, so it is no input: editing a comment re-runs nothing.
        config=os.path.relpath(Path(workflow.basedir, "config.yaml")),
    message:
        "Writing the report"
    script:
        "../scripts/report_page.py"
