"""The phantoms: a cohort that the study makes itself."""

from pathlib import Path

from smallmass.cohort.sources.reading import Reading, Source
from smallmass.files import read_csv
from smallmass.settings import CohortSettings

TABLE = "cohort.csv"


def read(root: Path, settings: CohortSettings) -> Reading:
    """Read the phantoms' own table; it has the cohort's columns already."""
    return Reading(read_csv(root / TABLE))


SOURCE = Source(
    name="phantom",
    title="the phantoms",
    expected=(TABLE, "images", "outlines"),
    public=False,
    read=read,
)
