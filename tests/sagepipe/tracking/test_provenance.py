"""Where code and data come from."""

import subprocess
from pathlib import Path

import pytest

from sagepipe.tracking import provenance


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def working_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SAGEPIPE_GIT_COMMIT", raising=False)
    git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_the_commit_of_a_clean_working_copy_is_named(working_copy: Path) -> None:
    (working_copy / "untracked").write_text("a")
    assert provenance.git_commit(working_copy) == git(working_copy, "rev-parse", "HEAD")


def test_changed_code_is_named_dirty(working_copy: Path) -> None:
    (working_copy / "train.py").write_text("2")
    assert provenance.git_commit(working_copy) == git(working_copy, "rev-parse", "HEAD") + "-dirty"


def test_where_nothing_is_committed_nothing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAGEPIPE_GIT_COMMIT", raising=False)
    git(tmp_path, "init", "-q")
    assert provenance.git_commit(tmp_path) == ""


def test_outside_git_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAGEPIPE_GIT_COMMIT", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.git_commit(tmp_path) == ""


def test_without_the_program_git_nothing_is_named(
    working_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.git_commit(working_copy) == ""


def test_a_folders_hash_follows_names_and_contents_but_not_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    first = provenance.data_hash(tmp_path)
    (tmp_path / ".metadata.json").write_text("{}")
    assert provenance.data_hash(tmp_path) == first
    (tmp_path / "a.csv").write_text("2")
    second = provenance.data_hash(tmp_path)
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    third = provenance.data_hash(tmp_path)
    assert len({first, second, third}) == 3


def test_data_beyond_the_limit_are_told_apart_by_names_and_sizes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("11")
    first = provenance.data_hash(tmp_path, limit=1)
    (tmp_path / "a.csv").write_text("22")
    assert provenance.data_hash(tmp_path, limit=1) == first
    assert first.startswith("sha256-sizes:")
