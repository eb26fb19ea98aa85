"""Real servers, real requests: what SageMaker and a team's callers see."""

import http.client
import json
import pickle
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.once

ROW = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
RECORD = json.dumps([ROW])

# Work that waits until the test lets it go on.
GATED = """
import time
from pathlib import Path

from sagepipe import serving

GATE = Path({gate!r})


def {function}(*arguments):
    GATE.with_suffix(".reached").touch()
    while not GATE.exists():
        time.sleep(0.01)
    return serving.{function}(*arguments)
"""


DESTROYED = """
import time
from pathlib import Path

REACHED = Path({reached!r})


class Slow:
    def __del__(self):
        REACHED.touch()
        time.sleep(600)


def load(directory):
    Slow()
    time.sleep(600)
"""


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    gate = threading.Event()
    for _ in range(6000):
        if path.exists():
            return
        gate.wait(0.01)
    raise AssertionError(f"{path} did not come")


@pytest.fixture(scope="module", params=["onnx", "sklearn"])
def server(request, start, model_directory, onnx_directory):
    """A server with the default predictor, for each engine."""
    directory = onnx_directory if request.param == "onnx" else model_directory
    return start(directory).wait(200)


@pytest.fixture(scope="module")
def limited(start, model_directory):
    """A server that takes 1 MiB."""
    return start(model_directory, SAGEMAKER_MAX_PAYLOAD_IN_MB="1").wait(200)


@pytest.fixture(scope="module")
def log(start, model_directory):
    """What a server logged about requests that had a secret in them."""
    server = start(model_directory, MODEL_SERVER_WORKERS="1").wait(200)  # several mix their lines
    server.invoke(json.dumps([ROW, {**ROW, "carrier": "secret"}]))
    server.invoke("900.0,secret,UA,false", "text/csv")
    server.invoke("secret", "text/secret")
    server.request("GET", "/nothing")
    server.ping()
    assert server.stop() == 0
    assert "secret" not in "".join(server.lines + server.errors)
    assert server.errors == []
    # Nothing of a ping that was answered with 200.
    assert '"path": "/ping", "status": 200' not in "".join(server.lines)
    return server.log


class TestPing:
    def test_answers_200_with_an_empty_body(self, server):
        reply = server.request("GET", "/ping")
        assert (reply.status, reply.body) == (200, b"")

    def test_is_503_until_the_model_can_predict(self, start, model_directory, tmp_path):
        gate = tmp_path / "gate"
        server = start(model_directory, GATED.format(gate=str(gate), function="predict"))
        server.wait(503)
        wait_for(gate.with_suffix(".reached"))
        reply = server.invoke(RECORD)
        assert (reply.status, server.ping()) == (503, 503)
        assert "still being loaded" in reply.json["error"]
        assert reply.headers["retry-after"] == "1"
        gate.touch()
        server.wait(200)
        assert server.invoke(RECORD).status == 200

    def test_is_answered_while_a_request_is_worked_on(self, start, model_directory, tmp_path):
        gate = tmp_path / "gate"
        predictor = GATED.format(gate=str(gate), function="parse")
        gate.touch()
        server = start(model_directory, predictor).wait(200)
        gate.unlink()
        gate.with_suffix(".reached").unlink()
        with ThreadPoolExecutor(1) as pool:
            reply = pool.submit(server.invoke, RECORD)
            wait_for(gate.with_suffix(".reached"))
            assert server.ping() == 200
            assert not reply.done()
            gate.touch()
            assert reply.result().status == 200


class TestInvocations:
    def test_predicts_what_the_model_predicts(self, server, model, frame):
        expected = model.predict(frame)
        header = frame.to_csv(index=False)
        bare = frame.to_csv(index=False, header=False)
        records = frame.to_json(orient="records")
        split = json.loads(frame.to_json(orient="split"))
        bodies = {
            "CSV with a header": (header, "text/csv"),
            "CSV without": (bare, "text/csv"),
            "records": (records, "application/json"),
            "instances": (json.dumps({"instances": json.loads(records)}), "application/json"),
            "dataframe_records": (
                json.dumps({"dataframe_records": json.loads(records)}),
                "application/json",
            ),
            "dataframe_split": (json.dumps({"dataframe_split": split}), "application/json"),
        }
        for name, (body, content_type) in bodies.items():
            reply = server.invoke(body, content_type, Accept="application/json")
            assert reply.status == 200, (name, reply.body)
            assert reply.json["predictions"] == expected.tolist(), name
            np.testing.assert_allclose(
                reply.json["probabilities"],
                model.predict_proba(frame),
                rtol=0,
                atol=1e-15,
                err_msg=name,
            )

    def test_an_unknown_category_is_no_error(self, server, model, frame):
        row = {**ROW, "carrier": "never seen"}
        reply = server.invoke(json.dumps([row]))
        assert reply.status == 200
        unknown = frame.head(1).assign(**row)
        np.testing.assert_allclose(
            reply.json["probabilities"], model.predict_proba(unknown), rtol=0, atol=1e-15
        )

    @pytest.mark.parametrize(
        ("body", "content_type", "accept", "answered"),
        [
            (RECORD, "application/json", None, "application/json"),
            (RECORD, "application/json", "*/*", "application/json"),
            (RECORD, "application/json; charset=utf-8", "text/csv", "text/csv"),
            ("900.0,18,UA,false\n", "text/csv", None, "text/csv"),
            ("900.0,18,UA,false\n", "text/csv", "*/*", "text/csv"),
            (
                "900.0,18,UA,false\n",
                "text/csv",
                "image/png, application/json;q=0.1",
                "application/json",
            ),
        ],
    )
    def test_answers_in_the_format_that_is_asked_for(
        self, server, body, content_type, accept, answered
    ):
        headers = {} if accept is None else {"Accept": accept}
        reply = server.invoke(body, content_type, **headers)
        assert (reply.status, reply.headers["content-type"]) == (200, answered)

    def test_without_a_wish_the_containers_own_default_counts(self, start, model_directory):
        default = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv; output=both"}
        server = start(model_directory, **default).wait(200)
        reply = server.invoke(RECORD)
        assert reply.headers["content-type"] == "text/csv"
        assert len(reply.body.split(b",")) == 3
        assert server.invoke(RECORD, Accept="application/json").json["predictions"]

    @pytest.mark.parametrize(
        ("body", "content_type", "accept", "status", "message"),
        [
            (
                '[{"hour": 1}]',
                "application/json",
                "*/*",
                400,
                "row 1: column 'distance' is missing",
            ),
            (
                "900.0,x,UA,false",
                "text/csv",
                "*/*",
                400,
                "row 1, column 'hour': 'x' is not a whole",
            ),
            (
                "hour,carrier\n1,AA\n",
                "text/csv",
                "*/*",
                400,
                "columns are missing: 'distance', 'hol",
            ),
            ("", "text/csv", "*/*", 400, "the body is empty"),
            (RECORD, "application/json", "image/png", 406, "Accept 'image/png' can't be met"),
            (RECORD, "application/xml", "*/*", 415, "Content-Type 'application/xml' can't be read"),
        ],
    )
    def test_refuses_with_what_is_wrong(self, server, body, content_type, accept, status, message):
        reply = server.invoke(body, content_type, Accept=accept)
        assert reply.status == status
        assert message in reply.json["error"]
        assert server.ping() == 200

    def test_a_body_without_a_content_type_is_refused(self, server):
        reply = server.request("POST", "/invocations", RECORD)
        assert (reply.status, reply.json["error"][:15]) == (415, "no Content-Type")

    def test_other_paths_and_methods_are_named(self, server):
        reply = server.request("GET", "/predict")
        assert (reply.status, "Not Found: GET /predict" in reply.json["error"]) == (404, True)
        reply = server.request("GET", "/invocations")
        assert (reply.status, reply.headers["allow"]) == (405, "POST")

    def test_many_callers_get_their_own_answers(self, server, model, frame):
        expected = model.predict_proba(frame)
        records = json.loads(frame.to_json(orient="records"))

        def probabilities(row: int) -> list[float]:
            return server.invoke(json.dumps([records[row]])).json["probabilities"][0]

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(probabilities, range(100)))
        np.testing.assert_allclose(answers, expected[:100], rtol=0, atol=1e-15)


class TestPayload:
    LIMIT = 1024 * 1024

    def test_up_to_the_limit_is_read(self, limited):
        body = RECORD + " " * (self.LIMIT - len(RECORD))
        assert limited.invoke(body).status == 200

    def test_beyond_the_limit_is_413(self, limited):
        reply = limited.invoke(RECORD + " " * self.LIMIT)
        assert reply.status == 413
        assert "larger than 1,048,576 bytes" in reply.json["error"]
        assert limited.ping() == 200

    def test_beyond_the_limit_in_chunks_is_413(self, limited):
        connection = http.client.HTTPConnection("127.0.0.1", limited.port, timeout=180)
        chunks = (b" " * 65536 for _ in range(17))
        connection.request(
            "POST", "/invocations", chunks, {"Content-Type": "text/csv"}, encode_chunked=True
        )
        assert connection.getresponse().status == 413
        connection.close()

    def test_that_does_not_arrive_is_408(self, start, model_directory):
        server = start(model_directory, MODEL_SERVER_TIMEOUT="1").wait(200)
        with socket.create_connection(("127.0.0.1", server.port), timeout=180) as caller:
            caller.sendall(
                b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Length: 99\r\n\r\n["
            )
            assert caller.recv(4096).startswith(b"HTTP/1.1 408")

    def test_a_caller_that_asks_first_need_not_send_it(self, limited):
        with socket.create_connection(("127.0.0.1", limited.port), timeout=180) as caller:
            caller.sendall(
                b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Type: text/csv\r\n"
                b"Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n"
            )
            assert caller.recv(4096).startswith(b"HTTP/1.1 413")


class TestCustomAttributes:
    NAME = "x-amzn-sagemaker-custom-attributes"

    def test_come_back(self, server):
        reply = server.invoke(RECORD, **{self.NAME: "trace=1, team=x"})
        assert (reply.status, reply.headers[self.NAME]) == (200, "trace=1, team=x")

    def test_are_not_made_up(self, server):
        assert self.NAME not in server.invoke(RECORD).headers

    @pytest.mark.parametrize("value", ["x" * 1025, "caf\xe9"], ids=["too long", "not ASCII"])
    def test_outside_the_api_are_refused(self, server, value):
        reply = server.invoke(RECORD, **{self.NAME: value})
        assert reply.status == 400
        assert "1024 printable US-ASCII characters" in reply.json["error"]


class TestPredictor:
    def test_one_function_may_be_replaced(self, start, model_directory):
        server = start(
            model_directory,
            "from dataclasses import replace\n"
            "from sagepipe import serving\n\n"
            "def predict(model, columns):\n"
            "    predictions = serving.predict(model, columns)\n"
            "    return replace(predictions, values=predictions.probabilities[:, 0] > 2)\n",
        ).wait(200)
        assert server.invoke(RECORD).json["predictions"] == [False]

    def test_a_model_of_ones_own_needs_no_schema(self, start, tmp_path):
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "factor.txt").write_text("3")
        server = start(
            tmp_path / "model",
            "def load(directory):\n"
            "    return int((directory / 'factor.txt').read_text())\n\n"
            "def parse(body, content_type, schema):\n"
            "    return [int(word) for word in body.split()]\n\n"
            "def predict(model, numbers):\n"
            "    return [model * number for number in numbers]\n\n"
            "def format(predictions, accept):\n"
            "    return repr(predictions).encode(), 'text/plain'\n",
        ).wait(200)
        reply = server.invoke("1 2", "text/plain")
        assert (reply.status, reply.headers["content-type"]) == (200, "text/plain")
        assert reply.body == b"[3, 6]"

    @pytest.mark.parametrize(("said", "threads"), [(None, 1), ("3", 3)], ids=["nothing", "three"])
    def test_a_request_is_worked_on_by_one_thread_unless_the_container_says_otherwise(
        self, start, model_directory, monkeypatch, said, threads
    ):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        server = start(
            model_directory,
            "import os\n\n"
            "import numpy as np\n"
            "from sagepipe import serving\n\n"
            "def predict(model, columns):\n"
            "    return serving.Predictions(np.array([int(os.environ['OMP_NUM_THREADS'])]))\n",
            **({} if said is None else {"OMP_NUM_THREADS": said}),
        ).wait(200)
        assert server.invoke(RECORD).json["predictions"] == [threads]

    def test_a_pickle_is_loaded_only_by_a_predictor_that_says_so(
        self, start, model, schema, tmp_path
    ):
        directory = tmp_path / "model"
        directory.mkdir()
        schema.write(directory)
        (directory / "model.pkl").write_bytes(pickle.dumps(model))
        refused = start(directory)
        assert refused.end() == 1
        assert "no model in it (looked for model.onnx, model.skops)" in refused.errors[0]
        server = start(
            directory,
            "import pickle\n\n"
            "from sagepipe.serving import Schema\n"
            "from sagepipe.serving.engines.sklearn import SklearnModel\n\n"
            "def load(directory):\n"
            "    estimator = pickle.loads((directory / 'model.pkl').read_bytes())\n"
            "    return SklearnModel(estimator, Schema.read(directory))\n",
        ).wait(200)
        assert server.invoke(RECORD).status == 200

    def test_one_that_raises_is_500_and_the_server_goes_on(self, start, model_directory):
        server = start(
            model_directory,
            "from sagepipe import serving\n\n"
            "def predict(model, columns):\n"
            "    if columns['hour'][0] == 23:\n"
            "        raise ValueError(f'secret {columns}')\n"
            "    return serving.predict(model, columns)\n",
        ).wait(200)
        reply = server.invoke(json.dumps([{**ROW, "hour": 23}]))
        assert reply.status == 500
        assert reply.json["error"].startswith("the model failed: ValueError: secret")
        assert server.invoke(RECORD).status == 200
        assert server.stop() == 0
        (error,) = [line["error"] for line in server.log if line["status"] == 500]
        assert (error["kind"], "team_predictor.py:5 predict" in error["at"][-1]) == (
            "ValueError",
            True,
        )
        assert "secret" not in "".join(server.lines + server.errors)


class TestRequestLog:
    def test_has_one_json_line_a_request(self, log):
        assert [(line["method"], line["path"], line["status"]) for line in log] == [
            ("POST", "/invocations", 200),
            ("POST", "/invocations", 400),
            ("POST", "/invocations", 415),
            ("GET", "/nothing", 404),
        ]

    def test_says_how_much_and_how_long(self, log):
        assert log[0]["rows"] == 2
        assert log[0]["bytes_in"] > 100 and log[0]["bytes_out"] > 30
        assert 0 < log[0]["milliseconds"] < 60_000

    def test_says_what_took_how_long(self, log):
        assert set(log[0]["phases"]) >= {"read", "parse", "predict", "format"}
        assert 0 < sum(log[0]["phases"].values()) <= log[0]["milliseconds"] + 0.01
        assert "predict" not in log[1]["phases"]

    def test_bears_the_callers_id_or_one_of_its_own(self, server):
        server.invoke(RECORD, **{"X-Amzn-SageMaker-Inference-Id": "order 7"})
        server.invoke(RECORD)
        server.invoke(RECORD)
        pause = threading.Event()
        for _ in range(6000):  # a line is written after its caller has the answer
            ids = [line["id"] for line in server.log]
            if len(ids) >= 3 and "order 7" in ids:
                break
            pause.wait(0.01)
        assert len(set(ids)) == len(ids)
        assert {len(own) for own in ids if own != "order 7"} == {32}
        assert "order 7" in ids

    def test_says_where_a_request_was_wrong(self, log):
        assert log[1]["error"] == {"kind": "BadRequest", "row": 1, "column": "hour"}


class TestStop:
    def test_exits_0(self, start, model_directory):
        server = start(model_directory).wait(200)
        assert server.stop() == 0

    def test_exits_0_while_loading(self, start, model_directory, tmp_path):
        predictor = GATED.format(gate=str(tmp_path / "never"), function="load")
        server = start(model_directory, predictor).wait(503)
        wait_for(tmp_path / "never.reached")
        assert server.stop() == 0

    def test_exits_0_where_python_can_raise_nothing(self, start, model_directory, tmp_path):
        reached = tmp_path / "reached"
        server = start(model_directory, DESTROYED.format(reached=str(reached))).wait(503)
        wait_for(reached)
        assert server.stop() == 0

    def test_answers_what_it_has_accepted(self, start, model_directory, tmp_path):
        gate = tmp_path / "gate"
        gate.touch()
        predictor = GATED.format(gate=str(gate), function="parse")
        server = start(model_directory, predictor).wait(200)
        gate.unlink()
        gate.with_suffix(".reached").unlink()
        with ThreadPoolExecutor(2) as pool:
            replies = [pool.submit(server.invoke, RECORD)]
            wait_for(gate.with_suffix(".reached"))
            server.process.terminate()
            server.wait_until_closed()
            gate.touch()
            assert [reply.result().status for reply in replies] == [200]
        assert server.end() == 0


class TestStart:
    @pytest.mark.parametrize(
        ("prepare", "message"),
        [
            (lambda model: None, "model: no such folder; the unpacked model.tar.gz belongs there"),
            (
                lambda model: model.mkdir(),
                "model: no model in it (looked for model.onnx, model.skops)",
            ),
            (lambda model: _broken(model), "model.skops: not a readable skops model"),
        ],
        ids=["missing", "empty", "broken"],
    )
    def test_a_bad_model_folder_is_one_line_and_status_1(self, start, tmp_path, prepare, message):
        prepare(tmp_path / "model")
        server = start(tmp_path / "model")
        assert server.end() == 1
        assert len(server.errors) == 1
        assert server.errors[0].startswith(f"serve: {tmp_path}")
        assert message in server.errors[0]

    def test_a_model_that_cannot_predict_its_example_is_no_model(
        self, start, model_directory, tmp_path
    ):
        model = tmp_path / "model"
        model.mkdir()
        (model / "model.skops").write_bytes((model_directory / "model.skops").read_bytes())
        schema = json.loads((model_directory / "schema.json").read_text())
        schema["features"].pop()
        (model / "schema.json").write_text(json.dumps(schema))
        server = start(model)
        assert server.end() == 1
        assert len(server.errors) == 1
        assert server.errors[0].startswith(f"serve: {model}: ValueError: columns are missing")

    def test_a_broken_predictor_is_one_line_and_status_1(self, start, model_directory):
        server = start(model_directory, "import nowhere_to_be_found")
        assert server.end() == 1
        assert server.errors == [
            "serve: team_predictor: ModuleNotFoundError: No module named 'nowhere_to_be_found' "
            f"({server.program}/team_predictor.py:1)\n"
        ]

    def test_a_taken_port_is_one_line_and_status_1(self, start, server, model_directory):
        second = start(model_directory, SAGEMAKER_BIND_TO_PORT=str(server.port))
        assert second.end() == 1
        assert second.errors == [
            f"serve: can't listen on 127.0.0.1 port {server.port}: Address already in use; "
            "choose another with SAGEMAKER_BIND_TO_PORT\n"
        ]


def _broken(model: Path) -> None:
    model.mkdir()
    (model / "model.skops").write_bytes(b"PK")
    (model / "schema.json").write_text('{"features": [{"name": "x", "type": "number"}]}')
