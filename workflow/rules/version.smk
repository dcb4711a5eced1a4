# The trained models of a study, apart from its results and under DVC: snakemake version.


localrules:
    version,


# Without an output: Snakemake would delete the models before it collects them anew.
rule version:
    input:
        models=model_inputs(),
    log:
        "<logs>/version.log",
    conda:
        "../../envs/cpu.yaml"
    resources:
        runtime=grows(30),
    params:
        code=code("workflow/scripts/version.py"),
        study=STUDY,
        settings=S.plain(),
        results=lambda wildcards: R,
        folder=f"{MODELS}/{STUDY}",
        pointer=f"{MODELS}/{STUDY}.dvc",
    message:
        "Recording the trained models of study {STUDY} in {params.pointer}"
    script:
        "../scripts/version.py"
