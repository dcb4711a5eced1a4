# Results in pictures: Figures 1-3 in the paper's layout, the specification curve, the gate's controls.


localrules:
    figure1,
    figure2,
    figure3,
    specification_curve,
    gate_controls,


rule figure1:
    input:
        cohort=f"{R}/cohort/cohort.csv",
        split=f"{R}/cohort/split.csv",
        transforms=f"{R}/cohort/transforms.csv",
        images=f"{R}/cohort/images",
        masks=f"{R}/cohort/masks",
    output:
        svg=report(
            f"{R}/figures/figure1_architecture.svg",
            caption="../report/figure1.rst",
            category="Figures",
            labels={"figure": "1", "shows": "architecture"},
        ),
        png=f"{R}/figures/figure1_architecture.png",
    log:
        f"{R}/logs/figure1.log",
    benchmark:
        f"{R}/benchmarks/figure1.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/figure1.py"),
        study=STUDY,
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
    message:
        "Drawing Figure 1, the architecture"
    script:
        "../scripts/figure1.py"


rule figure2:
    input:
        roc=f"{R}/evaluation/roc.csv",
        performance=f"{R}/evaluation/performance.csv",
        cohort=f"{R}/cohort/cohort.csv",
    output:
        svg=report(
            f"{R}/figures/figure2_roc.svg",
            caption="../report/figure2.rst",
            category="Figures",
            labels={"figure": "2", "shows": "ROC curves"},
        ),
        png=f"{R}/figures/figure2_roc.png",
    log:
        f"{R}/logs/figure2.log",
    benchmark:
        f"{R}/benchmarks/figure2.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(1000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/figure2.py"),
        study=STUDY,
        settings=pick("image_model.weights"),
    message:
        "Drawing Figure 2, the ROC curves"
    script:
        "../scripts/figure2.py"


rule figure3:
    input:
        predictions=f"{R}/predictions.csv",
        cohort=f"{R}/cohort/cohort.csv",
        detections=f"{R}/image_model/seed0/full/detections.csv",
        scores=f"{R}/image_model/scores.csv",
        operating_points=f"{R}/operating_points.json",
    output:
        svg=report(
            f"{R}/figures/figure3_cases.svg",
            caption="../report/figure3.rst",
            category="Figures",
            labels={"figure": "3", "shows": "representative cases"},
        ),
        png=f"{R}/figures/figure3_cases.png",
    log:
        f"{R}/logs/figure3.log",
    benchmark:
        f"{R}/benchmarks/figure3.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/figure3.py"),
        study=STUDY,
        root=lambda wildcards: ROOT,
        settings=pick("cohort.max_diameter_cm", "cohort.inclusive", "image_model.weights"),
    message:
        "Drawing Figure 3, representative cases"
    script:
        "../scripts/figure3.py"


rule specification_curve:
    input:
        choices=f"{R}/evaluation/choices.csv",
        published=PUBLISHED,
        cohort=f"{R}/cohort/cohort.csv",
    output:
        svg=report(
            f"{R}/figures/specification_curve.svg",
            caption="../report/specification_curve.rst",
            category="Figures",
            labels={"figure": "choices", "shows": "every combination of choices"},
        ),
        png=f"{R}/figures/specification_curve.png",
    log:
        f"{R}/logs/specification_curve.log",
    benchmark:
        f"{R}/benchmarks/specification_curve.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/specification_curve.py"),
        study=STUDY,
        settings=pick("image_model.weights", "evaluation.mcnemar"),
    message:
        "Drawing what every combination of choices gives"
    script:
        "../scripts/specification_curve.py"


rule gate_controls:
    input:
        gate_null=f"{R}/evaluation/gate_null.csv",
        performance=f"{R}/evaluation/performance.csv",
        cohort=f"{R}/cohort/cohort.csv",
    output:
        svg=report(
            f"{R}/figures/gate_controls.svg",
            caption="../report/gate_controls.rst",
            category="Figures",
            labels={"figure": "gate", "shows": "the gate's controls"},
        ),
        png=f"{R}/figures/gate_controls.png",
    log:
        f"{R}/logs/gate_controls.log",
    benchmark:
        f"{R}/benchmarks/gate_controls.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=grows(2000),
        runtime=grows(10),
    params:
        code=code("workflow/scripts/gate_controls.py"),
        study=STUDY,
        settings=pick("image_model.weights"),
    message:
        "Drawing the gate's two controls"
    script:
        "../scripts/gate_controls.py"
