"""What a step records goes in few requests, and one that is refused takes no other with it."""

from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import servers

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, records, store


def test_records_go_in_as_few_requests_as_mlflow_allows() -> None:
    some = records.make({f"p{n}": n for n in range(250)}, {f"m{n}": n for n in range(900)})
    sizes = [(len(part.params), len(part.metrics)) for part in records.merged([some])]
    assert sizes == [(100, 800), (100, 100), (50, 0)]


def test_what_waits_goes_together() -> None:
    parts = [records.make(metrics={"auc": 0.5}), records.make(tags={"suite": "sha256:0"})]
    (batch,) = records.merged(parts)
    assert ([it.key for it in batch.metrics], [it.key for it in batch.tags]) == (["auc"], ["suite"])
    assert list(records.merged([])) == []


def test_a_metric_that_mlflow_refuses_takes_no_other_with_it(
    identity: StepIdentity, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = "a" * 300
    with tracking.step_run(identity) as run:
        assert run
        tracking.log_result_metrics({"auc": 0.5})
        tracking.log_result_metrics({refused: 1.0})
        tracking.log_suite("raw", "sha256:0")
    found = store.client(identity.tracking_uri).get_run(run.run_id)
    assert found.data.metrics == {"auc": 0.5}
    assert found.data.tags["sagepipe.suite_hash.raw"] == "sha256:0"
    assert f"{refused} not recorded" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_a_warning_and_no_lost_server(
    identity: StepIdentity, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracking.step_run(identity) as run:
        assert run
        tracking.log_artifact(tmp_path / "nowhere.html")
        tracking.log_metrics({"auc": 0.5})
    assert "nowhere.html not recorded" in capsys.readouterr().err
    assert store.client(identity.tracking_uri).get_run(run.run_id).data.metrics == {"auc": 0.5}


def test_calls_beside_each_other_all_end_before_one_of_them_fails() -> None:
    client = store.client("http://127.0.0.1:9")
    ended = []
    with pytest.raises(ValueError):
        store.at_once(client, partial(_fail, ValueError), lambda: ended.append("other"))
    with pytest.raises(KeyError):
        store.at_once(client, lambda: ended.append("first"), partial(_fail, KeyError))
    assert ended == ["other", "first"]
    assert store.at_once(client, lambda: "first", lambda: "other") == "first"


def test_a_job_that_is_stopped_does_not_wait_for_calls_that_hang() -> None:
    hanging = Event()
    try:
        with pytest.raises(KeyboardInterrupt):
            client = store.client("http://127.0.0.1:9")
            store.at_once(client, partial(_fail, KeyboardInterrupt), hanging.wait)
    finally:
        hanging.set()


def _fail(kind: type[BaseException]) -> None:
    raise kind


@pytest.mark.once
def test_the_requests_of_a_step_do_not_grow_with_what_it_records(
    http_server: str, fitted: tuple[Any, Any], tmp_path: Path
) -> None:
    asked = []
    with servers.faulty(http_server) as server:
        for number, count in enumerate((1, 90)):
            server.asked = 0
            execution = f"requests{number:04d}"
            with tracking.step_run(StepIdentity(server.address, "flights", execution, "train")):
                tracking.log_params({f"p{n}": n for n in range(count)})
                tracking.log_metrics({f"m{n}": n for n in range(count)})
                tracking.log_model(*fitted)
                tracking.log_result_metrics({f"r{n}": n for n in range(count)})
            asked.append(server.asked)
    assert asked[1] <= asked[0] <= 29
