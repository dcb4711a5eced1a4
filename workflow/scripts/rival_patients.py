"""Write how many test patients would show the paper's gain: rivals/patients_needed.csv."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.files import read_csv, write_csv
    from smallmass.rivals.patients_needed import patients_needed
    from smallmass.rivals.rival import read_part
    from smallmass.settings.picking import chosen

    table = patients_needed(
        [
            read_part(scores=scores, record=record)
            for scores, record in zip(paths_in.scores, paths_in.records, strict=True)
        ],
        predictions=read_csv(paths_in.predictions),
        cohort=read_csv(paths_in.cohort),
        settings=chosen(params.settings),
    )
    write_csv(paths_out.needed, table)
    log.info("%d rows", len(table))
