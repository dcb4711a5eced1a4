"""Write the ROC curves and the calibration curves."""

from common import job

with job(snakemake) as (paths_in, paths_out, params, log):
    from smallmass.evaluation.curves import calibration, roc
    from smallmass.files import read_csv, write_csv

    predictions, cohort = read_csv(paths_in.predictions), read_csv(paths_in.cohort)
    points = roc(predictions, cohort, params.settings)
    bins = calibration(predictions, cohort, params.settings)
    write_csv(paths_out.roc, points)
    write_csv(paths_out.calibration, bins)
    log.info("%d points, %d bins", len(points), len(bins))
