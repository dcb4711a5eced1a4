"""The trainings of `retrained.smk`, which are known once they are dealt, and what they make."""


def trainings_of(part):
    """Return the trainings of a part, once they are dealt."""
    from smallmass.retrained.trainings import read_trainings

    return read_trainings(checkpoints.rival_trainings.get(part=part).output.trainings)[0]


def seeds_of_training(wildcards):
    """Return the numbers of a training's seeds."""
    trainings = {each["name"]: each for each in trainings_of(wildcards.part)}
    return trainings[wildcards.training]["seeds"]


def read_by_training(wildcards):
    """Return what a training's models read."""
    path = rules.retrained_read.output.detections
    return expand(path, seed=seeds_of_training(wildcards), fit="full", **dict(wildcards.items()))


def scores_of(part):
    """Return what names the scores of all trainings of a part, in their order."""
    return lambda wildcards: [
        rules.retrained_scores.output.scores.format(part=part, training=training["name"])
        for training in trainings_of(part)
    ]
