"""List everything that was found in the cohort, with what its split would lack."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.findings import from_table, to_table
    from smallmass.cohort.split import check_split
    from smallmass.files import read_csv, write_csv

    findings = from_table(read_csv(paths_in.inspection))
    cases = read_csv(paths_in.candidates)
    settings = params.settings
    findings += check_split(
        cases,
        settings["split"],
        settings["image_model"]["folds"],
        settings["seed"],
        cross_fitting=settings["cross_fitting"],
    )
    write_csv(paths_out.integrity, to_table(findings))
