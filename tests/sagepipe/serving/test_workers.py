"""Several processes behind one port: real ones, killed, hung and drained."""

import asyncio
import json
import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROW = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
RECORD = json.dumps([ROW])

# Who answers; and what a row asks of it: to die, or to hang until a file is there.
OBEDIENT = """
import os
import time
from pathlib import Path

import numpy as np
from sagepipe import serving

os.write(1, b'{"loaded by": %d}\\n' % os.getpid())


def predict(model, columns):
    wish = columns["carrier"][0]
    if wish == "die":
        os.kill(os.getpid(), 9)
    if wish and wish.startswith("/"):
        Path(wish).with_suffix(".reached").touch()
        while not Path(wish).exists():
            time.sleep(0.01)
    return serving.Predictions(np.array([os.getpid()] * len(columns["hour"])))
"""


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    pause = threading.Event()
    for _ in range(6000):
        if path.exists():
            return
        pause.wait(0.01)
    raise AssertionError(f"{path} did not come")


def wish(carrier: str) -> str:
    """Write a request that asks the predictor for something."""
    return json.dumps([{**ROW, "carrier": carrier}])


def answering(server) -> int:
    """Ask which process answers; the system shares connections out."""
    process: int = server.invoke(RECORD).json["predictions"][0]
    return process


def events(server) -> list[dict[str, object]]:
    """What the supervisor wrote."""
    return [line for line in map(json.loads, server.lines) if "event" in line]


def wait_for_event(server, reason: str) -> None:
    """Wait until the supervisor has written that it replaced a worker."""
    pause = threading.Event()
    for _ in range(6000):
        if any(event["reason"] == reason for event in events(server)):
            return
        pause.wait(0.01)
    raise AssertionError(f"no worker was replaced: {events(server)}")


@pytest.fixture(scope="module")
def pair(start, model_directory):
    """Two workers."""
    return start(model_directory, OBEDIENT, SAGEMAKER_MODEL_SERVER_WORKERS="2").wait(200)


def test_the_model_is_loaded_once_and_each_worker_answers(pair):
    answered = {answering(pair) for _ in range(60)}
    pause = threading.Event()
    for _ in range(6000):  # the thread that reads the lines has its own pace
        loaded = [json.loads(line) for line in pair.lines if "loaded by" in line]
        if loaded:
            break
        pause.wait(0.01)
    assert len(answered) == 2
    assert loaded == [{"loaded by": pair.process.pid}]
    assert pair.process.pid not in answered


def test_metrics_add_up_over_the_workers(start, model_directory):
    from prometheus_client.parser import text_string_to_metric_families

    pair = start(model_directory, OBEDIENT, MODEL_SERVER_WORKERS="2").wait(200)

    def rows() -> float:
        text = pair.request("GET", "/metrics").body.decode()
        samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
        return next(sample.value for sample in samples if sample.name == "sagepipe_rows_total")

    answered = [answering(pair) for _ in range(20)]
    assert len(set(answered)) == 2
    pause = threading.Event()
    for _ in range(6000):  # a worker counts a request after its caller has the answer
        if rows() == 20:
            break
        pause.wait(0.01)
    assert {rows() for _ in range(10)} == {20}


def test_a_crashing_worker_loses_its_own_request_and_is_replaced(start, model_directory):
    server = start(model_directory, OBEDIENT, MODEL_SERVER_WORKERS="1").wait(200)
    first = answering(server)
    with pytest.raises(ConnectionError):
        server.invoke(wish("die"))
    assert answering(server) not in (first, server.process.pid)
    assert server.ping() == 200
    wait_for_event(server, "killed by SIGKILL")
    assert server.stop() == 0


def test_requests_of_other_workers_outlive_a_crash(start, model_directory, tmp_path):
    server = start(model_directory, OBEDIENT, MODEL_SERVER_WORKERS="2").wait(200)
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(server.invoke, wish(str(gate)))
        wait_for(gate.with_suffix(".reached"))
        busy, other = sorted(children(server, 2), key=lambda worker: not is_busy(worker))
        os.kill(other, signal.SIGKILL)
        wait_for_event(server, "killed by SIGKILL")
        gate.touch()
        reply = kept.result()
    assert (reply.status, reply.json["predictions"]) == (200, [busy])


def children(server, count: int) -> list[int]:
    """List the workers' process ids, once there are only they."""
    pid = server.process.pid
    pause = threading.Event()
    for _ in range(6000):
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if len(found) == count:
            return list(map(int, found))
        pause.wait(0.01)
    raise AssertionError(f"{count} workers wanted: {found}")


def is_busy(worker: int) -> bool:
    """Whether a worker has a thread that predicts."""
    names = [p.read_text().strip() for p in Path(f"/proc/{worker}/task").glob("*/comm")]
    return len(names) > 1


def test_a_prediction_that_hangs_is_cut_off_and_its_worker_replaced(
    start, model_directory, tmp_path
):
    server = start(
        model_directory, OBEDIENT, MODEL_SERVER_WORKERS="1", SAGEMAKER_MODEL_SERVER_TIMEOUT="5"
    ).wait(200)
    hung = answering(server)
    reply = server.invoke(wish(str(tmp_path / "never")))
    assert reply.status == 503
    assert "the model did not answer within 5 s; its process is replaced" in reply.json["error"]
    wait_for_event(server, "the model took too long")
    assert answering(server) != hung
    assert server.ping() == 200


def test_an_event_loop_that_stands_still_is_killed(start, model_directory):
    server = start(
        model_directory, OBEDIENT, MODEL_SERVER_WORKERS="1", MODEL_SERVER_TIMEOUT="5"
    ).wait(200)
    (worker,) = children(server, 1)
    os.kill(worker, signal.SIGSTOP)
    wait_for_event(server, "killed by SIGKILL")
    assert answering(server) != worker


def test_workers_end_when_their_supervisor_is_killed(start, model_directory):
    server = start(model_directory, OBEDIENT, MODEL_SERVER_WORKERS="2").wait(200)
    workers = children(server, 2)
    server.process.kill()
    pause = threading.Event()
    for _ in range(6000):
        if all(map(has_ended, workers)):
            return
        pause.wait(0.01)
    raise AssertionError("workers are left behind")


def has_ended(process: int) -> bool:
    """Whether a process has ended, though nobody may have asked for its status yet."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_more_than_may_wait_is_503_and_what_waits_is_answered(start, model_directory, tmp_path):
    server = start(
        model_directory, OBEDIENT, MODEL_SERVER_WORKERS="1", SAGEPIPE_SERVE_QUEUE="2"
    ).wait(200)
    gate = tmp_path / "gate"
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(server.invoke, wish(str(gate)))
        wait_for(gate.with_suffix(".reached"))
        more = [pool.submit(server.invoke, RECORD) for _ in range(7)]
        pause = threading.Event()
        while sum(reply.done() for reply in more) < 5:
            pause.wait(0.01)
        assert server.ping() == 200
        refused = [reply.result() for reply in more if reply.done()]
        gate.touch()
        replies = [reply.result() for reply in (first, *more)]
    assert sorted(reply.status for reply in replies) == [200] * 3 + [503] * 5
    assert all("2 requests wait already" in reply.json["error"] for reply in refused)
    assert all(reply.headers["retry-after"] == "1" for reply in refused)
    assert server.invoke(RECORD).status == 200


def test_sigterm_loses_nothing_that_was_accepted(start, model_directory, tmp_path):
    server = start(model_directory, OBEDIENT, MODEL_SERVER_WORKERS="2").wait(200)
    gate = tmp_path / "gate"
    half = json.dumps([ROW]).encode()
    with (
        ThreadPoolExecutor(8) as pool,
        socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow,
    ):
        slow.sendall(
            b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(half) + half[:10]
        )
        replies = [pool.submit(server.invoke, wish(str(gate))) for _ in range(8)]
        wait_for(gate.with_suffix(".reached"))
        accepted(server, 9)
        server.process.terminate()
        server.wait_until_closed()
        slow.sendall(half[10:])
        gate.touch()
        assert [reply.result().status for reply in replies] == [200] * 8
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
    assert server.end() == 0


def accepted(server, count: int) -> None:
    """Wait until the workers have taken so many connections."""
    pause = threading.Event()
    for _ in range(6000):
        found = 0
        for worker in children(server, 2):
            inodes = set()
            for link in Path(f"/proc/{worker}/fd").iterdir():
                with suppress(FileNotFoundError):  # a connection that has ended meanwhile
                    inodes.add(os.readlink(link).removeprefix("socket:").strip("[]"))
            table = Path(f"/proc/{worker}/net/tcp").read_text().splitlines()[1:]
            rows = [line.split() for line in table]
            found += sum(
                row[3] == "01" and row[9] in inodes and row[1].endswith(f":{server.port:04X}")
                for row in rows
            )
        if found >= count:
            return
        pause.wait(0.01)
    raise AssertionError(f"{found} of {count} connections were taken")


class TestExecutionParameters:
    def test_say_how_a_transform_job_had_best_ask(self, pair):
        reply = pair.request("GET", "/execution-parameters")
        assert reply.status == 200
        assert reply.json == {
            "MaxConcurrentTransforms": 2,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": 6,
        }

    def test_many_workers_stay_within_what_a_transform_job_may_ask_for(self):
        from sagepipe.serving.app import execution_parameters
        from sagepipe.serving.settings import ServerSettings

        told = execution_parameters(ServerSettings(workers=64))
        assert told["MaxConcurrentTransforms"] * told["MaxPayloadInMB"] <= 100


def test_sigterm_in_the_middle_of_a_storm_leaves_no_connection_without_its_answer(
    start, onnx_directory
):
    server = start(onnx_directory, MODEL_SERVER_WORKERS="2").wait(200)
    request = (
        b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(RECORD) + RECORD.encode()
    )
    answers: list[bytes] = []

    async def ask_until_nobody_listens() -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            except ConnectionRefusedError:
                return
            writer.write(request)
            answers.append((await reader.read())[:12])
            writer.close()
            if len(answers) == 200:
                server.process.terminate()

    async def storm() -> None:
        await asyncio.gather(*(ask_until_nobody_listens() for _ in range(32)))

    asyncio.run(storm())
    assert server.end() == 0
    assert len(answers) >= 200
    assert set(answers) == {b"HTTP/1.1 200"}
