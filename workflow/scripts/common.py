"""What every rule's script shares: its log, and errors that a user can read.

A script reads paths and settings, calls the study's functions, and writes files. This is the only
place in which scripts meet Snakemake's object.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The modules beside this script are the ones to run, also where none are installed (conda).
sys.path[:0] = sorted(map(str, Path(__file__).resolve().parents[1].glob("packages/*/src")))


@contextmanager
def job(snakemake) -> Iterator[tuple]:
    """Run a script's body with its log; turn its errors into messages and exit code 1.

    Args:
        snakemake: The object that Snakemake puts into a script.

    Yields:
        tuple: ``(input, output, params, log)``; ``log`` is a `logging.Logger` that writes to the
        rule's log file and to the screen.
    """
    from smallmass.errors import UserError

    log = _logger(snakemake.rule, snakemake.log[0] if snakemake.log else None)
    try:
        yield snakemake.input, snakemake.output, snakemake.params, log
    except UserError as error:
        log.error("%s", error.report())
        sys.exit(1)
    except Exception:
        log.error("%s", traceback.format_exc())
        sys.exit(1)


def _logger(rule: str, path: str | None) -> logging.Logger:
    """Return a logger to the screen and, where there is one, to the rule's log file."""
    log = logging.getLogger(f"smallmass.{rule}")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.handlers.clear()
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.INFO)  # what is too long for a screen goes to the file alone
    screen.setFormatter(logging.Formatter(f"[{rule}] %(message)s"))
    log.addHandler(screen)
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(path, mode="w", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(file)
    return log
