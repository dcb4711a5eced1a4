# What models said of each lesion of a public set, published: tables and figures without training.
# `snakemake published` needs no cohort; `python -m smallmass.published` writes such a file.

PUBLISHED = sorted(map(str, Path(own_file("docs/published")).glob("*.csv")))


localrules:
    published,


rule published:
    input:
        files=PUBLISHED or no_published,
    output:
        numbers="results/published/published.csv",
        csv="results/published/table.csv",
        md="results/published/table.md",
        tex="results/published/table.tex",
        svg="results/published/figure.svg",
        png="results/published/figure.png",
    log:
        "results/published/logs/published.log",
    benchmark:
        "results/published/benchmarks/published.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/published.py"),
        settings=pick("cohort.max_diameter_cm", "cohort.inclusive", "evaluation.confidence"),
    message:
        "Tables and figures of {input.files}"
    script:
        "../scripts/published.py"
