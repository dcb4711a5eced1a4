"""A hospital's DICOM files through Snakemake: import, refusal, sign-off; nothing leaks."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from dicom_files import dataset, region, write
from dicom_hospital import leaks, screen, secrets_of
from smallmass.files import read_csv, read_json


@pytest.mark.slow
def test_from_a_folder_to_a_signed_cohort(working_copy, snakemake, tmp_path):
    folder, root = working_copy("dicom"), tmp_path / "pacs"
    rows = ["image,label"]
    for number in range(40):
        name = f"Zwetschkenbaum {number:02d}.dcm"
        rows.append(f"{name},{'benign' if number % 2 else 'malignant'}")
        tags = {"PatientID": f"PID-{number:04d}-Q"}
        if number == 3:
            tags["BurnedInAnnotation"] = "YES"
        bounds = region(20, 30, 99, 129)
        pixels = screen(number)
        write(root / name, dataset(pixels, SequenceOfUltrasoundRegions=[bounds], **tags))
        outline = np.zeros(pixels.shape, dtype=np.uint8)
        outline[40:70, 50:90] = 255
        (root / "masks").mkdir(exist_ok=True)
        Image.fromarray(outline).save(root / "masks" / f"{Path(name).stem}.png")
    (root / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    salt = tmp_path / "home" / "salt"
    cohort = {"sources": {"dicom": "dealt"}, "root": str(root), "dicom": {"salt_file": str(salt)}}
    mine = folder / "mine.yaml"

    def run(*targets):
        # As docs/own-patients.md says; a file's `studies` would add to the preset's sources.
        mine.write_text(yaml.safe_dump({"override": {"cohort": cohort}}), encoding="utf-8")
        options = ("--cores", "2", "--configfile", str(mine), "--config", "study=own")
        return snakemake(folder, *targets, *options)

    refused = run("check")
    assert refused.returncode == 1
    signed = read_json(folder / "results/own/import/import.json")["sha256"]
    assert f"cohort: {{dicom: {{signed_off: {signed}}}}}" in refused.stdout
    assert not (folder / "results/own/cohort/cohort.csv").exists()
    sheet = folder / "results/own/import/contact_sheet/page_001.png"
    before = sheet.stat().st_mtime_ns

    cohort["dicom"]["signed_off"] = signed
    wanted = [f"results/own/cohort/{name}.csv" for name in ("split", "transforms")]
    accepted = run("check", *wanted)
    assert accepted.returncode == 0, accepted.stdout
    assert sheet.stat().st_mtime_ns == before, "signing off must not import anew"
    cases = read_csv(folder / "results/own/cohort/cohort.csv")
    assert len(cases) == cases["patient_id"].nunique() == 40
    assert "Nothing to be done" in run(*wanted).stdout

    (folder / "results" / "said.txt").write_text(refused.stdout + accepted.stdout)
    secrets = secrets_of(root)
    assert leaks([root], secrets)
    assert leaks([folder / "results", folder / ".snakemake"], secrets) == []

    write(root / "Zwetschkenbaum 00.dcm", dataset(screen(99), PatientID="PID-0000-Q"))
    changed = run("check")
    assert changed.returncode == 1 and "not those that were signed off" in changed.stdout
