"""MLflow's registry in step with model packages, and the chain from one to what made it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sagepipe import tracking
from sagepipe.tracking import Package, StepIdentity, TrackingError, spool, store

PENDING, APPROVED, REJECTED = "PendingManualApproval", "Approved", "Rejected"
CHAIN = [
    "model package",
    "approval",
    "execution",
    "execution's run",
    "model version",
    "training run",
    "version's package",
    "version's execution",
    "version's approval",
    "image",
    "image digest",
    "git commit",
    "data hash rows",
    "suite hash raw",
]


@pytest.fixture
def train(identity: StepIdentity, fitted: tuple[Any, Any], tmp_path: Path, monkeypatch: Any) -> Any:
    """Train a model in an execution of its own, and say what its model package would."""
    monkeypatch.setenv("SAGEPIPE_GIT_COMMIT", "0123abc")
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows/a.csv").write_text("1")

    def train(number: int, approval: str = PENDING, **changes: Any) -> Package:
        step = replace(
            identity,
            execution_id=f"execution{number:03d}",
            image_digest="sha256:0",
            **changes,
        )
        with tracking.step_run(step):
            tracking.log_step({}, "team.train:train", Path(__file__), {"rows": tmp_path / "rows"})
            tracking.log_suite("raw", "sha256:1")
            logged = tracking.log_model(*fitted)
        return Package(
            arn=f"arn:aws:sagemaker:local:0:model-package/flights/{number}",
            approval=approval,
            execution_id=step.execution_id,
            execution_arn=f"arn:aws:sagemaker:local:0:pipeline/flights/execution/{number}",
            metadata={**logged.metadata, "mlflow.experiment_name": "flights"},
        )

    return train


def aliases(uri: str) -> dict[str, str]:
    found = store.client(uri).get_registered_model("flights").aliases
    return {alias: str(number) for alias, number in found.items()}


def missing(uri: str, package: Package) -> list[str]:
    return [link.name for link in tracking.trace(uri, package) if not link.value]


def test_the_champion_is_the_newest_approved_and_the_candidate_the_newest_that_waits(
    uri: str, train: Any
) -> None:
    first, second = train(1), train(2)
    tracking.align(uri, [second, first])
    assert aliases(uri) == {"candidate": "2"}
    approved = replace(first, approval=APPROVED)
    said = tracking.align(uri, [second, approved])
    assert aliases(uri) == {"candidate": "2", "champion": "1"}
    assert said.aliases == {"flights@candidate": "flights/2", "flights@champion": "flights/1"}
    tracking.align(uri, [replace(second, approval=APPROVED), approved])
    assert aliases(uri) == {"champion": "2"}
    tracking.align(uri, [replace(second, approval=REJECTED), approved])
    assert aliases(uri) == {"champion": "1"}
    tracking.align(uri, [replace(second, approval=REJECTED), replace(first, approval=REJECTED)])
    assert aliases(uri) == {}


def test_a_version_is_told_its_package_approval_and_origin(uri: str, train: Any) -> None:
    package = train(1)
    tracking.align(uri, [package])
    carried = store.client(uri).get_model_version("flights", "1").tags
    assert (
        carried.items()
        >= {
            "sagepipe.model_package_arn": package.arn,
            "sagepipe.approval_status": PENDING,
            "sagepipe.execution_id": package.execution_id,
            "sagepipe.execution_arn": package.execution_arn,
            "sagepipe.image_uri": "image:1",
            "sagepipe.git_commit": "0123abc",
            "sagepipe.suite_hash.raw": "sha256:1",
        }.items()
    )
    assert carried["sagepipe.data_hash.rows"].startswith("sha256:")


def test_steps_that_disagree_on_their_origin_are_told_apart(
    uri: str, train: Any, identity: StepIdentity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = train(1)
    (tmp_path / "others").write_text("2")
    for commit in ("4567def", "89abcde"):  # of a step that was run again, the last counts
        monkeypatch.setenv("SAGEPIPE_GIT_COMMIT", commit)
        judged = replace(identity, execution_id=package.execution_id, step="judge")
        with tracking.step_run(judged):
            tracking.log_step({}, "team.j:judge", Path(__file__), {"rows": tmp_path / "others"})
    tracking.align(uri, [package])
    links = {link.name: link.value for link in tracking.trace(uri, package)}
    assert [name for name in links if name not in CHAIN] == [
        "git commit judge",
        "data hash rows.judge",
    ]
    assert (links["git commit"], links["git commit judge"]) == ("0123abc", "89abcde")
    assert links["data hash rows"] != links["data hash rows.judge"]
    carried = store.client(uri).get_model_version("flights", "1").tags
    assert carried["sagepipe.git_commit"] == "0123abc"
    assert missing(uri, package) == []


def test_the_chain_is_whole_once_the_registry_is_in_step(uri: str, train: Any) -> None:
    package = train(1)
    assert missing(uri, package)[:3] == CHAIN[6:9]
    tracking.align(uri, [package])
    links = tracking.trace(uri, package)
    assert [link.name for link in links] == CHAIN
    assert missing(uri, package) == []


@pytest.mark.parametrize(
    ("tag", "link"),
    [
        ("sagepipe.model_package_arn", "version's package"),
        ("sagepipe.execution_arn", "version's execution"),
        ("sagepipe.approval_status", "version's approval"),
        ("sagepipe.image_uri", "image"),
        ("sagepipe.image_digest", "image digest"),
        ("sagepipe.git_commit", "git commit"),
        ("sagepipe.data_hash.rows", "data hash"),
        ("sagepipe.suite_hash.raw", "suite hash"),
    ],
)
def test_each_tag_that_is_missing_is_a_missing_link(
    uri: str, train: Any, tag: str, link: str
) -> None:
    package = train(1)
    tracking.align(uri, [package])
    store.client(uri).delete_model_version_tag("flights", "1", tag)
    assert missing(uri, package) == [link]


def test_runs_and_versions_that_are_gone_are_missing_links(uri: str, train: Any) -> None:
    package, client = train(1), store.client(uri)
    tracking.align(uri, [package])
    version = client.get_model_version("flights", "1")
    client.delete_run(version.run_id)
    assert missing(uri, package) == ["training run"]
    elsewhere = replace(package, execution_id="execution999")
    assert missing(uri, elsewhere)[:1] == ["execution's run"]
    client.delete_model_version("flights", "1")
    assert missing(uri, package) == ["model version"]


def test_the_registry_of_a_package_that_disagrees_is_a_missing_link(uri: str, train: Any) -> None:
    package = train(1)
    tracking.align(uri, [package])
    assert missing(uri, replace(package, approval=APPROVED)) == ["version's approval"]


def test_a_package_whose_model_was_never_tracked_is_named(uri: str, train: Any) -> None:
    package = train(1)
    untracked = replace(
        package, execution_id="execution999", metadata={"mlflow.model_version": "none"}
    )
    assert tracking.align(uri, [untracked]).unknown == [package.arn]


def test_a_model_that_was_uploaded_later_is_found_by_its_execution(
    uri: str, train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    package = train(1, tracking_uri="http://127.0.0.1:9", spool=tmp_path / spool.NAME)
    assert package.metadata["mlflow.model_version"] == "none"
    tracking.sync(tmp_path / spool.NAME, uri)
    said = tracking.align(uri, [package])
    assert said.versions == {package.arn: "flights/1"}
    assert missing(uri, package) == []


def test_a_store_out_of_reach_is_an_error_with_a_remedy(
    train: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    package = train(1)
    with pytest.raises(TrackingError, match="do the same again when it can be used"):
        tracking.align("http://127.0.0.1:9", [package])
    with pytest.raises(TrackingError, match="9 can't be used"):
        tracking.trace("http://127.0.0.1:9", package)
    with pytest.raises(TrackingError, match="tracking is off"):
        tracking.trace("off", package)
