from pathlib import Path

import pytest

from sagepipe.contract import paths


def test_in_a_container_paths_stay_as_sagemaker_names_them(monkeypatch):
    monkeypatch.delenv(paths.BASE_DIR_VARIABLE, raising=False)

    assert paths.relocate(paths.MODEL) == Path("/opt/ml/model")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/opt/ml", "base"),
        ("/opt/ml/input/data/train", "base/input/data/train"),
        ("/opt/mlx", "/opt/mlx"),
        ("/opt/program", "/opt/program"),
    ],
)
def test_the_base_directory_stands_for_opt_ml_alone(monkeypatch, tmp_path, path, expected):
    monkeypatch.setenv(paths.BASE_DIR_VARIABLE, str(tmp_path / "base"))

    assert paths.relocate(path) == tmp_path / expected
