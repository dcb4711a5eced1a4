# Patients and images: the phantoms and their version, the cohort and its integrity, the split,
# the resized images and target masks.

POINTER = Path(workflow.basedir, "data.dvc")

# data.dvc names the published phantoms; phantoms of another size or seed have another root.
DATA_VERSION = [f"{R}/data_version.json"] if PHANTOMS and ROOT == "data" else []


localrules:
    data_version,


rule phantoms:
    input:
        code=code("workflow/scripts/phantoms.py"),
    output:
        table=f"{S['cohort']['root']}/cohort.csv",
        manifest=f"{S['cohort']['root']}/manifest.csv",
        images=directory(f"{S['cohort']['root']}/images"),
        outlines=directory(f"{S['cohort']['root']}/outlines"),
    log:
        f"{R}/logs/phantoms.log",
    benchmark:
        f"{R}/benchmarks/phantoms.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        n=S["cohort"]["n"],
        image_px=S["cohort"]["image_px"],
        seed=S["seed"],
    message:
        "Making {params.n} phantoms"
    script:
        "../scripts/phantoms.py"


rule data_version:
    input:
        tables_of_source() if PHANTOMS else [],
        pointer=[POINTER] if POINTER.exists() else [],
        code=code("workflow/scripts/data_version.py"),
    output:
        version=f"{R}/data_version.json",
    log:
        f"{R}/logs/data_version.log",
    benchmark:
        f"{R}/benchmarks/data_version.tsv"
    # Wrong phantoms are to be refused before anything is trained on them.
    priority: 50
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        root=lambda wildcards: ROOT,
        pointer=POINTER,
    message:
        "Comparing {params.root} with data.dvc"
    script:
        "../scripts/data_version.py"


rule cohort:
    input:
        tables_of_source(),
        code=code("workflow/scripts/cohort.py"),
    output:
        cohort=f"{R}/cohort/cohort.csv",
        integrity=f"{R}/cohort/integrity.csv",
    log:
        f"{R}/logs/cohort.log",
    benchmark:
        f"{R}/benchmarks/cohort.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        settings={name: S["cohort"][name] for name in ("source", "max_diameter_cm", "inclusive")},
        root=lambda wildcards: ROOT,
        datasets=DATASETS,
    message:
        f"Reading and checking the cohort of study {STUDY}"
    script:
        "../scripts/cohort.py"


rule split:
    input:
        cohort=rules.cohort.output.cohort,
        code=code("workflow/scripts/split.py"),
    output:
        split=f"{R}/cohort/split.csv",
        folds=f"{R}/cohort/folds.csv",
    log:
        f"{R}/logs/split.log",
    benchmark:
        f"{R}/benchmarks/split.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=S["split"],
        folds=S["image_model"]["folds"],
        seed=S["seed"],
    message:
        "Splitting the cohort ({params.settings[assignment]})"
    script:
        "../scripts/split.py"


rule prepare:
    input:
        # Of phantoms, the manifest tells when an outline has changed.
        tables_of_source(),
        cohort=rules.cohort.output.cohort,
        code=code("workflow/scripts/prepare.py"),
    output:
        transforms=f"{R}/cohort/transforms.csv",
        images=directory(f"{R}/cohort/images"),
        masks=directory(f"{R}/cohort/masks"),
    log:
        f"{R}/logs/prepare.log",
    benchmark:
        f"{R}/benchmarks/prepare.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        root=lambda wildcards: ROOT,
        size_px=S["image_model"]["size_px"],
        resize=S["cohort"]["resize"],
    message:
        "Resizing images and outlines to {params.size_px} px"
    script:
        "../scripts/prepare.py"
