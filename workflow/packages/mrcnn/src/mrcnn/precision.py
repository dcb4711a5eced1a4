"""In which floats the network multiplies.

In bfloat16 (Kalamkar et al. 2019, "A study of BFLOAT16 for deep learning training") products take
and give numbers with 8 bits of precision, and are added up in float32. What needs more stays in
float32: the weights and what the optimiser keeps of them, the statistics of normalisation, boxes,
targets and losses.
"""

from collections.abc import Callable
from pathlib import Path

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
"""The dtype policy of Keras by precision."""
PRECISIONS = (*POLICIES, "auto")

# Products of bfloat16 in processors, as Linux names them: Intel's matrix units (3 to 7 times the
# rate of float32), and the vectors of AMD's Zen 4 and Intel's Cooper Lake (twice that rate).
PROCESSOR_FLAGS = ("amx_bf16", "avx512_bf16")


def resolve_precision(precision: str) -> str:
    """Return "float32" or "bfloat16" for one of `PRECISIONS`.

    "auto" is bfloat16 where the processor or GPU that the backend computes on has units for it.

    Raises:
        ValueError: If the precision is unknown.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision {precision!r}; known: {', '.join(PRECISIONS)}")
    if precision != "auto":
        return precision
    return "bfloat16" if has_bfloat16() else "float32"


def find_policy(precision: str | None) -> str | None:
    """Return the dtype policy for a precision; None, Keras's global policy, for None."""
    return None if precision is None else POLICIES[resolve_precision(precision)]


def has_bfloat16() -> bool:
    """Say whether what the backend computes on multiplies bfloat16 natively."""
    import keras

    return ON_BACKEND[keras.backend.backend()]()


def _tensorflow() -> bool:
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    if not gpus:
        return processor_has_bfloat16()
    details = tf.config.experimental.get_device_details(gpus[0])
    return details.get("compute_capability", (0, 0)) >= (8, 0)


def _jax() -> bool:
    import jax

    device = jax.devices()[0]
    if device.platform == "gpu":
        return float(getattr(device, "compute_capability", 0)) >= 8
    return device.platform == "tpu" or processor_has_bfloat16()


def _torch() -> bool:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return processor_has_bfloat16()


ON_BACKEND: dict[str, Callable[[], bool]] = {
    "tensorflow": _tensorflow,
    "jax": _jax,
    "torch": _torch,
}


def processor_has_bfloat16(cpuinfo: str | Path = "/proc/cpuinfo") -> bool:
    """Say whether the processor multiplies bfloat16 natively; elsewhere than on Linux: no."""
    try:
        text = Path(cpuinfo).read_text()
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return any(flag in flags.split() for flag in PROCESSOR_FLAGS)
