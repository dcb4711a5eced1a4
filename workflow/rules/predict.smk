# New images through the trained models of a study: snakemake predict --config study=X predict=FOLDER.
# The models are read as they lie there, in models/X or the study's results: nothing is trained, and
# the study's cohort is not needed.


localrules:
    inspect_new_images,
    predict,
    predict_page,


# Reads every file once, and refuses nothing: what is wrong is listed, so that all of it is known.
rule inspect_new_images:
    output:
        cases=f"{NEW}/cases.csv",
        problems=f"{NEW}/problems.csv",
        imported=directory(f"{NEW}/import"),
    log:
        f"{NEW}/logs/inspect_new_images.log",
    benchmark:
        f"{NEW}/benchmarks/inspect_new_images.tsv"
    conda:
        "../../envs/cpu.yaml"
    threads: 4
    resources:
        mem_mb=grows(2000),
        runtime=grows(20),
    params:
        code=code("workflow/scripts/inspect_new_images.py"),
        study=STUDY,
        folder=str(study.predict),
        dicom=NEW_DICOM,
        state=state_of(study.predict),
        settings=NEW_SETTINGS,
    message:
        "Looking at the new images in {params.folder}"
    script:
        "../scripts/inspect_new_images.py"


rule read_new_images:
    input:
        cases=rules.inspect_new_images.output.cases,
        problems=rules.inspect_new_images.output.problems,
        imported=rules.inspect_new_images.output.imported,
    output:
        predictions=f"{NEW}/predictions.csv",
        detections=f"{NEW}/detections.csv",
        models=f"{NEW}/models.json",
        overlays=directory(f"{NEW}/overlays"),
    log:
        f"{NEW}/logs/read_new_images.log",
    benchmark:
        f"{NEW}/benchmarks/read_new_images.tsv"
    conda:
        "../../envs/gpu.yaml"
    threads: S.image_model.threads
    resources:
        gpu=S.resources.gpus,
        mem_mb=grows(S.resources.train_mem_mb),
        runtime=grows(S.resources.train_minutes),
    params:
        code=code("workflow/scripts/read_new_images.py"),
        study=STUDY,
        folder=str(study.predict),
        models=str(TRAINED.folder if TRAINED else None),
        signed_off=SIGNED_OFF,
        # Not the files as inputs: a model that is out of date would be trained anew.
        state=state_of(TRAINED.folder, TRAINED.names) if TRAINED else None,
    message:
        "Reading the new images in {params.folder} with the models in {params.models}"
    script:
        "../scripts/read_new_images.py"


# Sorted by score, with the warnings; pictures where page.pictures says so.
rule predict_page:
    input:
        predictions=rules.read_new_images.output.predictions,
        overlays=rules.read_new_images.output.overlays,
        problems=rules.inspect_new_images.output.problems,
        templates=templates_of_sheet("prediction/predictions.html.j2"),
    output:
        page=f"{NEW}/predictions.html",
    log:
        f"{NEW}/logs/predict_page.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/predict_page.py"),
        study=STUDY,
        settings=pick("page.pictures"),
    script:
        "../scripts/predict_page.py"


rule predict:
    input:
        rules.read_new_images.output if TRAINED else no_folder,
        page=rules.predict_page.output.page if TRAINED else [],
        problems=rules.inspect_new_images.output.problems,
    log:
        f"{NEW}/logs/predict.log",
    conda:
        "../../envs/cpu.yaml"
    params:
        code=code("workflow/scripts/predict.py"),
        folder=lambda wildcards: NEW,
        signed_off=SIGNED_OFF,
    message:
        "What the models of study {STUDY} say of the new images"
    script:
        "../scripts/predict.py"
