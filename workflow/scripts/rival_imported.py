"""Take other models' predictions as rivals: rivals/imported.csv, and how well they outline."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.paths import placed
    from smallmass.files import read_csv, write_csv
    from smallmass.rivals.imported import imported_part
    from smallmass.rivals.outlines import outline_table
    from smallmass.rivals.rival import write_part
    from smallmass.settings.picking import chosen

    settings = chosen(params.settings)
    cohort, predictions = read_csv(paths_in.cohort), read_csv(paths_in.predictions)
    part, localised = imported_part(
        params.folder,
        placed(cohort, params.folders),
        read_csv(paths_in.transforms),
        predictions,
        settings.operating_point,
        settings.image_model.found,
    )
    outlines = outline_table(
        localised,
        read_csv(paths_in.scores),
        predictions=predictions,
        cohort=cohort,
        limits=settings.cohort,
        confidence=settings.evaluation.confidence,
    )
    write_csv(paths_out.outlines, outlines)
    write_part(part, scores=paths_out.part, record=paths_out.record)
    for rival in part.rivals:
        log.info("%s: %s", rival.printed, rival.reads)
