"""What is wrong with a path that should be a folder."""

from pathlib import Path


def folder_problem(path: Path) -> str | None:
    """Return why a path is no folder, in words that follow the setting's name; None if it is one.

    Example:
        >>> folder_problem(Path("nowhere/images"))
        'there is no folder nowhere/images'
    """
    if path.is_dir():
        return None
    if path.exists():
        return f"{path} is a file; name the folder that it lies in, {path.parent}"
    return f"there is no folder {path}"
