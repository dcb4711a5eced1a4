"""Refuse a start that was taught by images on which this study's scores rest."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.errors import UserError
    from smallmass.files import read_csv, write_json
    from smallmass.settings.picking import chosen
    from smallmass.start.overlap import overlaps
    from smallmass.start.taught import read

    taught = read(params.start_files["weights"])
    problems = overlaps(
        params.start["name"],
        taught,
        cohort=read_csv(paths_in.cohort),
        split=read_csv(paths_in.split),
        images=paths_in.images,
        transforms=read_csv(paths_in.transforms),
        out_of_fold=chosen(params.settings).image_model.folds > 0,
    )
    if problems:
        raise UserError(problems)
    write_json(paths_out.record, {**params.start, "taught_by": len(taught.sha256)})
    log.info("%s: none of its %d images is judged here", params.start["name"], len(taught.sha256))
