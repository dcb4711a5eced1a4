"""Tables of public datasets, as published or saved again by another program."""

import pytest

from smallmass.cohort.sources.published import AS_PUBLISHED, read_table
from smallmass.errors import UserError

TEXT = "Case;Age ; Name\n1;50;Zoë\n;;\n2;;Ann\n"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_any_separator_and_encoding(tmp_path, separator, encoding):
    (tmp_path / "t.csv").write_bytes(TEXT.replace(";", separator).encode(encoding))
    table = read_table(tmp_path, "t.csv", ("case", "AGE", "Name"))
    assert table.to_dict("list") == {"case": ["1", "2"], "AGE": ["50", ""], "Name": ["Zoë", "Ann"]}
    assert table.index.tolist() == [0, 2]  # the row between them is empty


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the table is empty"),
        (b"Case,Case\n1,2\n", "'Case' stands 2 times"),
        (b"\0", "no text"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, reason):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UserError, match=f"t.csv cannot be read: .*{reason}") as raised:
        read_table(tmp_path, "t.csv", ("Case",))
    assert all(
        problem.startswith("t.csv") and problem.endswith(AS_PUBLISHED)
        for problem in raised.value.problems
    )
