"""Fit logistic regressions on plain features of outlines, and read the test cases with them."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv
    from smallmass.rivals.plain import plain_part
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen

    part = plain_part(
        read_csv(paths_in.features),
        read_csv(paths_in.predictions),
        chosen(params.settings).operating_point,
    )
    write_part(part, scores=paths_out.scores, record=paths_out.record)
    for text in (*(rival.reads for rival in part.rivals), *part.left_out):
        log.info("%s", text)
