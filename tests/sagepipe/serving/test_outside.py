"""Real servers of a model whose training expects hours from 0 to 23."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.once

ROW = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
LATE = json.dumps([ROW, {**ROW, "hour": 25}, {**ROW, "hour": -1}])


@pytest.fixture(scope="module", params=["onnx", "sklearn"])
def directory(request, model_directory, onnx_directory):
    """A model folder of each engine."""
    return onnx_directory if request.param == "onnx" else model_directory


def requests_outside(server) -> float:
    text = server.request("GET", "/metrics").body.decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return next(s.value for s in samples if s.name == "sagepipe_outside_requests_total")


def hours(server):
    document = server.request("GET", "/openapi.json").json
    return document["components"]["schemas"]["Row"]["properties"]["hour"]


def test_they_are_refused(start, directory):
    server = start(directory, MODEL_SERVER_WORKERS="1").wait(200)
    reply = server.invoke(LATE)
    assert (reply.status, reply.json["error"]) == (
        400,
        "row 2, column 'hour': 25 is not at least 0 and at most 23, as the model's training "
        "expects",
    )
    bare = server.invoke("900.0,18,UA,false\n900.0,24,UA,false\n", "text/csv")
    assert (bare.status, "row 2, column 'hour': 24" in bare.json["error"]) == (400, True)
    assert server.invoke(json.dumps([ROW])).status == 200
    assert (requests_outside(server), hours(server)["maximum"]) == (2, 23)
    assert server.stop() == 0
    line = next(line for line in server.log if line["path"] == "/invocations")
    assert line["outside"] == {"hour": 2}
    assert line["error"] == {"kind": "OutsideExpectations", "row": 2, "column": "hour"}


def test_or_answered_and_reported(start, directory):
    server = start(directory, MODEL_SERVER_WORKERS="1", SAGEPIPE_SERVE_OUTSIDE="report").wait(200)
    reply = server.invoke(LATE)
    assert (reply.status, len(reply.json["predictions"])) == (200, 3)
    assert reply.headers["x-sagepipe-outside"] == "2"
    assert "x-sagepipe-outside" not in server.invoke(json.dumps([ROW])).headers
    assert requests_outside(server) == 1
    assert hours(server)["maximum"] > 23
    assert server.stop() == 0
    lines = [line for line in server.log if line["path"] == "/invocations"]
    assert [line.get("outside") for line in lines] == [{"hour": 2}, None]


def test_a_word_that_is_neither_is_named(start, directory):
    server = start(directory, SAGEPIPE_SERVE_OUTSIDE="ignore")
    assert server.end() == 1
    assert server.errors == [
        "serve: SAGEPIPE_SERVE_OUTSIDE='ignore' is not one of refuse, report\n"
    ]
