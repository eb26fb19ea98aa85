"""An MLflow server that SageMaker manages: who is asked, with which signature.

AWS's own endpoint is out of reach here. A server in its place makes each signature anew from the
request that it got and the secret that both know, as AWS does, and passes on what is signed well.
"""

import http.client
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

pytest.importorskip(
    "sagemaker_mlflow", reason="SageMaker's plugin of MLflow is installed in tox's env peers only"
)

from sagepipe import tracking
from sagepipe.tracking import StepIdentity, TrackingError, store

sys.path.insert(0, str(Path(__file__).parents[1] / "sagepipe/tracking"))

import servers

ACCESS, SECRET = "AKIDEXAMPLE", "a-secret"
SERVER = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/team"
APP = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-0123"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse whatever would leave this machine, whose own address is not refused here."""
    look_up = socket.getaddrinfo

    def refuse(host: str, *arguments: Any, **options: Any) -> Any:
        assert host == "127.0.0.1", f"{host} was looked up"
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class Endpoint(ThreadingHTTPServer):
    """SageMaker's endpoint of MLflow, in front of a server.

    Attributes:
        address: Where it listens.
        arns: What the requests that it took say they are for.
        refused: How many were not signed well.
    """

    daemon_threads = True

    def __init__(self, behind: str, service: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind)
        self.service = service
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.arns: set[str | None] = set()
        self.refused = 0


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._is_signed(body):
            self.server.refused += 1
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        for name in ("x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn"):
            if name in self.headers:
                self.server.arns.add(self.headers[name])
        behind = self.server.behind
        with closing(http.client.HTTPConnection(str(behind.hostname), behind.port or 80)) as ahead:
            headers = {"Content-Type": self.headers.get("Content-Type", "")}
            ahead.request(self.command, self.path, body, headers)
            answer = ahead.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.getheader("Content-Type") or "")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _is_signed(self, body: bytes) -> bool:
        """Sign what came as whoever sent it should have."""
        said = self.headers.get("Authorization", "")
        if not said.startswith(f"AWS4-HMAC-SHA256 Credential={ACCESS}/"):
            return False
        signed = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
        headers = {name: self.headers[name] for name in signed if name != "x-amz-date"}
        url = f"{self.server.address}{self.path}"
        request = AWSRequest(self.command, url, headers=headers, data=body)
        signer = SigV4Auth(Credentials(ACCESS, SECRET), self.server.service, "eu-west-1")
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        request.headers["X-Amz-Date"] = self.headers["X-Amz-Date"]
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        return said.endswith(f"Signature={signature}")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MLflow's server, which keeps artifacts beside it as SageMaker's keeps them in S3."""
    folder = tmp_path_factory.mktemp("server")
    place = ("--no-serve-artifacts", "--default-artifact-root", (folder / "artifacts").as_uri())
    with servers.mlflow_server(folder, f"sqlite:///{folder}/mlflow.db", *place) as address:
        yield address


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job's role has; a request that is refused is not made again."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture(params=[(SERVER, "sagemaker-mlflow"), (APP, "sagemaker")], ids=["server", "app"])
def endpoint(
    request: pytest.FixtureRequest, mlflow_server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Endpoint]]:
    """An ARN, and the endpoint that stands for AWS's; each kind is signed for its service."""
    arn, service = request.param
    server = Endpoint(mlflow_server, service)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", server.address)
    try:
        yield arn, server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.usefixtures("credentials")
def test_a_step_is_recorded_with_every_request_signed_for_its_server(
    endpoint: tuple[str, Endpoint], tmp_path: Path
) -> None:
    arn, server = endpoint
    identity = StepIdentity(arn, "flights", server.service, "train", policy="required")
    (tmp_path / "page.html").write_text("<p>")
    with tracking.step_run(identity):
        tracking.log_step({"rate": 0.5, "note": "a b+c"}, "team:train", Path(__file__), {})
        tracking.log_artifact(tmp_path / "page.html", "report")
        tracking.log_result_metrics({"auc": 0.75})
    found = tracking.find_execution(arn, "flights", server.service)
    assert found is not None and found.status == "FINISHED"
    metrics = store.client(arn).get_run(found.run_id).data.metrics
    assert metrics == {"auc": 0.75}
    assert server.arns == {arn}
    assert server.refused == 0


@pytest.mark.usefixtures("credentials")
def test_another_secret_is_refused(
    endpoint: tuple[str, Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    arn, server = endpoint
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    identity = StepIdentity(arn, "flights", "zzzzzz012345", "train", policy="required")
    with pytest.raises(TrackingError, match="403"), tracking.step_run(identity):
        pass
    assert server.refused


@pytest.mark.parametrize(
    ("arn", "address"),
    [
        (SERVER, "https://eu-west-1.experiments.sagemaker.aws"),
        (APP, "https://mlflow.sagemaker.eu-west-1.app.aws"),
    ],
)
def test_the_address_is_the_regions(
    arn: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sagemaker_mlflow.host_creds import get_host_creds

    monkeypatch.delenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", raising=False)
    store.client(arn)
    assert get_host_creds(arn).host == address
