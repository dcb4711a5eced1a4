"""List everything that was found in the cohort, with what its split would lack."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.findings import from_table, to_table
    from smallmass.cohort.split import check_split
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    findings = from_table(read_csv(paths_in.inspection))
    findings += check_split(read_csv(paths_in.candidates), chosen(params.settings))
    write_csv(paths_out.integrity, to_table(findings))
