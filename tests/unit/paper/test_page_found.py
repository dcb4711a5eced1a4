"""Left-out cases and copies as pictures: whose are shown, and what cannot be read."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from smallmass.paper.found_pictures import COPIES, LEFT_OUT, SHOWN, found, write_found


def integrity(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Findings as (case_id, severity, code)."""
    table = pd.DataFrame(rows, columns=["case_id", "severity", "code"])
    return table.assign(check="a check", message="words")


def cases(folder, names, cohort: str = "busbra") -> pd.DataFrame:
    """Cases whose images are grey gradients of 40 x 60 px."""
    for name in names:
        Image.fromarray(np.arange(2400, dtype=np.uint8).reshape(40, 60)).save(
            folder / f"{name}.png"
        )
    files = [str(folder / f"{name}.png") for name in names]
    return pd.DataFrame({"case_id": names, "cohort": cohort, "image": files, "frame": np.nan,
                         "outline": np.nan})  # fmt: skip


def shown(folder, table, cohort, left_out, pictures="public"):
    """Write the pictures and return what the page shows of them."""
    folder.mkdir()
    write_found(folder, integrity=table, cohort=cohort, left_out=left_out, pictures=pictures)
    return {kind.title: kind for kind in found(table, folder)}


def test_left_out_cases_and_copies_have_pictures_and_other_findings_none(tmp_path):
    cohort = cases(tmp_path, ["a", "b", "c"])
    gone = cases(tmp_path, ["d"])
    table = integrity(("a", "warning", "C011"), ("b", "warning", "C011"), ("a", "warning", "C021"),
                      ("c", "warning", "L007"), ("d", "dropped", "C005"))  # fmt: skip
    kinds = shown(tmp_path / "cases", table, cohort, gone)
    assert [card["case_id"] for card in kinds[LEFT_OUT].cards] == ["d"]
    assert [card["case_id"] for card in kinds[COPIES].cards] == ["a", "b"]
    assert all(card["picture"]["width"] == 60 for kind in kinds.values() for card in kind.cards)


@pytest.mark.parametrize(("pictures", "there"), [("public", False), ("all", True)])
def test_no_picture_of_a_hospitals_patients_unless_the_settings_say_so(tmp_path, pictures, there):
    table = integrity(("d", "dropped", "I002"))
    cohort, gone = cases(tmp_path, ["a"], "own"), cases(tmp_path, ["d"], "own")
    kinds = shown(tmp_path / "cases", table, cohort, gone, pictures)
    assert bool(kinds[LEFT_OUT].cards[0]["picture"]) == there
    assert bool(list((tmp_path / "cases").glob("*.jpg"))) == there


def test_what_cannot_be_read_has_words_alone(tmp_path):
    gone = cases(tmp_path, ["d"])
    (tmp_path / "d.png").write_bytes(b"no image")
    table = integrity(("d", "dropped", "I001"), ("never read", "dropped", "P001"))
    kinds = shown(tmp_path / "cases", table, cases(tmp_path, ["a"]), gone)
    assert [card["picture"] for card in kinds[LEFT_OUT].cards] == [None, None]


def test_of_many_the_first_are_shown_and_all_are_counted(tmp_path):
    names = [f"case{number}" for number in range(SHOWN + 5)]
    table = integrity(*((name, "dropped", "L009") for name in names))
    kinds = shown(tmp_path / "cases", table, cases(tmp_path, ["a"]), cases(tmp_path, names))
    assert kinds[LEFT_OUT].number == SHOWN + 5 and len(kinds[LEFT_OUT].cards) == SHOWN
