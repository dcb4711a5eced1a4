"""Papers of a few printed numbers, for the audit's tests."""

from printed_numbers import audit
from printed_numbers.paper import Paper
from printed_numbers.printed import Printed
from printed_numbers.verdicts import CONSISTENT


def numbers(**texts):
    """Return printed numbers by id; a text may have its interval: ``63.3 51.1 75.5``."""
    printed = {}
    for name, text in texts.items():
        value, low, high = [*text.split(), "", ""][:3]
        decimals = max(len(part.partition(".")[2]) for part in (value, low, high))
        printed[name] = Printed(name, ("results",), "", "", name, value, low, high, decimals)
    return printed


def audited(printed, *relations):
    """Audit a paper that is made of printed numbers and relations."""
    return audit(Paper("A paper", "nowhere", printed, list(relations)))


def wrong(result):
    """Return the findings that say that something is not right."""
    return [finding for finding in result.findings if finding.verdict != CONSISTENT]
