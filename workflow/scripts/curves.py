"""Write the ROC curves and the calibration curves."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.curves import calibration, roc
    from smallmass.files import read_csv, write_csv
    from smallmass.settings.picking import chosen

    run = {
        "predictions": read_csv(paths_in.predictions),
        "cohort": read_csv(paths_in.cohort),
        "settings": chosen(params.settings),
    }
    points, bins = roc(**run), calibration(**run)
    write_csv(paths_out.roc, points)
    write_csv(paths_out.calibration, bins)
    log.info("%d points, %d bins", len(points), len(bins))
