"""Asking a served model as boto3's client asks an endpoint."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.exceptions import ParamValidationError

from sagepipe.local import EndpointError, LocalError, LocalRuntime


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400 if body == b"bad" else 200)
        self.send_header("Content-Type", self.headers.get("Accept") or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def runtime() -> Iterator[LocalRuntime]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield LocalRuntime(f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()


def test_an_answer_has_the_members_of_boto3s(runtime: LocalRuntime) -> None:
    answer = runtime.invoke_endpoint(EndpointName="flights", Body="1,2", Accept="text/csv")

    assert answer["Body"].read() == b"1,2"
    assert answer["ContentType"] == "text/csv"
    client = boto3.client("sagemaker-runtime", region_name="eu-west-1")
    shape = client.meta.service_model.operation_model("InvokeEndpoint").output_shape
    assert set(answer) <= set(shape.members)


def test_boto3_takes_the_same_arguments() -> None:
    client = boto3.client("sagemaker-runtime", region_name="eu-west-1")
    members = client.meta.service_model.operation_model("InvokeEndpoint").input_shape.members

    assert {"ContentType", "Accept", "CustomAttributes", "InferenceId"} <= set(members)
    with pytest.raises(ParamValidationError):
        client.invoke_endpoint(Body=b"")


def test_an_error_of_the_model_has_its_status_and_message(runtime: LocalRuntime) -> None:
    with pytest.raises(EndpointError, match=r"client error \(400\) from primary") as error:
        runtime.invoke_endpoint(EndpointName="flights", Body=b"bad")

    assert error.value.response["OriginalStatusCode"] == 400
    assert error.value.response["OriginalMessage"] == "bad"


def test_a_member_that_means_nothing_here_is_refused(runtime: LocalRuntime) -> None:
    with pytest.raises(LocalError, match="TargetModel means nothing here; there are ContentType"):
        runtime.invoke_endpoint(EndpointName="flights", Body=b"", TargetModel="a")


@pytest.mark.parametrize("attributes", ["é", "x" * 1025])
def test_custom_attributes_are_short_and_ascii(runtime: LocalRuntime, attributes: str) -> None:
    with pytest.raises(LocalError, match="CustomAttributes has to be ASCII, at most 1024"):
        runtime.invoke_endpoint(EndpointName="flights", Body=b"", CustomAttributes=attributes)


def test_a_body_that_is_too_large_is_not_sent(runtime: LocalRuntime) -> None:
    with pytest.raises(LocalError, match="an endpoint takes 26,214,400"):
        runtime.invoke_endpoint(EndpointName="flights", Body=bytes(26_214_401))


def test_without_a_server_the_remedy_is_named() -> None:
    with pytest.raises(LocalError, match="`sagepipe serve` serves the last registered model"):
        LocalRuntime("http://127.0.0.1:9").invoke_endpoint(EndpointName="flights", Body=b"")
