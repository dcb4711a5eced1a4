"""Write how often the paper's P values come out as printed, from its printed margins alone."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.published import Published
    from smallmass.evaluation.simulated_studies import simulated_studies
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    draws = settings.evaluation.drawn_studies
    table = simulated_studies(Published(read_csv(paths_in.published)), draws, settings.seed)
    write_csv(paths_out.simulated_studies, table)
    log.info("%d studies of each structure", draws)
