"""Write plain features of every outline, predicted and true: rivals/features.csv."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.paths import placed
    from smallmass.files import read_csv, write_csv
    from smallmass.rivals.features import feature_table, read_outlines

    table = feature_table(
        placed(read_csv(paths_in.cohort), params.folders),
        read_csv(paths_in.scores),
        {
            seed: [read_outlines(path) for path in paths_in.detections if f"/seed{seed}/" in path]
            for seed in params.seeds
        },
    )
    write_csv(paths_out.features, table)
    log.info("%d outlines: %s", len(table), dict(table["outline"].value_counts()))
