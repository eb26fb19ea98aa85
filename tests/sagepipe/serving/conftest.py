"""A small model with every type of column, and real servers for it on free ports."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import sagepipe
from sagepipe import export
from sagepipe.local.jobs.endpoint import free_port
from sagepipe.serving import Schema
from sagepipe.serving.engines import sklearn as engine
from sagepipe.serving.expectations import Expectation

LIBRARY = Path(sagepipe.__file__).resolve().parents[1]
DEADLINE_SECONDS = 180


def make_frame(rows: int = 400, seed: int = 7) -> pd.DataFrame:
    """Make a table of four types with values missing in the number and the text."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "distance": random.normal(1000, 300, rows).round(1),
            "hour": random.integers(0, 24, rows),
            "carrier": random.choice(["AA", "B6", "UA"], rows),
            "holiday": random.choice([True, False], rows),
        }
    )
    frame.loc[1::9, "distance"] = np.nan
    frame.loc[2::11, "carrier"] = None
    return frame


def make_model(frame: pd.DataFrame) -> Pipeline:
    """Fit a classifier to the table as a training component would."""
    numbers = Pipeline([("impute", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())])
    texts = Pipeline(
        [
            ("impute", SimpleImputer(strategy="most_frequent")),
            ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
        ]
    )
    prepare = ColumnTransformer(
        [("numbers", numbers, ["distance", "hour", "holiday"]), ("texts", texts, ["carrier"])]
    )
    late = np.where(
        (frame["hour"] > 15) ^ frame["carrier"].eq("UA").fillna(False), "late", "on time"
    )
    model = HistGradientBoostingClassifier(max_iter=10, random_state=7)
    return Pipeline([("prepare", prepare), ("model", model)]).fit(frame, late)


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """The table that the model is fitted on."""
    return make_frame()


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Other rows, with missing values and categories that training never saw."""
    rows = make_frame(300, seed=5)
    rows.loc[3::17, "carrier"] = "XX"
    return rows


@pytest.fixture(scope="session")
def model(frame: pd.DataFrame) -> Pipeline:
    """The fitted estimator."""
    return make_model(frame)


@pytest.fixture(scope="session")
def schema(frame: pd.DataFrame) -> Schema:
    """The model's columns, with hours as training expects them."""
    hours = Expectation("hour", low=0, high=23)
    return replace(Schema.from_frame(frame, target="late"), expectations=(hours,))


@pytest.fixture(scope="session")
def model_directory(
    tmp_path_factory: pytest.TempPathFactory, model: Pipeline, schema: Schema
) -> Path:
    """A model folder as training leaves it for the sklearn engine."""
    directory = tmp_path_factory.mktemp("ml") / "model"
    engine.save(model, directory, schema)
    return directory


@pytest.fixture(scope="session")
def onnx_directory(
    tmp_path_factory: pytest.TempPathFactory, model: Pipeline, frame: pd.DataFrame
) -> Path:
    """A model folder as training leaves it for the onnx engine."""
    directory = tmp_path_factory.mktemp("ml-onnx") / "model"
    suite = directory.with_name("suite.json")
    hours = {"column": "hour", "min_value": 0, "max_value": 23}
    between = {"type": "expect_column_values_to_be_between", "kwargs": hours}
    suite.write_text(json.dumps({"name": "prepared", "expectations": [between]}))
    export.save(model, directory, frame, target="late", suites=[suite])
    return directory


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Server:
    """A serving process, and HTTP to it."""

    process: subprocess.Popen[str]
    program: Path
    port: int
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._readers = [
            threading.Thread(target=sink.extend, args=(pipe,), daemon=True)
            for sink, pipe in (
                (self.lines, self.process.stdout),
                (self.errors, self.process.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        try:
            connection.request(
                method,
                path,
                body.encode() if isinstance(body, str) else body,
                dict(headers or {}),
            )
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def ping(self) -> int:
        """Ask for /ping; 0 while nothing listens."""
        try:
            return self.request("GET", "/ping").status
        except OSError:
            return 0

    def invoke(
        self, body: bytes | str, content_type: str = "application/json", **headers: str
    ) -> Reply:
        """Ask for predictions."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", "/invocations", body, {"Content-Type": content_type, **named})

    def wait(self, status: int) -> "Server":
        """Wait until /ping answers so."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.ping() != status:
            assert self.process.poll() is None, "".join(self.errors)
            assert time.monotonic() < deadline, f"no {status} within {DEADLINE_SECONDS} s"
            time.sleep(0.02)
        return self

    def wait_until_closed(self) -> None:
        """Wait until it accepts no more connections."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self.ping():
            assert time.monotonic() < deadline, "it still accepts connections"
            time.sleep(0.02)

    def end(self) -> int:
        """Wait for the process to end by itself."""
        status = self.process.wait(DEADLINE_SECONDS)
        for reader in self._readers:
            reader.join(DEADLINE_SECONDS)
        return status

    def stop(self) -> int:
        """Ask it to end, as SageMaker does."""
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The request log so far, without what /ping left there."""
        lines = [json.loads(line) for line in self.lines]
        return [line for line in lines if line.get("path", "/ping") != "/ping"]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start a server for a model folder, with a predictor module of the given source."""
    servers: list[Server] = []

    def start(directory: Path, predictor: str = "", **environment: str) -> Server:
        program = tmp_path_factory.mktemp("program")
        (program / "team_predictor.py").write_text(predictor)
        (program / "serve.py").write_text(
            'from sagepipe import serving\n\nserving.run("team_predictor")\n'
        )
        port = int(environment.get("SAGEMAKER_BIND_TO_PORT") or free_port())
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SAGEMAKER_", "SAGEPIPE_"))
        }
        process = subprocess.Popen(
            [sys.executable, str(program / "serve.py")],
            env={
                **inherited,
                "PYTHONPATH": str(LIBRARY),
                "SAGEMAKER_BASE_DIR": str(directory.parent),
                "SAGEMAKER_BIND_TO_PORT": str(port),
                "SAGEPIPE_SERVE_HOST": "127.0.0.1",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        servers.append(Server(process, program, port))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
            server.end()
