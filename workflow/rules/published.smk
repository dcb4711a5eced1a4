# What models said of each lesion of a public set, published: tables and figures without training.
# `snakemake published` needs no cohort; `python -m smallmass.published` writes such a file.

PUBLISHED_RIVALS = sorted(
    path.parent.name for path in Path(own_file("docs/published/rivals")).glob("*/study.json")
)
PUBLISHED = sorted(map(str, Path(own_file("docs/published")).glob("*.csv")))


localrules:
    published,
    published_rivals,


rule published:
    input:
        files=PUBLISHED or no_published,
        rivals=expand("results/published/rivals/{name}/rivals.csv", name=PUBLISHED_RIVALS),
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


rule published_rivals:
    input:
        lambda wildcards: sorted(
            map(str, Path(own_file(f"docs/published/rivals/{wildcards.name}")).iterdir())
        ),
    output:
        table="results/published/rivals/{name}/rivals.csv",
        csv="results/published/rivals/{name}/table.csv",
        md="results/published/rivals/{name}/table.md",
        tex="results/published/rivals/{name}/table.tex",
        svg="results/published/rivals/{name}/figure.svg",
        png="results/published/rivals/{name}/figure.png",
    log:
        "results/published/logs/rivals_{name}.log",
    benchmark:
        "results/published/benchmarks/rivals_{name}.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/published_rivals.py"),
        folder=lambda wildcards: own_file(f"docs/published/rivals/{wildcards.name}"),
    message:
        "Rivals of study {wildcards.name}, of published predictions"
    script:
        "../scripts/published_rivals.py"
