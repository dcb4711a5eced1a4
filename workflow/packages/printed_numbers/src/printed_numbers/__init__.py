"""The audit: whether a paper's printed numbers can all be true.

A library of checks on a table of printed numbers. Which number is a count, a percentage of it, an
interval or a P value stands in a file of relations, so that another paper is audited with another
table and another file, and no other code. Needs no cohort and knows of no study.
"""

from printed_numbers.engine import audit
from printed_numbers.relations import read_paper

__all__ = ["audit", "read_paper"]
