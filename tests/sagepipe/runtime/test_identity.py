"""Who a job is, as far as its own name and environment tell."""

from pathlib import Path
from typing import Any

import pytest

from sagepipe.dsl.hosts import Hosts
from sagepipe.runtime import identity
from sagepipe.runtime.config import Job, Place
from sagepipe.runtime.errors import JobError


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server")
    monkeypatch.setenv("SAGEPIPE_STEP", "tune_all")
    monkeypatch.delenv("SAGEPIPE_MLFLOW_POLICY", raising=False)


def job(name: str = "pipelines-abcdef012345-tune-all-Zz09Zz09Zz", **fields: Any) -> Job:
    return Job(name, "team.parts:tune", {}, {}, **{"outputs": {}, **fields})


def test_a_step_of_a_pipeline_is_known_by_its_step_and_execution() -> None:
    known = identity.of(job())
    assert (known.execution_id, known.step, known.name) == ("abcdef012345", "tune_all", "tune_all")
    assert (known.policy, known.tracking_uri) == ("best-effort", "http://server")


def test_a_training_job_of_a_tuning_step_has_its_number() -> None:
    known = identity.of(job("abcdef012345-tune-all-Zz09Zz09Zz-007-0123abcd"))
    assert (known.execution_id, known.step, known.name) == (
        "abcdef012345",
        "tune_all",
        "tune_all-007",
    )


def test_a_round_of_a_loop_has_its_number() -> None:
    assert identity.of(job("pipelines-abcdef012345-tune-all-3-Zz09Zz09Zz")).step == "tune_all-3"


def test_a_step_whose_name_ends_in_a_number_is_no_round(monkeypatch: Any) -> None:
    monkeypatch.setenv("SAGEPIPE_STEP", "tune-2")
    assert identity.of(job("pipelines-abcdef012345-tune-2-Zz09Zz09Zz")).step == "tune-2"


def test_the_digest_is_what_the_runner_found_or_what_the_images_name_says(monkeypatch: Any) -> None:
    monkeypatch.delenv("SAGEPIPE_IMAGE_DIGEST", raising=False)
    monkeypatch.setenv("SAGEPIPE_IMAGE_URI", "team/train:1")
    assert identity.of(job()).image_digest == ""
    monkeypatch.setenv("SAGEPIPE_IMAGE_URI", "team/train@sha256:01")
    assert identity.of(job()).image_digest == "sha256:01"
    monkeypatch.setenv("SAGEPIPE_IMAGE_DIGEST", "sha256:02")
    assert identity.of(job()).image_digest == "sha256:02"


def test_only_the_first_of_several_hosts_records() -> None:
    both = ("algo-1", "algo-2")
    assert identity.of(job(hosts=Hosts("algo-1", both))).tracking_uri == "http://server"
    assert identity.of(job(hosts=Hosts("algo-2", both))).tracking_uri == "off"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"output_root": Path("/o")}, Path("/o/.mlflow-spool")),
        ({"outputs": {"a": Place(Path("/a")), "b": Place(Path("/b"))}}, Path("/b/.mlflow-spool")),
        (
            {"outputs": {"returned": Place(Path("/r")), "b": Place(Path("/b"))}},
            Path("/r/.mlflow-spool"),
        ),
        ({}, None),
    ],
    ids=["training", "processing", "returns", "nothing"],
)
def test_records_that_can_not_be_sent_go_to_an_output(fields: Any, place: Path | None) -> None:
    assert identity.of(job(**fields)).spool == place


def test_an_unknown_policy_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setenv("SAGEPIPE_MLFLOW_POLICY", "strict")
    with pytest.raises(JobError, match="SAGEPIPE_MLFLOW_POLICY is 'strict'"):
        identity.of(job())
