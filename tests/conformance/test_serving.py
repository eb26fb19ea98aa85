"""Checks 29 to 33: models that answer, and transform jobs that ask them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sagepipe import local
from sagepipe.contract import hosting
from sagepipe.local import LocalRuntime
from sagepipe.local.control import Control
from sagepipe.local.jobs.endpoint import Endpoint, free_port
from sagepipe.local.launch.choose import ChosenLauncher
from sagepipe.local.launch.guardian import Guardian
from sagepipe.local.launch.launch import SERVE as SERVE_WORD
from sagepipe.local.launch.launch import Command, Launch

# Answers each line with itself; PINGS says how often /ping answers 503 first, and PAUSE how long
# it takes.
SERVE = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

names = ("BATCH", "BATCH_STRATEGY", "MAX_PAYLOAD_IN_MB", "MAX_CONCURRENT_TRANSFORMS")
told = {name: os.environ.get(f"SAGEMAKER_{name}") for name in names}
print("told", json.dumps({name: text for name, text in told.items() if text}), flush=True)
pings = int(os.environ.get("PINGS", 0))

class Handler(BaseHTTPRequestHandler):
    def reply(self, status, body=b"", headers={}):
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        global pings
        if self.path != "/ping":
            said = os.environ.get("PARAMETERS")
            return self.reply(200 if said else 404, (said or "").encode())
        time.sleep(float(os.environ.get("PAUSE", 0)))
        pings -= 1
        self.reply(200 if pings < 0 else 503)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print("asked", json.dumps(body.decode()), flush=True)
        given = self.headers.get("X-Amzn-SageMaker-Custom-Attributes")
        print("headers", json.dumps(sorted(name.lower() for name in self.headers)), flush=True)
        back = {"X-Amzn-SageMaker-Custom-Attributes": f"{given} seen", "X-Foo": "bar"}
        self.reply(200, body, back if body == b"answer" else {})
    def log_message(self, *_):
        pass

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
address = (os.environ.get("SAGEPIPE_SERVE_HOST", "0.0.0.0"),
           int(os.environ.get("SAGEMAKER_BIND_TO_PORT", 8080)))
ThreadingHTTPServer(address, Handler).serve_forever()
"""


def score(bench: Any, environment: dict[str, str] | None = None, **arguments: Any) -> Any:
    return bench.run(
        *bench.transform("score", SERVE, "s3://b/in/", Environment=environment or {}, **arguments)
    )


@contextmanager
def served(bench: Any, program: str) -> Iterator[tuple[LocalRuntime, Path]]:
    """A serving program in its container, or what stands for one, and its log."""
    folder, port = bench.folder / "host", free_port()
    log = folder / "log.txt"
    (folder / "opt/ml/model").mkdir(parents=True)
    (folder / "opt/ml/model/serve.py").write_text(bench.prelude + program)
    command = Command(bench.image, (), (SERVE_WORD,))
    launch = Launch(command, {}, folder, log, "algo-1", ("algo-1",), job="check31", port=port)
    control = Control(ChosenLauncher(bench.settings), 5.0, Guardian())
    endpoint = Endpoint(control.process(), launch)
    endpoint.start(lambda: None)
    try:
        yield LocalRuntime(f"http://127.0.0.1:{port}"), log
    finally:
        endpoint.stop()


def told(bench: Any, execution: Any) -> dict[str, str]:
    (found,) = bench.said(execution, "score", "told")
    return dict(found)


@pytest.mark.check(29)
def test_29_a_model_is_in_service_once_it_answers_200(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put("s3://b/in/a.csv", "1\n")

    in_time = score(bench, {"PINGS": "10"})
    monkeypatch.setattr(hosting, "STARTUP_SECONDS", 3)
    never = score(bench, {"PINGS": "1000000"})

    assert in_time.status == "Succeeded", in_time.step("score").failure_reason
    assert never.status == "Failed"
    assert "did not answer GET /ping with 200 within 3 s" in str(never.step("score").failure_reason)


@pytest.mark.check(30)
def test_30_a_slow_ping_is_no_answer(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.put("s3://b/in/a.csv", "1\n")
    monkeypatch.setattr(hosting, "STARTUP_SECONDS", 5)

    assert score(bench, {"PAUSE": "3"}).status == "Failed"


@pytest.mark.check(31)
def test_31_custom_attributes_travel_and_other_headers_do_not(bench: Any) -> None:
    with served(bench, SERVE) as (runtime, log):
        said = runtime.invoke_endpoint(EndpointName="e", Body=b"answer", CustomAttributes="c=1")
        silent = runtime.invoke_endpoint(EndpointName="e", Body=b"hush", CustomAttributes="c=1")
        with pytest.raises(local.LocalError, match="XFoo means nothing here"):
            runtime.invoke_endpoint(EndpointName="e", Body=b"x", XFoo="bar")

    assert (said["Body"].read(), said["CustomAttributes"]) == (b"answer", "c=1 seen")
    assert set(said) == {"Body", "ContentType", "InvokedProductionVariant", "CustomAttributes"}
    assert "CustomAttributes" not in silent
    (headers, _) = (line for line in log.read_text().splitlines() if line.startswith("headers"))
    received = set(json.loads(headers.removeprefix("headers ")))
    transport = {"host", "accept-encoding", "content-length"}
    assert received - transport == {"x-amzn-sagemaker-custom-attributes"}


@pytest.mark.check(32)
def test_32_a_transform_job_says_what_its_caller_set(bench: Any) -> None:
    bench.put("s3://b/in/a.csv", "1\n2\n")

    plain = score(bench, {"PARAMETERS": json.dumps({"BatchStrategy": "MULTI_RECORD"})})
    limited = score(bench, BatchStrategy="SingleRecord", MaxPayloadInMB=1)

    assert plain.status == limited.status == "Succeeded", plain.step("score").failure_reason
    assert told(bench, plain) == {"BATCH": "true"}
    assert told(bench, limited) == {
        "BATCH": "true",
        "BATCH_STRATEGY": "SINGLE_RECORD",
        "MAX_PAYLOAD_IN_MB": "1",
    }


@pytest.mark.check(33)
def test_33_requests_never_span_files(bench: Any) -> None:
    bench.put("s3://b/in/a.csv", "1\n2\n")
    bench.put("s3://b/in/b.csv", "3\n")

    execution = score(bench, BatchStrategy="MultiRecord")

    assert bench.said(execution, "score", "asked") == ["1\n2\n", "3\n"]
    assert bench.s3("s3://b/scored/a.csv.out").read_text() == "1\n2\n"
    assert bench.s3("s3://b/scored/b.csv.out").read_text() == "3\n"
