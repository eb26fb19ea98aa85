"""Requests that nobody should send: never a 500, never a hang, never more memory than there is."""

import gzip
import io
import json
import socket
import struct
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

pytestmark = pytest.mark.once

ROW = {"distance": 900.0, "hour": 18, "carrier": "UA", "holiday": False}
RECORD = json.dumps([ROW])
NAMES = ",".join(ROW)
LINE = "900.0,18,UA,false\n"
MEGABYTE = 1024 * 1024
REFUSED = (400, 413, 415)
ON_SCHEMAS = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module", params=["onnx", "sklearn"])
def server(request, start, model_directory, onnx_directory):
    """One worker that takes 2 MiB, with each engine."""
    directory = onnx_directory if request.param == "onnx" else model_directory
    return start(directory, MODEL_SERVER_WORKERS="1", SAGEMAKER_MAX_PAYLOAD_IN_MB="2").wait(200)


@pytest.fixture(autouse=True)
def lives_on(request):
    """After each of these, the server predicts as before, and it is the same process."""
    server = request.getfixturevalue("server")
    yield
    assert server.invoke(RECORD).status == 200
    assert not [line for line in map(json.loads, server.lines) if "event" in line]


def json_of(text: str) -> tuple[bytes, str]:
    return text.encode(), "application/json"


def csv_of(text: str | bytes) -> tuple[bytes, str]:
    return (text.encode() if isinstance(text, str) else text), "text/csv"


def with_value(name: str, text: str) -> tuple[bytes, str]:
    """A record in which one value is not what it should be."""
    record = ", ".join(f'"{key}": {json.dumps(value)}' for key, value in ROW.items() if key != name)
    return json_of(f'[{{"{name}": {text}, {record}}}]')


CORPUS = {
    "nothing": json_of(""),
    "white space": json_of(" \n\t "),
    "null": json_of("null"),
    "a number": json_of("1"),
    "an empty list": json_of("[]"),
    "an empty record": json_of("[{}]"),
    "a list of nothing": json_of("[null]"),
    "an empty split": json_of('{"columns": [], "data": []}'),
    "a split without data": json_of('{"columns": ["hour"]}'),
    "a split of split": json_of('{"dataframe_split": {"dataframe_split": {}}}'),
    "instances of text": json_of('{"instances": "all of them"}'),
    "columns that are no names": json_of('{"columns": [{}], "data": [[1]]}'),
    "truncated JSON": json_of(RECORD[:-5]),
    "two documents": json_of(RECORD + RECORD),
    "deep lists": json_of("[" * 100_000 + "]" * 100_000),
    "deep objects": json_of('{"a":' * 50_000 + "1" + "}" * 50_000),
    "a deep value": with_value("carrier", "[" * 900 + "]" * 900),
    "NaN": with_value("distance", "NaN"),
    "infinity": with_value("distance", "Infinity"),
    "too large for a double": with_value("distance", "1e999"),
    "a number of many digits": with_value("hour", "9" * 5000),
    "beyond 64 bits": with_value("hour", str(2**64)),
    "an object for text": with_value("carrier", "{}"),
    "a lone surrogate": with_value("carrier", '"\\ud800"'),
    "Latin-1 in JSON": (RECORD.replace("UA", "\xe9").encode("latin-1"), "application/json"),
    "UTF-16 in JSON": (RECORD.encode("utf-16"), "application/json"),
    "truncated CSV": csv_of('900.0,18,"UA'),
    "a quote in between": csv_of('900.0,1"8,UA,false'),
    "too few fields": csv_of("900.0,18\n"),
    "fields differ": csv_of(LINE + "1,2\n"),
    "header alone": csv_of(NAMES),
    "a byte order mark alone": csv_of(b"\xef\xbb\xbf\n"),
    "UTF-16 of nothing": ("\n".encode("utf-16"), "text/csv; charset=utf-16"),
    "duplicate headers": csv_of(f"{NAMES},hour\n900.0,18,UA,false,19\n"),
    "a null byte": csv_of("900.0,18,U\0A,fal\0se\n"),
    "Latin-1 in CSV": csv_of("900.0,18,\xe9,false\n".encode("latin-1")),
    "UTF-16 in CSV": csv_of(LINE.encode("utf-16")),
    "no such charset": (LINE.encode(), "text/csv; charset=nowhere"),
    "a charset that is no text": (LINE.encode(), "text/csv; charset=zlib"),
    "a charset with a null byte": (LINE.encode(), "text/csv; charset=%00"),
    "NaN and infinities": csv_of("inf,18,UA,false\n-inf,18,UA,false\n"),
    "10^6 columns": csv_of(",".join(f"c{i}" for i in range(250_000)) + "\n"),
    "10^6 fields": csv_of("1," * 1_000_000),
    "10^6 rows of nothing": csv_of("\n" * 1_000_000 + "x"),
    "one enormous field": csv_of("x" * MEGABYTE),
    "10^6 records of nothing": json_of("[" + "{}," * 500_000 + "{}]"),
    "10^6 keys": json_of("{" + ",".join(f'"k{i}":0' for i in range(150_000)) + "}"),
    "the same key again and again": json_of("{" + ",".join(['"hour":0'] * 150_000) + "}"),
    "JSON lines of text": (b"a\nb\n", "application/jsonlines"),
    "no Parquet": (b"PAR1" + b"\0" * 100 + b"PAR1", "application/x-parquet"),
    "Parquet that ends too far": (
        b"PAR1" + struct.pack("<i", 2**31 - 1) + b"PAR1",
        "application/x-parquet",
    ),
    "no array": (b"\x93NUMPY\x01\x00\xff\xff{", "application/x-npy"),
    "a list of arrays": (b"\x93NUMPY\x01\x00\x20\x00" + b"[" * 32, "application/x-npy"),
    "no type": (RECORD.encode(), "*/*"),
    "a type of many parameters": (RECORD.encode(), "text/csv;" + "a=b;" * 3000),
}


@pytest.mark.parametrize(("body", "content_type"), CORPUS.values(), ids=CORPUS)
def test_what_is_no_table_is_refused(server, body, content_type):
    reply = server.invoke(body, content_type)
    assert reply.status in REFUSED, reply.body[:300]
    assert 0 < len(reply.json["error"]) < 1000


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate, gzip"])
def test_compressed_bodies_are_refused_unopened(server, encoding):
    bomb = gzip.compress(b"1" * 100 * MEGABYTE)
    reply = server.invoke(bomb, "text/csv", Content_Encoding=encoding)
    assert (reply.status, "send the body as it is" in reply.json["error"]) == (415, True)


def test_a_parquet_file_that_stands_for_more_than_may_be_held_is_refused(server):
    import numpy as np
    import pyarrow as pa
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pa.table({name: np.zeros(5_000_000, dtype=np.int8) for name in ROW}), file)
    assert server.invoke(file.getvalue(), "application/x-parquet").status == 413


def test_a_parquet_file_whose_text_stands_for_more_than_may_be_held_is_refused(server):
    """A hundred thousand rows share one text: a file of some kilobytes, ten gigabytes in rows."""
    import numpy as np
    import pyarrow as pa
    from pyarrow.parquet import write_table

    rows = 100_000
    one = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), ["x" * 100_000])
    file = io.BytesIO()
    write_table(pa.table({name: one for name in ROW}), file)
    reply = server.invoke(file.getvalue(), "application/x-parquet")
    assert (reply.status, "bytes when it is unpacked" in reply.json["error"]) == (413, True)


def test_a_parquet_file_that_is_packed_tightly_is_refused_unopened(server):
    """Three hundred rows of a million characters each, as such: some kilobytes."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    rows = 10
    table = pa.table({name: ["x" * MEGABYTE if name == "carrier" else "0"] * rows for name in ROW})
    file = io.BytesIO()
    with ParquetWriter(file, table.schema, compression="zstd", use_dictionary=False) as writer:
        for _ in range(30):
            writer.write_table(table)
    reply = server.invoke(file.getvalue(), "application/x-parquet")
    assert (reply.status, "bytes when it is unpacked" in reply.json["error"]) == (413, True)


class TestConnections:
    """What a caller can do wrong below HTTP."""

    def connect(self, server) -> socket.socket:
        return socket.create_connection(("127.0.0.1", server.port), timeout=180)

    def head(self, length: int, more: bytes = b"") -> bytes:
        return (
            b"POST /invocations HTTP/1.1\r\nHost: model\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n%s\r\n" % (length, more)
        )

    def test_callers_that_send_slowly_hold_nobody_up(self, server):
        callers = [self.connect(server) for _ in range(50)]
        for caller in callers:
            caller.sendall(self.head(1000) + b"[")
        assert server.ping() == 200
        assert server.invoke(RECORD).status == 200
        for caller in callers:
            caller.close()

    def test_a_caller_that_hangs_up_in_between_leaves_nothing(self, server):
        for cut in (1, 20, 60, 150):
            with self.connect(server) as caller:
                caller.sendall((self.head(1000) + b"[{")[:cut])
        assert server.ping() == 200

    def test_a_caller_that_resets_the_connection_leaves_nothing(self, server):
        caller = self.connect(server)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.sendall(self.head(len(RECORD)) + RECORD.encode())
        caller.close()
        assert server.ping() == 200

    def test_a_half_closed_connection_ends(self, server):
        with self.connect(server) as caller:
            caller.sendall(self.head(1000) + b"[")
            caller.shutdown(socket.SHUT_WR)
            while caller.recv(4096):
                continue

    def test_headers_without_an_end_are_cut_off(self, server):
        with self.connect(server) as caller:
            caller.sendall(b"GET /ping HTTP/1.1\r\nX: ")
            received = b""
            try:
                for _ in range(1000):
                    caller.sendall(b"x" * 10_000)
                received = caller.recv(4096)
            except ConnectionError:
                received = b"reset"
        assert received == b"reset" or received.startswith(b"HTTP/1.1 400")

    @pytest.mark.parametrize(
        "sent",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET \xff\xfe HTTP/1.1\r\nHost: m\r\n\r\n",
            b"POST /invocations HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            b"POST /invocations HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            b"POST /invocations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ],
        ids=["TLS", "bytes in the path", "negative length", "two lengths", "no chunk"],
    )
    def test_what_is_no_http_is_400(self, server, sent):
        with self.connect(server) as caller:
            caller.sendall(sent)
            assert caller.recv(4096).startswith(b"HTTP/1.1 400")

    def test_many_pipelined_requests_are_answered_in_order(self, server):
        request = self.head(len(RECORD)) + RECORD.encode()
        with self.connect(server) as caller:
            caller.sendall(request * 20)
            received = b""
            while received.count(b"HTTP/1.1 200 OK") < 20:
                received += caller.recv(65536)

    def test_large_bodies_at_once_are_answered_or_refused(self, server):
        body = RECORD + " " * (2 * MEGABYTE - len(RECORD))
        gate = threading.Barrier(12)

        def send() -> int:
            gate.wait(60)
            status: int = server.invoke(body).status
            return status

        with ThreadPoolExecutor(12) as pool:
            statuses = {future.result() for future in [pool.submit(send) for _ in range(12)]}
        assert statuses <= {200, 503}


@settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.text(alphabet='0123456789,."\n[]{}:-eaU', max_size=200).map(str.encode),
        st.lists(st.lists(st.text(max_size=8), max_size=6), max_size=4).map(
            lambda rows: "\n".join(",".join(row) for row in rows).encode("utf-8", "replace")
        ),
    ),
    content_type=st.sampled_from(
        [
            "text/csv",
            "application/json",
            "application/jsonlines",
            "application/x-parquet",
            "application/x-npy",
        ]
    ),
    accept=st.one_of(
        st.sampled_from(["*/*", "text/csv; output=both", "application/jsonlines"]),
        st.text(alphabet="abc/*;=q.,1 ", max_size=20),
    ),
)
def test_any_bytes_are_answered_or_refused(server, body, content_type, accept):
    assert server.invoke(body, content_type, Accept=accept).status in (200, 400, 406)


def rounded(body: object) -> bool:
    """Whether a whole number just beyond the largest double is in it, which is read as that one."""
    if isinstance(body, dict):
        return any(map(rounded, body.values()))
    if isinstance(body, list):
        return any(map(rounded, body))
    return isinstance(body, int) and sys.float_info.max < abs(body) < 2**1024


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_the_api_is_as_its_document_says(server, mode):
    """What schemathesis makes of the document, right and wrong, sent to the server."""
    api = schemathesis.openapi.from_dict(server.request("GET", "/openapi.json").json)
    sent: set[str] = set()
    for operation in api.get_all_operations():

        @settings(
            max_examples=60,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.ok().as_strategy(generation_mode=mode))
        def answers(case) -> None:
            sent.add(f"{case.method} {case.path} {case.media_type or ''}".strip())
            # A schema can't say what is a table in text, nor what a number is once it is read.
            said = case.media_type in (None, "application/json") and not rounded(case.body)
            excluded = [] if said else ON_SCHEMAS
            case.call_and_validate(
                base_url=f"http://127.0.0.1:{server.port}", excluded_checks=excluded, timeout=180
            )

        with suppress(Unsatisfiable):  # GET /ping takes nothing that could be wrong
            answers()
    assert "POST /invocations application/json" in sent
