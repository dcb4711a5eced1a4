"""Read new images with all models of a study; write scores, regions and pictures."""

from pathlib import Path

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.cohort.findings import errors, from_table
    from smallmass.counts import number_of
    from smallmass.errors import UserError
    from smallmass.files import read_csv, write_csv, write_json
    from smallmass.prediction.dicom import pictures_of, unsigned
    from smallmass.prediction.overlay import draw_overlays
    from smallmass.prediction.scores import predict, read_images
    from smallmass.trained_models import open_models

    wrong = errors(from_table(read_csv(paths_in.problems)))
    if wrong:
        raise UserError(
            f"{number_of(len(wrong), 'problem')} of the new images must be put right first; nothing"
            f" was read. See below, and {paths_in.problems}"
        )
    models = open_models(Path(params.models), params.study)
    models.verify(models.names)
    cases = read_csv(paths_in.cases)
    root = pictures_of(Path(params.folder), Path(paths_in.imported))
    read = read_images(models, cases, root, log=log, workers=snakemake.threads)
    detections, scores, likeness = read
    predictions = predict(models, cases, scores, likeness)
    overlays = Path(paths_out.overlays)
    overlays.mkdir(parents=True, exist_ok=True)
    if not unsigned(Path(paths_in.imported), params.signed_off):
        draw_overlays(
            predictions=predictions,
            cases=cases,
            detections=detections,
            scores=scores,
            models=models,
            root=root,
            folder=overlays,
        )
    write_csv(paths_out.detections, detections)
    write_json(paths_out.models, models.record())
    write_csv(paths_out.predictions, predictions)
