"""Read the cohort from its source, check everything, and stop if anything is wrong."""

from common import job

with job(snakemake) as (_, paths_out, params, log):
    from smallmass.cohort.build import build_cohort
    from smallmass.cohort.findings import errors, grouped, to_table
    from smallmass.cohort.parallel import logged
    from smallmass.errors import UserError
    from smallmass.files import write_csv

    cases, findings = build_cohort(
        params.settings,
        params.root,
        params.datasets,
        workers=snakemake.threads,
        progress=logged(log, "images checked"),
    )
    wrong = errors(findings)
    if wrong:
        raise UserError(finding.line() for finding in wrong)
    log.info("%s", grouped(findings))
    write_csv(paths_out.cohort, cases)
    write_csv(paths_out.integrity, to_table(findings))
    log.info("%d cases", len(cases))
