"""Write the cohort in the layout of COCO."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.paths import placed
    from smallmass.exchange.cases import read_all
    from smallmass.exchange.coco import export
    from smallmass.files import read_csv

    cases = read_all(placed(read_csv(paths_in.cohort), params.folders), read_csv(paths_in.split))
    counts = export(cases, paths_out.folder)
    log.info("%s: %s", paths_out.folder, counts)
