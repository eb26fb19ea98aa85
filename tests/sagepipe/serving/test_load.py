"""Twice as many requests as the model can answer: some are refused, and /ping stays right."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.once

ROW = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
RECORD = json.dumps([ROW])

# A model that answers 50 requests a second, whatever the machine.
STEADY = """
import time

from sagepipe import serving


def predict(model, columns):
    time.sleep(0.02)
    return serving.predict(model, columns)
"""
CAPACITY = 50
SECONDS = 4
WAITING = 8


def test_at_twice_its_capacity_the_server_sheds_and_recovers(start, model_directory):
    server = start(
        model_directory, STEADY, MODEL_SERVER_WORKERS="1", SAGEPIPE_SERVE_QUEUE=str(WAITING)
    ).wait(200)
    begun = time.monotonic()
    pause = threading.Event()
    pings: list[tuple[int, float]] = []

    def ask(number: int) -> tuple[int, float]:
        due = begun + number / (2 * CAPACITY)
        pause.wait(max(0.0, due - time.monotonic()))
        asked = time.monotonic()
        status = server.invoke(RECORD).status
        return status, time.monotonic() - asked

    def ping() -> None:
        while time.monotonic() < begun + SECONDS:
            asked = time.monotonic()
            pings.append((server.ping(), time.monotonic() - asked))
            pause.wait(0.05)

    with ThreadPoolExecutor(64) as pool, ThreadPoolExecutor(1) as beside:
        pinging = beside.submit(ping)
        answers = list(pool.map(ask, range(2 * CAPACITY * SECONDS)))
        pinging.result()

    statuses = [status for status, _ in answers]
    assert set(statuses) == {200, 503}
    assert statuses.count(200) > CAPACITY * SECONDS / 4
    assert {status for status, _ in pings} == {200}
    assert max(seconds for _, seconds in pings) < 2
    # What is answered has waited behind no more than may wait.
    answered = sorted(seconds for status, seconds in answers if status == 200)
    assert answered[len(answered) // 2] < 2
    assert [server.invoke(RECORD).status for _ in range(WAITING)] == [200] * WAITING
    assert metric(server, "sagepipe_requests_total", status="503") == statuses.count(503)
    assert metric(server, "sagepipe_waiting_requests") == 0


def metric(server, name: str, **labels: str) -> float:
    """Read a number of /metrics."""
    text = server.request("GET", "/metrics").body.decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return next(s.value for s in samples if s.name == name and s.labels == labels)
