"""Show what was found in the cohort, grouped; for `snakemake check`."""

from common import job

with job(snakemake) as (paths_in, _, params, log):
    from smallmass.cohort.findings import from_table, grouped
    from smallmass.files import read_csv

    findings = from_table(read_csv(paths_in.integrity))
    cases = read_csv(paths_in.cohort)
    counts = cases["label"].value_counts().sort_index()
    log.info("%s", grouped(findings))
    log.info(
        "%d cases of %d patients: %s",
        len(cases),
        cases["patient_id"].nunique(),
        ", ".join(f"{count} {label}" for label, count in counts.items()),
    )
