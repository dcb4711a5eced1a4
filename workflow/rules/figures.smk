# Results in pictures: Figures 1-3 in the paper's layout, the specification curve, the gate's controls.


localrules:
    page_notes,
    figure1,
    figure2,
    figure3,
    specification_curve,
    gate_controls,


# What every table and figure must say of the cohort and the models.
rule page_notes:
    input:
        cohort=rules.cohort.output.cohort,
    output:
        notes="<results>/notes.json",
    log:
        "<logs>/page_notes.log",
    benchmark:
        "<benchmarks>/page_notes.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/page_notes.py"),
        study=STUDY,
        settings=pick(
            "image_model.weights", "clinical_model.factors", "combined_model.inputs", CROSS
        ),
    script:
        "../scripts/page_notes.py"


rule figure1:
    input:
        cohort=rules.cohort.output.cohort,
        notes=rules.page_notes.output.notes,
        split=rules.split.output.split,
        transforms=rules.prepare.output.transforms,
        images=rules.prepare.output.images,
        masks=rules.prepare.output.masks,
    output:
        svg=report(
            "<results>/figures/figure1_architecture.svg",
            caption="../report/figure1.rst",
            category="Figures",
            labels={"figure": "1", "shows": "architecture"},
        ),
        png="<results>/figures/figure1_architecture.png",
    log:
        "<logs>/figure1.log",
    benchmark:
        "<benchmarks>/figure1.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/figure1.py"),
        settings=pick(
            "cohort.resize",
            "image_model.backbone",
            "image_model.size_px",
            "image_model.weights",
            "image_model.region_score",
            "image_model.image_score",
            "clinical_model.factors",
            "clinical_model.hidden",
            "clinical_model.architecture",
            "operating_point.chosen_on",
            "combined_model.inputs",
            "combined_model.applied_to",
            "combined_model.tree_max_depth",
            "cross_fitting.cohort",
        ),
    script:
        "../scripts/figure1.py"


rule figure2:
    input:
        roc=rules.curves.output.roc,
        performance=rules.performance.output.performance,
        notes=rules.page_notes.output.notes,
    output:
        svg=report(
            "<results>/figures/figure2_roc.svg",
            caption="../report/figure2.rst",
            category="Figures",
            labels={"figure": "2", "shows": "ROC curves"},
        ),
        png="<results>/figures/figure2_roc.png",
    log:
        "<logs>/figure2.log",
    benchmark:
        "<benchmarks>/figure2.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/figure2.py"),
    script:
        "../scripts/figure2.py"


rule figure3:
    input:
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        notes=rules.page_notes.output.notes,
        detections="<results>/image_model/seed0/full/detections.csv",
        scores=rules.image_scores.output.scores,
        operating_points=rules.combined_models.output.operating_points,
    output:
        svg=report(
            "<results>/figures/figure3_cases.svg",
            caption="../report/figure3.rst",
            category="Figures",
            labels={"figure": "3", "shows": "representative cases"},
        ),
        png="<results>/figures/figure3_cases.png",
    log:
        "<logs>/figure3.log",
    benchmark:
        "<benchmarks>/figure3.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
    params:
        code=code("workflow/scripts/figure3.py"),
        folders=lambda wildcards: FOLDERS,
        settings=pick("cohort.max_diameter_cm", "cohort.inclusive"),
    script:
        "../scripts/figure3.py"


# Of every validation and test case, for the report's case browser; of those that were left out and
# of copies, for its flow.
rule case_pictures:
    input:
        integrity=rules.integrity.output.integrity,
        left_out=rules.inspect.output.left_out,
        predictions=rules.combined_models.output.predictions,
        cohort=rules.cohort.output.cohort,
        detections="<results>/image_model/seed0/full/detections.csv",
        scores=rules.image_scores.output.scores,
    output:
        folder=directory("<results>/cases"),
    log:
        "<logs>/case_pictures.log",
    benchmark:
        "<benchmarks>/case_pictures.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
    params:
        code=code("workflow/scripts/case_pictures.py"),
        folders=lambda wildcards: FOLDERS,
        settings=pick("page.pictures"),
    message:
        "Making small pictures of the cases for the report"
    script:
        "../scripts/case_pictures.py"


rule specification_curve:
    input:
        choices=rules.choices.output.choices,
        published=PUBLISHED,
        notes=rules.page_notes.output.notes,
    output:
        svg=report(
            "<results>/figures/specification_curve.svg",
            caption="../report/specification_curve.rst",
            category="Figures",
            labels={"figure": "choices", "shows": "every combination of choices"},
        ),
        png="<results>/figures/specification_curve.png",
    log:
        "<logs>/specification_curve.log",
    benchmark:
        "<benchmarks>/specification_curve.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
    params:
        code=code("workflow/scripts/specification_curve.py"),
        settings=pick("evaluation.mcnemar"),
    script:
        "../scripts/specification_curve.py"


rule gate_controls:
    input:
        gate_null=rules.gate_null.output.gate_null,
        performance=rules.performance.output.performance,
        notes=rules.page_notes.output.notes,
    output:
        svg=report(
            "<results>/figures/gate_controls.svg",
            caption="../report/gate_controls.rst",
            category="Figures",
            labels={"figure": "gate", "shows": "the gate's controls"},
        ),
        png="<results>/figures/gate_controls.png",
    log:
        "<logs>/gate_controls.log",
    benchmark:
        "<benchmarks>/gate_controls.tsv"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grows(2000),
    params:
        code=code("workflow/scripts/gate_controls.py"),
    script:
        "../scripts/gate_controls.py"
