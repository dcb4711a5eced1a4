"""Write what is known of the models beyond Table 2: prevalences, subgroups, transfer, and more."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.further import further_results
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    tables = further_results(
        predictions=read_csv(paths_in.predictions),
        scores=read_csv(paths_in.scores),
        cohort=read_csv(paths_in.cohort),
        performance=read_csv(paths_in.performance),
        settings=chosen(params.settings),
    )
    for name, table in tables.items():
        write_csv(paths_out[name], table)
    log.info("%s", "; ".join(f"{name} {len(table)} rows" for name, table in tables.items()))
