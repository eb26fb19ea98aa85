"""``sagepipe approve``, ``reject`` and ``lineage`` in a generated project, as a team uses them."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sagepipe.tracking import store

GROUP = "flight-delay-training"


@pytest.mark.slow
def test_a_registered_model_leads_to_all_that_made_it_and_is_approved_in_both_registries(
    bake: Callable[..., Path], run_in: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    project = bake()

    def git(*words: str) -> str:
        command = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def sagepipe(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = run_in(project, "-m", "sagepipe.cli", *words)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    sagepipe("run")

    links = {
        link["name"]: link["value"]
        for link in json.loads(sagepipe("lineage", GROUP, "--json").stdout)
    }
    assert links["git commit"] == git("rev-parse", "HEAD")
    assert links["model version"] == f"{GROUP}/1 @candidate"
    assert links["image digest"] == "none: it ran as a process, in no image"
    assert links["version's package"] == links["model package"]
    assert {"data hash raw", "data hash train", "suite hash raw", "suite hash prepared"} <= set(
        links
    )

    said = sagepipe("approve", GROUP, "1").stdout
    assert said.splitlines() == [f"{GROUP}/1: Approved", f"MLflow: {GROUP}@champion is {GROUP}/1"]
    client = store.client(f"sqlite:///{project}/mlflow.db")
    assert list(client.get_registered_model(GROUP).aliases) == ["champion"]
    said = sagepipe("reject", GROUP, "1").stdout
    assert said.splitlines() == [f"{GROUP}/1: Rejected"]
    assert client.get_registered_model(GROUP).aliases == {}

    gone = sagepipe("approve", GROUP, "7", status=2).stderr
    assert f"there is no model package {GROUP}/7" in gone
    gone = sagepipe("lineage", "other", status=2).stderr
    assert f"there is no model package other; there is {GROUP}/1" in gone
    client.delete_model_version(GROUP, "1")
    broken = sagepipe("lineage", GROUP, status=1)
    assert f"model version (the package names '{GROUP}/1', which MLflow's" in broken.stderr
    shutil.rmtree(project)
