"""Cases that belong together: of one patient, of one image, or near-duplicates."""

import pandas as pd


def join(cases: pd.DataFrame, keys: list[list[str]]) -> pd.Series:
    """Return a group for every case, so that cases which share a key share a group.

    Sharing is transitive: if A and B share a patient and B and C an image, all three are one group.

    Args:
        cases: A table with a ``case_id``, unique.
        keys: Sets of columns; two cases share a key if all columns of one set agree. A set with an
            empty or unknown value joins nothing.

    Returns:
        pd.Series: For every case the ``case_id`` of its group's first case; index as in ``cases``.
    """
    parent = list(range(len(cases)))

    def first(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    for names in keys:
        seen: dict[tuple, int] = {}
        for position, key in enumerate(_keys(cases, names)):
            if key is None:
                continue
            a, b = first(seen.setdefault(key, position)), first(position)
            parent[max(a, b)] = min(a, b)
    ids = cases["case_id"].to_numpy()
    return pd.Series([ids[first(position)] for position in range(len(cases))], index=cases.index)


def units(cases: pd.DataFrame) -> pd.Series:
    """Return the unit of every case: what a split or a fold must never tear apart.

    A unit joins the cases of a patient, of an image and of a group of near-duplicates.
    """
    return join(
        cases,
        [["cohort", "patient_id"], ["group_id"], ["cohort", "image", "frame"], ["pixel_sha256"]],
    )


def _keys(cases: pd.DataFrame, names: list[str]) -> list[tuple | None]:
    """Return each case's values of ``names``, or None where one that must be known is not.

    Only a frame and a cohort may be empty: an image of a single frame has none, and a hospital need
    not name its own patients' cohort.
    """
    columns = [cases[name].astype("string").fillna("").tolist() for name in names]
    needed = [position for position, name in enumerate(names) if name not in ("frame", "cohort")]
    rows = zip(*columns, strict=True)
    return [row if all(row[position] for position in needed) else None for row in rows]
