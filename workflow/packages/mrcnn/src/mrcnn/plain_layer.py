"""What the library's own layers have in common: no weights, and settings in plain numbers."""

from keras import layers

from mrcnn.installation import check_files

check_files()  # here, too: the package's own __init__ may be another's


class PlainLayer(layers.Layer):
    """A layer without weights, in the type of Keras's policy.

    A subclass lists the arguments of its constructor in ``SETTINGS`` and keeps each as an
    attribute of that name, in numbers, strings and tuples of them; `get_config` reports them.
    """

    SETTINGS: tuple[str, ...] = ()

    def __init__(self, **kwargs):
        super().__init__(**({"trainable": False} | kwargs))

    def get_config(self) -> dict:
        return super().get_config() | {name: getattr(self, name) for name in self.SETTINGS}


class Float32Layer(PlainLayer):
    """A plain layer that works in float32 whatever the policy: boxes, targets, losses."""

    def __init__(self, **kwargs):
        super().__init__(**({"dtype": "float32"} | kwargs))


def to_numbers(values) -> tuple:
    """Return nested sequences or arrays of numbers as tuples of Python's own numbers."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, tuple | list):
        return tuple(to_numbers(v) for v in values)
    return values
