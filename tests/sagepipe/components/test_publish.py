"""The publish component."""

from pathlib import Path

import pytest

from sagepipe.components.publish import publish
from sagepipe.dsl import Artifact


def run(source: Path, target: Path) -> None:
    for folder in (source, target):
        folder.mkdir(exist_ok=True)
    publish.python_func(
        model=Artifact(directory=source, name="model"),
        published=Artifact(directory=target, name="published"),
    )


def test_the_archive_is_copied_byte_for_byte(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "model.tar.gz").write_bytes(b"\x1f\x8b archive")
    run(source, target)
    assert (target / "model.tar.gz").read_bytes() == b"\x1f\x8b archive"
    assert len(list(target.iterdir())) == 1


def test_an_input_without_an_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.tar\.gz is not there"):
        run(tmp_path / "in", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_it_is_found_by_the_name_that_pipelines_carry() -> None:
    assert publish.spec.entrypoint == "sagepipe.components.publish:publish"
    assert [item.name for item in publish.spec.inputs] == ["model"]
    assert publish.spec.inputs[0].type is Artifact  # a Model would be unpacked
