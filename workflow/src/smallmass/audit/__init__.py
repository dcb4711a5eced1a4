"""The audit: whether a paper's printed numbers can all be true.

A library of checks on a table of printed numbers. Which number is a count, a percentage of it, an
interval or a P value stands in a file of relations, so that another paper is audited with another
table and another file, and no other code. Needs no cohort and knows of no study.
"""

from smallmass.audit.engine import audit
from smallmass.audit.relations import read_paper

__all__ = ["audit", "read_paper"]
