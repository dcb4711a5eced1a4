"""The measurements of `../mask_rcnn.py` as the table of the library's README."""

PEERS = (("torchvision", "float32"), ("torchvision", "bfloat16"), ("matterport", "float32"))


def table(rows: list[dict], tasks: dict[str, str], study: str) -> str:
    """Return a Markdown table: a line a task and size, then one of the peak memory.

    Args:
        rows: Of `mask_rcnn.compare`.
        tasks: Printed names of the tasks.
        study: Printed name of the study's network.
    """
    peers = [peer for peer in PEERS if any((r["model"], r["precision"]) == peer for r in rows)]
    head = ["", "float32", "share", "bfloat16", "share", "ratio"]
    for model, precision in peers:
        head += [f"{model}, {precision}", "ratio"]
    lines = [head, ["---"] * len(head)]
    keys = list(dict.fromkeys((row["task"], row["px"], row["study"]) for row in rows))
    for task, px, of_study in keys:
        of_key = _by_model(rows, task, px, of_study)
        name = f"{tasks[task]}, {study if of_study else f'{px:,} px'}"
        lines.append([name, *_cells(of_key, peers, _seconds, with_shares=True)])
    largest = max(
        (px for task, px, of_study in keys if task == "train" and not of_study), default=0
    )
    if largest:
        of_key = _by_model(rows, "train", largest, False)
        name = f"peak memory, training, {largest:,} px"
        lines.append([name, *_cells(of_key, peers, _memory, with_shares=False)])
    return "\n".join("|" + "".join(f" {x} |" if x else " |" for x in cells) for cells in lines)


def _by_model(rows: list[dict], task: str, px: int, study: bool) -> dict[tuple[str, str], dict]:
    """Return the rows of one task and size by model and precision."""
    return {
        (row["model"], row["precision"]): row
        for row in rows
        if (row["task"], row["px"], row["study"]) == (task, px, study)
    }


def _cells(of_key: dict, peers: list, write, with_shares: bool) -> list[str]:
    """Return the cells of a line; what was not measured stays empty."""
    cells = []
    for precision in ("float32", "bfloat16"):
        row = of_key.get(("smallmass", precision))
        share = row["share_of_rate"] if row and with_shares else None
        cells += [write(row) if row else "", f"{100 * share:.0f} %" if share else ""]
    mixed = of_key.get(("smallmass", "bfloat16"))
    own = mixed["float32_by_this"] if mixed and with_shares else None
    cells.append(f"{own:.1f}" if own else "")
    for peer in peers:
        row = of_key.get(peer)
        ratio = row["this_by_ours"] if row and with_shares else None
        cells += [write(row) if row else "", f"{ratio:.2f}" if ratio else ""]
    return cells


def _seconds(row: dict) -> str:
    return f"{row['wall_s']:.2g} s" if row["wall_s"] >= 0.1 else f"{1000 * row['wall_s']:.0f} ms"


def _memory(row: dict) -> str:
    return f"{row['peak_mib'] / 1024:.1f} GiB"
