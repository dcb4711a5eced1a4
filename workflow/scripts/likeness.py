"""Describe what the images are like that teach the image model."""

from common import job

with job(snakemake) as (paths_in, paths_out, _, log):
    from smallmass.files import read_csv, write_json
    from smallmass.image_model.likeness import describe, measure

    split, cohort = read_csv(paths_in.split), read_csv(paths_in.cohort)
    training = split.loc[split["split"] == "training", ["case_id"]]
    cases = training.merge(cohort, on="case_id", validate="1:1")
    numbers = measure(cases, paths_in.images, read_csv(paths_in.transforms), snakemake.threads)
    likeness = describe(cases, numbers)
    write_json(paths_out.likeness, likeness.plain())
    log.info(
        "%d images: of others like them, %.1f in 100 lie beyond a distance of %.2f",
        likeness.images,
        100 * likeness.beyond,
        likeness.limit,
    )
