"""What became of a model: one value, its sentence, and its way through a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallmass.errors import UserError
from smallmass.files import read_json, write_json
from smallmass.status import (
    CROSS_FITTED,
    FITTED,
    NO_FACTORS,
    Gaps,
    Kind,
    Status,
    read_record,
)

words = st.text("abc ,;:", max_size=8)
gaps = st.builds(Gaps, st.integers(1, 9), st.integers(9, 99), words, st.tuples(words))
statuses = st.builds(Status, st.sampled_from(Kind), words, st.lists(gaps, max_size=2).map(tuple))


@given(statuses)
def test_a_status_comes_back_from_its_file(tmp_path_factory, status):
    """Whatever its words are: nothing is read out of a sentence."""
    path = tmp_path_factory.mktemp("status") / "points.json"
    write_json(path, [{"model": "tree", "cutoff": {"status": status}}])
    assert read_record(path) == [{"model": "tree", "cutoff": {"status": status}}]


def test_the_sentences():
    """As tables and pages print them."""
    assert str(FITTED) == "fitted"
    assert str(Status(Kind.FITTED, "nobody is called")) == "fitted; nobody is called"
    assert str(NO_FACTORS) == "not estimable: no clinical factors in this cohort"
    assert str(CROSS_FITTED).startswith(
        "cross-fitted: each lesion is scored by models made without"
    )


def test_a_whole_of_fits_says_which_could_not_be_had():
    """None, some, all; and what its input lacked stands behind."""
    lost = [Status.not_estimable("separated"), Status.not_estimable("one class")]
    assert CROSS_FITTED.of_fits([FITTED, FITTED]) == CROSS_FITTED
    some = CROSS_FITTED.of_fits([FITTED, *lost, lost[0]], "fits of the tree")
    assert str(some) == (
        f"{CROSS_FITTED}; not estimable in 3 of 4 fits of the tree: separated, one class"
    )
    assert CROSS_FITTED.of_fits(lost) == Status.not_estimable("separated, one class")
    both = some.with_gaps((Gaps(1, 12, "networks", ("diverged",)),))
    assert both.gaps_text.endswith("one class; not estimable in 1 of 12 networks: diverged")


def test_a_sentence_of_an_older_version_is_refused_with_the_remedy(tmp_path):
    """Not taken for anything."""
    write_json(tmp_path / "a.json", {"status": "fitted"})
    assert read_json(tmp_path / "a.json")["status"] == "fitted"
    with pytest.raises(UserError, match=r"older version.*run the study again"):
        read_record(tmp_path / "a.json")
