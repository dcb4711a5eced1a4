"""Take over the cohort, or refuse it with everything that is wrong with it."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.cohort.findings import errors, from_table, grouped, refusal
    from smallmass.errors import UserError
    from smallmass.files import read_csv, write_bytes
    from smallmass.settings.picking import chosen

    findings = from_table(read_csv(paths_in.inspection))
    if errors(findings):
        log.debug("%s", grouped(findings, shown=None))
        raise refusal(findings, paths_in.inspection)
    if not chosen(params.settings).cohort.read_pixels:
        raise UserError(
            "cohort.read_pixels is false: the images were not checked, so nothing can be trained. "
            "Set it to true, or ask for `check` alone."
        )
    log.info("%s", grouped(findings, csv=paths_in.inspection))
    write_bytes(paths_out.cohort, Path(paths_in.candidates).read_bytes())
