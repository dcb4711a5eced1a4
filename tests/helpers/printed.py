"""The paper's printed numbers, as the project holds them."""

from pathlib import Path

import printed_numbers

PUBLISHED = Path(printed_numbers.__file__).parent / "data/published_numbers.csv"
