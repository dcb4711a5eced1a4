"""What the cohorts are called in words for readers, by their name in the tables."""

COHORTS = {
    "phantom": "phantoms",
    "own": "own patients",
    "busbra": "BUS-BRA",
    "breast": "BrEaST",
    "busi": "BUSI",
    "udiat": "UDIAT",
    "busuclm": "BUS-UCLM",
}


def cohort_name(name: str) -> str:
    """Return what a cohort is called; one that is not known, by its own name."""
    return COHORTS.get(name, str(name))
