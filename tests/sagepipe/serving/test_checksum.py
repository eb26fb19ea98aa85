"""The model that is served is the one that was registered, where the registry says which it was."""

import shutil

import pytest

from sagepipe.serving import checksum

VARIABLE = "SAGEPIPE_MODEL_SHA256"


@pytest.fixture
def copy(onnx_directory, tmp_path):
    """The model, unpacked somewhere else."""
    return shutil.copytree(onnx_directory, tmp_path / "model")


def change_a_byte(model):
    content = bytearray((model / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (model / "model.onnx").write_bytes(content)


CHANGES = {
    "a byte": change_a_byte,
    "a file more": lambda model: (model / "more").write_text(""),
    "a file less": lambda model: (model / "parity.json").unlink(),
    "another name": lambda model: (model / "parity.json").rename(model / "other.json"),
    "another folder": lambda model: (
        (model / "a").mkdir(),
        (model / "parity.json").rename(model / "a/parity.json"),
    ),
}


def test_is_the_same_wherever_the_model_lies(onnx_directory, copy):
    assert checksum.of(copy) == checksum.of(onnx_directory)
    assert len(checksum.of(copy)) == 64


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_is_another_after_any_change(onnx_directory, copy, change):
    change(copy)
    assert checksum.of(copy) != checksum.of(onnx_directory)


@pytest.mark.once
def test_the_server_serves_the_model_that_was_registered(start, copy):
    server = start(copy, **{VARIABLE: checksum.of(copy)}).wait(200)
    assert server.stop() == 0


@pytest.mark.once
def test_the_server_refuses_another_in_one_line(start, onnx_directory, copy):
    change_a_byte(copy)
    server = start(copy, **{VARIABLE: checksum.of(onnx_directory)})
    assert server.end() == 1
    (line,) = server.errors
    assert line.startswith(f"serve: {copy}: this is not the model that was registered: its check")
