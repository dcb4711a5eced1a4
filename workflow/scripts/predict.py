"""Say what the models make of the new images; for `snakemake predict`."""

from pathlib import Path

from common import job

with job(snakemake) as (paths_in, _, params, log):
    from smallmass.cohort.dicom import PAGES
    from smallmass.cohort.findings import from_table, grouped
    from smallmass.files import read_csv
    from smallmass.prediction.dicom import unsigned

    folder = Path(params.folder)
    predictions = read_csv(folder / "predictions.csv")
    findings = from_table(read_csv(paths_in.problems))
    if findings:
        log.info("%s", grouped(findings, csv=paths_in.problems))
    for model in ("image", "regression", "tree"):
        calls = predictions[f"{model}_call"]
        malignant, benign, uncalled = (calls == 1).sum(), (calls == 0).sum(), calls.isna().sum()
        log.info(
            "%s model: %d malignant, %d benign, %d without a call",
            model,
            malignant,
            benign,
            uncalled,
        )
    if unlike := int((predictions["unlike"] == 1).sum()):
        log.warning(
            "%d of %d images are unlike those that taught the model: see the column note",
            unlike,
            len(predictions),
        )
    log.info("%d cases in %s", len(predictions), folder / "predictions.csv")
    if digest := unsigned(folder / "import", params.signed_off):
        log.warning(
            "no picture was drawn: no program finds all text in an image. Look at every page in "
            "%s. If none shows a name, a date or a number of a patient, set cohort: {dicom: "
            "{signed_off: %s}} for this call; if one does, cover it with cohort.dicom.mask",
            folder / "import" / PAGES,
            digest,
        )
    else:
        log.info("pictures in %s", folder / "overlays")
    log.info("Sorted by score, with the warnings: %s", Path(paths_in.page).resolve().as_uri())
    log.info("%s", predictions["use"].iloc[0].upper())
