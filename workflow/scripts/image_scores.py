"""Make one score an image out of the regions of all seeds and fits."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.paths import placed
    from smallmass.files import read_csv, write_csv
    from smallmass.image_model.scores import read_regions, score_all
    from smallmass.settings.picking import chosen

    image_model = chosen(params.settings).image_model
    scores = score_all(
        {
            seed: [
                read_regions(path, found=image_model.found)
                for path in paths_in.detections
                if f"/seed{seed}/" in path
            ]
            for seed in params.seeds
        },
        cohort=placed(read_csv(paths_in.cohort), params.folders),
        root="",
        image_model=image_model,
    )
    write_csv(paths_out.scores, scores)
    missing = int(scores["detection"].isna().sum())
    log.info("%d scores, %d of them 0 for want of any region", len(scores), missing)
