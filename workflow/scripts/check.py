"""Show everything that was found in the cohort, grouped; for `snakemake check`."""

from common import job

with job(snakemake) as (paths_in, _, params, log):
    from smallmass.cohort.findings import counted, errors, from_table, grouped, refusal
    from smallmass.cohort.split import make_split
    from smallmass.files import read_csv
    from smallmass.image_model.expectations import expectation
    from smallmass.paper.page_notes import is_simulated
    from smallmass.settings.picking import chosen
    from smallmass.start.kinds import PHANTOMS
    from smallmass.words import Split

    findings = from_table(read_csv(paths_in.integrity))
    if paths_in.page:
        log.info("Images with their outlines, and what was found: %s", paths_in.page)
    if errors(findings):
        log.debug("%s", grouped(findings, shown=None))
        raise refusal(findings, paths_in.integrity)
    log.info("%s", grouped(findings, csv=paths_in.integrity))
    candidates = read_csv(paths_in.candidates)
    log.info("%s", counted(candidates))
    settings = chosen(params.settings)
    if settings.image_model.weights == PHANTOMS and not is_simulated(candidates["cohort"]):
        split = make_split(candidates, settings)
        log.info("%s", expectation(int((split["split"] == Split.TRAINING).sum())))
    log.info("Nothing must be put right.")
