"""What was put into the phantoms, for the report: an input, and so never a finding."""

import pandas as pd

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.rounding import half_up
from smallmass.paper.plain_table import plain_table
from smallmass.phantom import D_PRIME, ceiling, size_limits, traits_ceiling, traits_table


def phantom_inputs() -> dict[str, str | PrintedTable]:
    """Return what was put into the phantoms: d′, what readers could reach, traits and sizes."""
    return {
        "d_prime": half_up(D_PRIME, 1),
        "ceiling": half_up(ceiling(), 2),
        "traits_ceiling": half_up(traits_ceiling(), 2),
        "traits": _traits(traits_table()),
        "sizes": _sizes(size_limits()),
    }


def _traits(traits: pd.DataFrame) -> PrintedTable:
    """Return what went into the phantoms' lesions.

    Args:
        traits: Of `phantom.traits_table`.
    """
    rows = [
        [line["sign"], half_up(line["loading"], 3), half_up(line["d_prime"], 2),
         *(None if pd.isna(line[name]) else half_up(line[name], 2)
           for name in ("published_d_prime", "second_d_prime")),
         line["size_source"], line["direction_source"]]
        for line in traits.to_dict("records")
    ]  # fmt: skip
    header = ["Trait", "Loading", "d′ put in", "d′ published", "d′, second study",
              "Source of the size", "Source of the direction"]  # fmt: skip
    return plain_table("Traits of the phantoms’ lesions, by their loading on the latent severity",
                       header, rows)  # fmt: skip


def _sizes(sizes: pd.DataFrame) -> PrintedTable:
    """Return the spread of the phantoms' sizes beside what Table 1 prints.

    Args:
        sizes: Of `phantom.size_limits`.
    """
    columns = ("printed_mean", "printed_sd", "largest_sd", "largest_sd_one_peak", "sd")
    rows = [
        [f"{line['split']}, {line['label']}", *(half_up(line[name], 2) for name in columns),
         "yes" if line["possible"] else "no"]
        for line in sizes.to_dict("records")
    ]  # fmt: skip
    header = ["Cell of Table 1", "Printed mean", "Printed SD", "Largest SD",
              "Largest SD with one peak", "SD put in", "Printed SD possible, one peak"]  # fmt: skip
    return plain_table("Lesion size (cm): how far sizes from 0.20 to 0.99 cm can spread",
                       header, rows)  # fmt: skip
