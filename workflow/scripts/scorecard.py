"""Write the paper's claims beside this run's results."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.published import Published
    from smallmass.evaluation.scorecard import scorecard
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    table = scorecard(
        performance=read_csv(paths_in.performance),
        comparisons=read_csv(paths_in.comparisons),
        gate_null=read_csv(paths_in.gate_null),
        published=Published(read_csv(paths_in.published)),
        settings=chosen(params.settings),
    )
    write_csv(paths_out.scorecard, table)
    log.info(
        "%s", "; ".join(f"{n} {verdict}" for verdict, n in table["verdict"].value_counts().items())
    )
