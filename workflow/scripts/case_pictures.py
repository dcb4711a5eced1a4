"""Write a small picture of every validation and test case, with its outlines, for the report."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from pathlib import Path

    from smallmass.cohort.paths import placed
    from smallmass.files import read_csv
    from smallmass.paper.case_pictures import write_pictures
    from smallmass.paper.found_pictures import write_found
    from smallmass.settings.picking import chosen

    folder = Path(paths_out.folder)
    folder.mkdir(parents=True, exist_ok=True)
    cohort = placed(read_csv(paths_in.cohort), params.folders)
    pictures = chosen(params.settings).page.pictures
    number = write_pictures(
        folder,
        predictions=read_csv(paths_in.predictions),
        cohort=cohort,
        detections=read_csv(paths_in.detections),
        scores=read_csv(paths_in.scores),
        pictures=pictures,
    )
    number += write_found(
        folder,
        integrity=read_csv(paths_in.integrity),
        cohort=cohort,
        left_out=placed(read_csv(paths_in.left_out), params.folders),
        pictures=pictures,
    )
    log.info("%d pictures", number)
