# What models said of each lesion of a public set, published: tables and figures without training.
# `snakemake published` needs no cohort; `python -m smallmass.published` writes such a file.

PUBLISHED_RIVALS = sorted(
    path.parent.name for path in Path(own_file("docs/published/rivals")).glob("*/study.json")
)
PUBLISHED_ANEW = {
    part: sorted(
        path.parent.name
        for path in Path(own_file("docs/published/rivals")).glob(f"*/{part}_cases.csv")
    )
    for part in ("scanners", "learning")
}
PUBLISHED = sorted(map(str, Path(own_file("docs/published")).glob("*.csv")))


localrules:
    published,
    published_rivals,
    published_scanners,
    published_learning,


rule published:
    input:
        files=PUBLISHED or no_published,
        rivals=expand("results/published/rivals/{name}/rivals.csv", name=PUBLISHED_RIVALS),
        anew=[
            f"results/published/rivals/{name}/{part}/table.md"
            for part, names in PUBLISHED_ANEW.items()
            for name in names
        ],
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


rule published_scanners:
    input:
        cases=own_file("docs/published/rivals/{name}/scanners_cases.csv"),
        record=own_file("docs/published/rivals/{name}/study.json"),
    output:
        numbers="results/published/rivals/{name}/scanners/numbers.csv",
        differ="results/published/rivals/{name}/scanners/heterogeneity.csv",
        csv="results/published/rivals/{name}/scanners/table.csv",
        md="results/published/rivals/{name}/scanners/table.md",
        tex="results/published/rivals/{name}/scanners/table.tex",
    log:
        "results/published/logs/scanners_{name}.log",
    benchmark:
        "results/published/benchmarks/scanners_{name}.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/published_scanners.py"),
        folder=lambda wildcards: own_file(f"docs/published/rivals/{wildcards.name}"),
    message:
        "Scanners that models of study {wildcards.name} never saw, of published predictions"
    script:
        "../scripts/published_scanners.py"


rule published_learning:
    input:
        cases=own_file("docs/published/rivals/{name}/learning_cases.csv"),
        record=own_file("docs/published/rivals/{name}/study.json"),
    output:
        numbers="results/published/rivals/{name}/learning/numbers.csv",
        csv="results/published/rivals/{name}/learning/table.csv",
        md="results/published/rivals/{name}/learning/table.md",
        tex="results/published/rivals/{name}/learning/table.tex",
        svg="results/published/rivals/{name}/learning/figure.svg",
        png="results/published/rivals/{name}/learning/figure.png",
    log:
        "results/published/logs/learning_{name}.log",
    benchmark:
        "results/published/benchmarks/learning_{name}.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/published_learning.py"),
        folder=lambda wildcards: own_file(f"docs/published/rivals/{wildcards.name}"),
    message:
        "The learning curve of study {wildcards.name}, of published predictions"
    script:
        "../scripts/published_learning.py"
