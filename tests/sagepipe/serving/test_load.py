"""Twice as many requests as the model can answer: some are refused, and /ping stays right.

A short run shows that nothing breaks. ``SM_TEMPLATE_LOAD_SECONDS=60`` on a machine with nothing
else to do shows the numbers, too (``pytest -s``): there the clock counts.
"""

import json
import os
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.once

ROW = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
RECORD = json.dumps([ROW])

# A model that answers 50 requests a second, if the machine lets it.
STEADY = """
import time

from sagepipe import serving


def predict(model, columns):
    due = time.monotonic() + 0.02
    predictions = serving.predict(model, columns)
    time.sleep(max(0, due - time.monotonic()))
    return predictions
"""
CAPACITY = 50
SECONDS = float(os.environ.get("SM_TEMPLATE_LOAD_SECONDS", "3"))
MEASURED = "SM_TEMPLATE_LOAD_SECONDS" in os.environ
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
        while time.monotonic() < begun + SECONDS or not pings:
            asked = time.monotonic()
            pings.append((server.ping(), time.monotonic() - asked))
            pause.wait(0.05)

    with ThreadPoolExecutor(64) as pool, ThreadPoolExecutor(1) as beside:
        pinging = beside.submit(ping)
        answers = list(pool.map(ask, range(int(2 * CAPACITY * SECONDS))))
        pinging.result()

    statuses = [status for status, _ in answers]
    assert {200} <= set(statuses) <= {200, 503}
    assert {status for status, _ in pings} == {200}
    recovered = [ask(0) for _ in range(WAITING)]
    assert {status for status, _ in recovered} == {200}
    assert metric(server, "sagepipe_requests_total", status="503") == statuses.count(503)
    assert metric(server, "sagepipe_waiting_requests") == 0
    assert server.stop() == 0
    assert not [line for line in server.lines if "worker replaced" in line]

    if MEASURED:
        answered = [seconds for status, seconds in answers if status == 200]
        refused = [seconds for status, seconds in answers if status == 503]
        first = recovered[0][1]
        print(
            f"\n{len(answers)} requests in {SECONDS:g} s: {len(answered)} answered "
            f"({_times(answered)}), {len(refused)} refused ({_times(refused)}); {len(pings)} "
            f"pings ({_times([seconds for _, seconds in pings])}); after it {_times([first])}"
        )
        assert len(answered) > CAPACITY * SECONDS * 0.7
        assert max(seconds for _, seconds in pings) < 2
        # What is answered has waited behind no more than may wait.
        assert statistics.median(answered) < 2 * (WAITING + 1) / CAPACITY
        assert first < 1


def _times(seconds: list[float]) -> str:
    """Write the median and the worst."""
    return f"median {statistics.median(seconds) * 1000:.0f} ms, worst {max(seconds) * 1000:.0f} ms"


def metric(server, name: str, **labels: str) -> float:
    """Read a number of /metrics."""
    text = server.request("GET", "/metrics").body.decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return next(s.value for s in samples if s.name == name and s.labels == labels)
