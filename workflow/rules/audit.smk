# The audit of the paper's printed numbers: needs no cohort and nothing that was trained.
# Another paper: snakemake audit --config paper=FOLDER, which writes templates into an empty one.

AUDIT = own_file("workflow/packages/printed_numbers/src/printed_numbers")
AUDITED = f"results/audit/{study.paper.resolve().name}" if study.paper else "results/audit"


localrules:
    audit,


rule audit:
    input:
        unpack(paper_files),
        template=f"{AUDIT}/audit.html.j2",
    output:
        numbers=f"{AUDITED}/published_numbers.csv",
        findings=f"{AUDITED}/findings.csv",
        page=f"{AUDITED}/audit.html",
    log:
        f"{AUDITED}/logs/audit.log",
    benchmark:
        f"{AUDITED}/benchmarks/audit.tsv"
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/audit.py"),
    script:
        "../scripts/audit.py"
