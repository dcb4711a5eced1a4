"""Show everything that was found in the cohort, grouped; for `snakemake check`."""

from common import job

with job(snakemake) as (paths_in, _, params, log):
    from smallmass.cohort.findings import counted, errors, from_table, grouped, refusal
    from smallmass.files import read_csv
    from smallmass.image_model.expectations import expected
    from smallmass.settings.picking import chosen

    findings = from_table(read_csv(paths_in.integrity))
    if paths_in.page:
        log.info("Images with their outlines, and what was found: %s", paths_in.page)
    if errors(findings):
        log.debug("%s", grouped(findings, shown=None))
        raise refusal(findings, paths_in.integrity)
    log.info("%s", grouped(findings, csv=paths_in.integrity))
    candidates = read_csv(paths_in.candidates)
    log.info("%s", counted(candidates))
    if words := expected(candidates, chosen(params.settings)):
        log.info("%s", words)
    log.info("Nothing must be put right.")
