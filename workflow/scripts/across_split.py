"""Say which lesions one of the models across sets learns from, and on which it is tested."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.across.train_sets import split_of, train_sets
    from smallmass.files import read_csv, write_csv

    wanted = snakemake.wildcards.train
    (train,) = (each for each in train_sets(params.cohorts) if each.name == wanted)
    split = read_csv(paths_in.split)
    own = split_of(train, read_csv(paths_in.cohort), split)
    write_csv(paths_out.split, own)
    log.info(
        "%s: %s; %d lesions left out, of patients or copies seen in training",
        train.printed,
        ", ".join(f"{count} {part}" for part, count in own["split"].value_counts().items()),
        len(split) - len(own),
    )
