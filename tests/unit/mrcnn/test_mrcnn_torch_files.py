"""PyTorch's files are read without PyTorch, and what is no table of tensors is refused unrun.

The oracle is a file of PyTorch's own (tests/oracles/swin/make.py); with PyTorch (marker `backends`)
it reads what the tests write, and the tests what it writes.
"""

import os
import pickle
import pickletools
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mrcnn.torch_files import TorchFileError, is_torch_file, read_tensors
from torch_file import EMPTY_TABLE, numbers, tensor, text, write_archive, write_torch_file

PYTORCHS = Path(__file__).parents[2] / "oracles/swin/swin.pth"
SIX = np.arange(6, dtype="<f4")


def test_a_file_of_pytorchs_own_is_read():
    tensors = read_tensors(PYTORCHS)
    assert len(tensors) == 129 and {a.dtype.str for a in tensors.values()} == {"<f4", "<i8"}
    assert tensors["features.0.0.weight"].shape == (4, 3, 4, 4)
    index = tensors["features.1.0.attn.relative_position_index"]
    assert index.min() == 0 and index.max() == 24 and index[0] == 12
    assert all(np.isfinite(array).all() for array in tensors.values())


def test_what_the_helper_writes_has_the_instructions_of_pytorchs_own():
    """So that what is tested with its files holds for PyTorch's."""
    with zipfile.ZipFile(PYTORCHS) as archive:
        table = archive.read("swin/data.pkl")
    asked = {value for code, value, _ in pickletools.genops(table) if code.name == "GLOBAL"}
    assert asked == {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch FloatStorage",
        "torch LongStorage",
    }


def test_tensors_come_back_as_they_were_written(tmp_path):
    rng = np.random.default_rng(3)
    given = {
        "a.weight": rng.normal(size=(2, 3, 4)).astype("<f4"),
        "a.bias": rng.normal(size=5).astype("<f2"),
        "ä": rng.normal(size=(1, 2)),
        "index": np.array(-7),
    }
    path = write_torch_file(tmp_path / "w.pth", given)
    assert is_torch_file(path)
    found = read_tensors(path)
    assert found.keys() == given.keys()
    for name, array in given.items():
        assert found[name].dtype == array.dtype and not found[name].flags.writeable
        np.testing.assert_array_equal(found[name], array)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    offset=st.integers(-1, 4),
    shape=st.lists(st.integers(0, 3), max_size=3),
    data=st.data(),
)
def test_strides_and_offsets_are_numbers_of_the_storage_or_refused(
    tmp_path_factory, offset, shape, data
):
    """Each cell of a tensor is the number at its offset and steps; none lies outside."""
    steps = st.lists(st.integers(-1, 3), min_size=len(shape), max_size=len(shape))
    strides = data.draw(steps)
    table = EMPTY_TABLE + b"(" + text("w") + tensor("FloatStorage", "0", 6, offset, shape, strides)
    path = tmp_path_factory.getbasetemp() / "strides.pth"
    write_archive(path, table + b"u.", {"0": SIX.tobytes()})
    cells = np.ndindex(*shape)
    places = np.array([offset + np.dot(cell, strides) for cell in cells], int).reshape(shape)
    if min(offset, *strides, 0) < 0 or (places >= 6).any():
        with pytest.raises(TorchFileError, match="holds w of shape"):
            read_tensors(path)
    else:
        np.testing.assert_array_equal(read_tensors(path)["w"], SIX[places])


def test_tensors_may_share_a_storage(tmp_path):
    """As a transposed copy does."""
    table = EMPTY_TABLE + b"("
    table += text("one") + tensor("FloatStorage", "0", 6, 0, (2, 3), (3, 1))
    table += text("other") + tensor("FloatStorage", "0", 6, 0, (3, 2), (1, 3))
    found = read_tensors(write_archive(tmp_path / "w.pth", table + b"u.", {"0": SIX.tobytes()}))
    np.testing.assert_array_equal(found["one"], found["other"].T)


class Harm:
    """What pickles do to those who open them."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_file_that_wants_to_run_code_is_refused_and_nothing_runs(tmp_path, protocol):
    table = pickle.dumps({"w": Harm(tmp_path / "harm")}, protocol)
    with zipfile.ZipFile(tmp_path / "w.pth", "w") as archive:
        archive.writestr("archive/data.pkl", table)
    with pytest.raises(TorchFileError, match=r"w.pth asks for \w+.mkdir, .* nothing in it was run"):
        read_tensors(tmp_path / "w.pth")
    assert not (tmp_path / "harm").exists()
    pickle.loads(table)  # it would have
    assert (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "asked",
    [
        "builtins\neval",
        "builtins\ngetattr",
        "collections\nOrderedDict.fromkeys",
        "numpy\nfrombuffer",
        "torch\nload",
        "torch\nBFloat16Storage",
        "torch._utils\n_rebuild_parameter",
        "__torch__.model\nNet",
    ],
)
def test_only_four_things_may_be_asked_for(tmp_path, asked):
    path = write_archive(tmp_path / "w.pth", f"c{asked}\n.".encode(), {})
    with pytest.raises(TorchFileError, match="asks for " + asked.replace("\n", ".")):
        read_tensors(path)


# Instructions that set an attribute of whatever stands before them.
SET = b"N}" + text("__call__") + text("x") + b"s\x86b"


@pytest.mark.parametrize(
    "table",
    [
        EMPTY_TABLE + b"(" + text("w") + text("x") + b"u.",
        EMPTY_TABLE + b"(" + numbers([1]) + tensor("FloatStorage", "0", 6, 0, (6,), (1,)) + b"u.",
        b"](" + tensor("FloatStorage", "0", 6, 0, (6,), (1,)) + b"e.",
        b"ctorch\nFloatStorage\n" + SET + b".",
        b"ccollections\nOrderedDict\n" + SET + b".",
        tensor("FloatStorage", "0", 6, 0, (6,), (1,)) + SET + b".",
        b"ctorch._utils\n_rebuild_tensor_v2\n" + SET + b".",
        EMPTY_TABLE + b"}" + text("keys") + text("x") + b"sb.",
        EMPTY_TABLE,
        b"",
    ],
    ids=["text", "key", "list", "type", "class", "tensor", "maker", "keys", "no end", "nothing"],
)
def test_what_is_no_table_of_tensors_is_refused(tmp_path, table):
    path = write_archive(tmp_path / "w.pth", table, {"0": SIX.tobytes()})
    with pytest.raises(TorchFileError, match=r"w.pth (holds|is broken)"):
        read_tensors(path)
    assert read_tensors(write_torch_file(path, {"w": SIX}))["w"].shape == (6,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"byteorder": "big"}, "big-endian"),
        ({"compression": zipfile.ZIP_DEFLATED}, "is compressed"),
    ],
)
def test_archives_that_are_not_as_pytorchs_are_refused(tmp_path, change, words):
    path = write_torch_file(tmp_path / "w.pth", {"w": SIX}, **change)
    with pytest.raises(TorchFileError, match=f"w.pth .*{words}"):
        read_tensors(path)


@pytest.mark.parametrize("numbers_there", [b"", SIX[:5].tobytes(), SIX.tobytes() + b"\0"])
def test_a_storage_has_as_many_numbers_as_the_table_says(tmp_path, numbers_there):
    table = EMPTY_TABLE + b"(" + text("w") + tensor("FloatStorage", "0", 6, 0, (2,), (1,)) + b"u."
    path = write_archive(tmp_path / "w.pth", table, {"0": numbers_there})
    with pytest.raises(TorchFileError, match=r"has \d numbers in archive/data/0, not 6|is broken"):
        read_tensors(path)


def test_a_damaged_file_is_told(tmp_path):
    """One byte of the numbers is another, or the end is missing."""
    content = bytearray(write_torch_file(tmp_path / "w.pth", {"w": SIX}).read_bytes())
    content[content.index(SIX.tobytes()) + 3] ^= 1
    for broken in (bytes(content), bytes(content[:-30])):
        (tmp_path / "w.pth").write_bytes(broken)
        with pytest.raises(TorchFileError, match=r"w.pth is broken, or older than PyTorch's zip"):
            read_tensors(tmp_path / "w.pth")


def test_the_old_format_is_refused_with_what_to_do(tmp_path):
    """A pickle of a number of ten bytes begins it."""
    path = tmp_path / "old.pth"
    path.write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + pickle.dumps(1001, 2))
    assert is_torch_file(path)
    with pytest.raises(TorchFileError, match=r"older than PyTorch's zip format .*save its state"):
        read_tensors(path)


def test_other_files_are_not_pytorchs(tmp_path):
    np.savez(tmp_path / "a.npz", a=SIX)
    (tmp_path / "b").write_bytes(b"")
    for name in ("a.npz", "b"):
        assert not is_torch_file(tmp_path / name)
    with pytest.raises(TorchFileError, match=r"a.npz is no file of PyTorch: it has 0 data.pkl"):
        read_tensors(tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "c")


@pytest.mark.backends
def test_pytorch_and_this_read_each_others_files(tmp_path):
    import torch

    given = {"a": SIX.reshape(2, 3), "b": np.arange(4)}
    theirs = torch.load(write_torch_file(tmp_path / "ours.pth", given), weights_only=True)
    for name, array in given.items():
        np.testing.assert_array_equal(theirs[name].numpy(), array)
    base = torch.arange(60, dtype=torch.float64).reshape(3, 4, 5)
    table = {
        "turned": base.permute(2, 0, 1)[1:, ::2],
        "repeated": torch.ones(1, 3, dtype=torch.float16).expand(4, 3),
        "one": torch.tensor(True),
    }
    torch.save(table, tmp_path / "theirs.pth")
    found = read_tensors(tmp_path / "theirs.pth")
    for name, value in table.items():
        np.testing.assert_array_equal(found[name], value.numpy())
    torch.save(table, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert is_torch_file(tmp_path / "old.pth")
    with pytest.raises(TorchFileError, match="older"):
        read_tensors(tmp_path / "old.pth")
