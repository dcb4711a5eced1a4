# Results in words and numbers: Tables 1-2 in the paper's layout, the TRIPOD checklist, the report on
# one page, and run.json.

# TRIPOD+AI, CLAIM and STARD; TRIPOD 2015 is a file of its own.
CHECKLISTS = ["tripod_ai", "claim", "stard"]

# Every file of a run but the report and run.json themselves.
RESULTS = [
    FILES["check"],
    FILES["models"],
    FILES["evaluation"],
    FILES["tables"],
    FILES["figures"],
    "<results>/notes.json",
    "<results>/scorecard.csv",
    "<results>/tripod.csv",
    "<results>/tripod.md",
    expand("<results>/checklists/{name}.{kind}", name=CHECKLISTS, kind=["csv", "md"]),
]


localrules:
    table1,
    table2,
    tripod,
    run_json,
    report_page,


rule table1:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        notes=rules.page_notes.output.notes,
    output:
        csv=report(
            "<results>/tables/table1.csv",
            caption="../report/table1.rst",
            category="Tables",
            labels={"table": "1", "shows": "clinical characteristics"},
        ),
        md="<results>/tables/table1.md",
        tex="<results>/tables/table1.tex",
    log:
        "<logs>/table1.log",
    benchmark:
        "<benchmarks>/table1.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/table1.py"),
        settings=pick("cohort.max_diameter_cm", "cohort.inclusive"),
    script:
        "../scripts/table1.py"


rule table2:
    input:
        performance=rules.performance.output.performance,
        comparisons=rules.comparisons.output.comparisons,
        intervals=rules.intervals.output.intervals,
        operating_points=rules.combined_models.output.operating_points,
        notes=rules.page_notes.output.notes,
    output:
        csv=report(
            "<results>/tables/table2.csv",
            caption="../report/table2.rst",
            category="Tables",
            labels={"table": "2", "shows": "performance of the models"},
        ),
        md="<results>/tables/table2.md",
        tex="<results>/tables/table2.tex",
        long=report(
            "<results>/tables/table2_long.csv",
            caption="../report/table2_long.rst",
            category="Tables",
            labels={"table": "2, long form", "shows": "every metric of every model"},
        ),
    log:
        "<logs>/table2.log",
    benchmark:
        "<benchmarks>/table2.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/table2.py"),
        settings=pick(
            "combined_model.applied_to",
            "evaluation.confidence",
            "evaluation.proportion_interval",
            "table2.interval",
        ),
    script:
        "../scripts/table2.py"


rule tripod:
    input:
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        integrity=rules.integrity.output.integrity,
        performance=rules.performance.output.performance,
        operating_points=rules.combined_models.output.operating_points,
        clinical=rules.clinical_model.output.model,
        regression=rules.combined_models.output.regression,
        tree=rules.combined_models.output.tree,
        notes=rules.page_notes.output.notes,
        templates=expand(
            own_file("workflow/packages/smallmass/src/smallmass/paper/{name}.md.j2"),
            name=["tripod", *CHECKLISTS],
        ),
    output:
        csv=report(
            "<results>/tripod.csv",
            caption="../report/tripod.rst",
            category="Tables",
            labels={"table": "TRIPOD", "shows": "checklist, filled in from the run"},
        ),
        md="<results>/tripod.md",
        tripod_ai_csv="<results>/checklists/tripod_ai.csv",
        tripod_ai_md="<results>/checklists/tripod_ai.md",
        claim_csv="<results>/checklists/claim.csv",
        claim_md="<results>/checklists/claim.md",
        stard_csv="<results>/checklists/stard.csv",
        stard_md="<results>/checklists/stard.md",
    log:
        "<logs>/tripod.log",
    benchmark:
        "<benchmarks>/tripod.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/tripod.py"),
        study=STUDY,
        settings=pick(
            "cohort.sources",
            "cohort.max_diameter_cm",
            "cohort.inclusive",
            "cohort.larger_lesions",
            "split.assignment",
            "image_model.backbone",
            "image_model.size_px",
            "image_model.weights",
            "image_model.epochs",
            "image_model.learning_rate",
            "image_model.optimizer",
            "image_model.batch",
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
    script:
        "../scripts/tripod.py"


# Without a benchmark of its own, and that of the report: their times could only be an older run's.
rule run_json:
    input:
        results=RESULTS,
        manifest=[f"{PHANTOMS}/manifest.csv"] if PHANTOMS else [],
    output:
        run="<results>/run.json",
    log:
        "<logs>/run_json.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/run_json.py"),
        study=STUDY,
        settings=shown(S).plain(),
        repository=own_file("."),
    message:
        "Recording versions, hashes, hardware and times"
    script:
        "../scripts/run_json.py"


rule report_page:
    input:
        unpack(rivals_of_page),
        cohort=rules.cohort.output.cohort,
        split=rules.split.output.split,
        integrity=rules.integrity.output.integrity,
        performance=rules.performance.output.performance,
        bootstrap=rules.bootstrap.output.bootstrap,
        intervals=rules.intervals.output.intervals,
        cross_tables=rules.further_results.output.cross_tables,
        at_prevalence=rules.further_results.output.at_prevalence,
        auroc_differences=rules.further_results.output.auroc_differences,
        transfer=rules.further_results.output.transfer,
        subgroups=rules.further_results.output.subgroups,
        precision=rules.further_results.output.precision,
        calibration_summary=rules.further_results.output.calibration_summary,
        decision_curves=rules.further_results.output.decision_curves,
        comparisons=rules.comparisons.output.comparisons,
        calibration=rules.curves.output.calibration,
        roc=rules.curves.output.roc,
        choices=rules.choices.output.choices,
        gate_null=rules.gate_null.output.gate_null,
        simulated_studies=rules.simulated_studies.output.simulated_studies,
        published=PUBLISHED,
        scorecard=rules.scorecard.output.scorecard,
        audit=own_file("workflow/packages/printed_numbers/src/printed_numbers/data/findings.csv"),
        citation=own_file("CITATION.cff"),
        tripod_ai=rules.tripod.output.tripod_ai_csv,
        claim=rules.tripod.output.claim_csv,
        stard=rules.tripod.output.stard_csv,
        predictions=rules.combined_models.output.predictions,
        image_scores=rules.image_scores.output.scores,
        operating_points=rules.combined_models.output.operating_points,
        notes=rules.page_notes.output.notes,
        pictures=rules.case_pictures.output.folder,
        histories=expand(f"{IMAGE_MODEL}/history.csv", seed=SEEDS, fit=FITS),
        run=rules.run_json.output.run,
        figure1=rules.figure1.output.svg,
        figure2=rules.figure2.output.svg,
        figure3=rules.figure3.output.svg,
        specification_curve=rules.specification_curve.output.svg,
        gate_controls=rules.gate_controls.output.svg,
        templates=expand(
            own_file("workflow/packages/smallmass/src/smallmass/paper/{name}.html.j2"),
            name=["report", "tables"],
        )
        + [own_file("workflow/packages/smallmass/src/smallmass/paper/model_card.md.j2")]
        + sorted(
            map(
                str,
                Path(own_file("workflow/packages/smallmass/src/smallmass/paper/page")).iterdir(),
            )
        ),
    output:
        page=report(
            "<results>/report.html",
            caption="../report/report_page.rst",
            category="Page",
            labels={"page": "report.html", "shows": "the whole study"},
        ),
        card="<results>/model_card.md",
    log:
        "<logs>/report_page.log",
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
    params:
        code=code("workflow/scripts/report_page.py"),
        study=STUDY,
        settings=shown(S).plain(),
        # Its comments alone are read, so it is no input: editing a comment re-runs nothing.
        config=own_file("config.yaml"),
    script:
        "../scripts/report_page.py"
