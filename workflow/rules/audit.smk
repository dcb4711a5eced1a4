# The audit of the paper's printed numbers: needs no cohort and nothing that was trained.

AUDIT = own_file("workflow/packages/printed_numbers/src/printed_numbers")


localrules:
    audit,


rule audit:
    input:
        numbers=f"{AUDIT}/data/published_numbers.csv",
        relations=f"{AUDIT}/data/relations.yaml",
        template=f"{AUDIT}/audit.html.j2",
    output:
        numbers="results/audit/published_numbers.csv",
        findings="results/audit/findings.csv",
        page="results/audit/audit.html",
    log:
        "results/audit/logs/audit.log",
    benchmark:
        "results/audit/benchmarks/audit.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/audit.py"),
    script:
        "../scripts/audit.py"
