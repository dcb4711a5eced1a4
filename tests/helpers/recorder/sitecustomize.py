"""Note what the scripts of a run load: Python imports this at every start, see `loads.py`.

A script's process, and every process that it starts, appends a line for each file of the project
that it opens: a module when Python imports it, any other file whoever opens it. Nothing is written
in processes that run no script, and nothing where the run is.
"""

import os
import re
import sys

FOLDER, PROJECT = os.environ.get("LOADS_FOLDER"), os.environ.get("LOADS_PROJECT")
# Snakemake runs a copy of a script, .snakemake/scripts/tmpabc.table1.py.
SCRIPT = re.compile(r"\.snakemake/scripts/[^/]*?\.(\w+\.py)$")


def script_of_process() -> str | None:
    """Return the script's name; a worker has it from the process that started it."""
    found = [match[1] for text in sys.orig_argv if (match := SCRIPT.search(text))]
    if found:
        os.environ["LOADS_SCRIPT"] = found[0]
    return os.environ.get("LOADS_SCRIPT")


def note_opened(event: str, arguments: tuple) -> None:
    """Append what is opened to the list of this process's script; an audit hook."""
    if event != "open" or not isinstance(arguments[0], str):
        return
    path = os.path.abspath(arguments[0])
    if not path.startswith(PROJECT + os.sep) or path in seen:
        return
    if path.endswith((".py", ".pyc")):
        # A script may read a module's text, as the training does for its checkpoint's name.
        opener = sys._getframe().f_back
        if opener is None or "importlib" not in opener.f_code.co_filename:
            return
    seen.add(path)
    os.write(file, f"{script}\t{path}\n".encode())


script = script_of_process() if FOLDER and PROJECT else None
if script:
    seen: set[str] = set()
    # Appended in one write, so that processes can share the file.
    file = os.open(f"{FOLDER}/opened.tsv", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.addaudithook(note_opened)
