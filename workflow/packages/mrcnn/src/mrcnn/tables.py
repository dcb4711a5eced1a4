"""Plain tables on the screen, and one of a model's weights."""


def display_table(table) -> None:
    """Print rows of values as a table with aligned columns."""
    rows = [[str(value) for value in row] for row in table]
    count = max((len(row) for row in rows), default=0)
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(count)]
    for row in rows:
        cells = (value.ljust(width) for value, width in zip(row, widths, strict=False))
        print("  ".join(cells).rstrip())


def display_weight_stats(model) -> None:
    """Print shape, range and spread of each weight of a `mrcnn.model.MaskRCNN`.

    A star marks a tensor whose values are all the same, as a dead or untrained layer's may be
    (biases, betas and moving statistics start so).
    """
    # Only here: tables and pictures need no backend.
    import keras

    from mrcnn.normalisation import leaf_layers

    table = [["weight", "shape", "min", "max", "std"]]
    for layer in leaf_layers(model.keras_model):
        for weight in layer.weights:
            values = keras.ops.convert_to_numpy(weight)
            star = "*" if values.min() == values.max() else ""
            numbers = [f"{f():+9.4f}" for f in (values.min, values.max, values.std)]
            name = f"{layer.name}/{weight.name}{star}"
            table.append([name, str(tuple(values.shape)), *numbers])
    display_table(table)
