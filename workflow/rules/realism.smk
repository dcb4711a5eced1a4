# The phantoms beside real scans: `snakemake realism --config datasets=...` (not part of `all`).


if PHANTOMS:

    rule realism:
        input:
            tables_of_source("phantom"),
            busbra=busbra_tables(),
        output:
            page="results/realism/realism.md",
            tables=expand(
                "results/realism/{name}.csv",
                name=["pictures", "statistics", "depth", "patches", "traits"],
            ),
            figures=expand(
                "results/realism/{name}.{kind}",
                name=["speckle", "depth", "lesion_size", "contrast", "scanners"],
                kind=["svg", "png"],
            ),
        log:
            "results/realism/realism.log",
        benchmark:
            "results/realism/realism.tsv"
        conda:
            "../../envs/cpu.yaml"
        threads: 2
        resources:
            mem_mb=grows(2000),
            runtime=grows(30),
        params:
            code=code("workflow/scripts/realism.py"),
            phantoms=lambda wildcards: PHANTOMS,
            datasets=DATASETS,
            seed=S.seed,
        message:
            "Holding the phantoms of {params.phantoms} against BUS-BRA"
        script:
            "../scripts/realism.py"
