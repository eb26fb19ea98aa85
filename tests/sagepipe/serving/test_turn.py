"""Small requests of plain values take a way of their own, together, and get the same answers."""

import asyncio
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagepipe.serving import ModelError, Predictions, RequestError, Schema, engines
from sagepipe.serving.expectations import Expectation
from sagepipe.serving.predictor import Predictor
from sagepipe.serving.rowwise import row_by_row
from sagepipe.serving.service import Request, Service

EXPECTED = (
    Expectation("hour", low=0, high=23),
    Expectation("distance", low=-1e6, high=1e300, critical=False),
    Expectation("carrier", among=("AA", "B6", "UA", "XX", "\x00missing")),
    Expectation("holiday", not_among=(1,), critical=False),
)
ROW = {"distance": 900.5, "hour": 7, "carrier": "AA", "holiday": False}


@pytest.fixture(scope="module")
def served(onnx_directory):
    """The model as the server loads it."""
    return engines.load(onnx_directory)


@pytest.fixture(scope="module", params=[(), EXPECTED], ids=["no suites", "suites"])
def service(request, served):
    """It answers requests."""
    schema = replace(served.schema, expectations=request.param)
    return Service(Predictor(), replace(served, schema=schema), schema)


def ask(rows):
    body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    return Request(body, "application/json", "application/json")


def carefully(service, request):
    """Answer it the readers' way."""
    try:
        return service.at_once(request)
    except RequestError as error:
        return type(error), str(error)


async def quickly(service, request):
    """Answer it the plain way, where that is one; the readers' way as the server does if not."""
    return await service.together(request) or carefully(service, request)


def together(service, requests):
    async def all_of_them():
        return await asyncio.gather(*(quickly(service, request) for request in requests))

    return asyncio.run(all_of_them())


def test_a_request_that_can_have_no_company_is_answered_in_its_turn(service):
    coroutine = service.together(ask([ROW]), alone=True)
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    assert ended.value.value.body == together(service, [ask([ROW])])[0].body


odd = st.sampled_from([None, True, "", "x", [], {}, 5, 5.0, 2**53 + 1, 2**63, 2**64, 1e301, -1e301])
records = st.fixed_dictionaries(
    {
        "distance": st.one_of(st.floats(-2e6, 2e6), st.integers(-9, 9), odd),
        "hour": st.one_of(st.integers(-1, 24), odd),
        "carrier": st.one_of(st.sampled_from(["AA", "UA", "XX", "ZZ", "\x00missing"]), odd),
        "holiday": st.one_of(st.booleans(), odd),
    },
    optional={"more": odd},
)
usual = st.fixed_dictionaries(
    {
        "distance": st.floats(0, 2000),
        "hour": st.integers(0, 23),
        "carrier": st.sampled_from(["AA", "UA", None]),
        "holiday": st.booleans(),
    }
)
tables = st.one_of(
    st.lists(usual, min_size=1, max_size=4),
    st.lists(st.one_of(usual, records), max_size=18),
    st.sampled_from([b"", b"{", b"[[1, 2, 3, 4]]", b"[1]", b'[{"hour": 1e999}]', b'{"hour": 1}']),
)


@settings(max_examples=50)
@given(asked=st.lists(tables, max_size=12))
def test_requests_get_together_what_each_gets_alone_the_readers_way(service, asked):
    requests = [ask(rows) for rows in asked]
    alone = [ask(rows) for rows in asked]
    assert together(service, requests) == [carefully(service, request) for request in alone]
    assert [request.outside for request in requests] == [request.outside for request in alone]


def test_plain_requests_of_one_turn_share_a_run(served):
    service = Service(Predictor(), served, served.schema)
    requests = [ask([{**ROW, "hour": hour}]) for hour in range(13, 18)]
    answers = together(service, [*requests, ask([{**ROW, "hour": "x"}])])
    assert [request.together for request in requests] == [5] * 5
    assert len({answer.body for answer in answers[:5]}) > 1
    assert str(answers[5][1]) == "row 1, column 'hour': 'x' is not a whole number"


def test_a_run_has_no_more_rows_than_the_proof(served):
    service = Service(Predictor(), served, served.schema)
    requests = [ask([ROW] * 7) for _ in range(5)]
    together(service, requests)
    assert [request.together for request in requests] == [2, 2, 2, 2, 1]


def test_one_alone_waits_for_nobody(served):
    request = ask([ROW])
    (answer,) = together(Service(Predictor(), served, served.schema), [request])
    assert (request.together, answer.rows) == (1, 1)


def test_what_is_outside_is_the_readers_and_its_neighbours_share_a_run(served):
    schema = replace(served.schema, expectations=EXPECTED)
    service = Service(Predictor(), replace(served, schema=schema), schema)
    requests = [ask([ROW]), ask([{**ROW, "distance": -2e6}]), ask([{**ROW, "hour": 24}])]
    first, second, third = together(service, requests)
    assert [requests[0].outside, requests[1].outside] == [{}, {"distance": 1}]
    assert requests[0].together == 3
    assert first.rows == second.rows == 1
    assert "24 is not at least 0 and at most 23" in third[1]


def test_a_model_that_was_not_shown_to_be_row_by_row_gets_requests_alone(served):
    apart = replace(served, facts=replace(served.facts, row_by_row=False))
    requests = [ask([ROW]), ask([ROW])]
    together(Service(Predictor(), apart, apart.schema), requests)
    assert [request.together for request in requests] == [1, 1]


def test_a_predictor_of_ones_own_is_asked(served):
    service = Service(
        Predictor(predict=lambda model, columns: model.predict(columns)), served, served.schema
    )
    assert asyncio.run(service.together(ask([ROW]))) is None


class TestRowByRow:
    def test_an_answer_that_depends_on_others_is_found(self):
        def compute(numbers, texts):
            return Predictions(numbers[:, 0] + 1e-16 * len(numbers))

        rows = np.ones((5, 1)), np.empty((5, 0), dtype=object)
        assert not row_by_row(compute, *rows, 2)
        assert row_by_row(lambda n, t: Predictions(n[:, 0]), *rows, 16)

    def test_a_graph_of_another_order_of_columns_is_refused(self, onnx_directory, schema, tmp_path):
        (tmp_path / "model.onnx").write_bytes((onnx_directory / "model.onnx").read_bytes())
        Schema(tuple(reversed(schema.features))).write(tmp_path)
        loaded = engines.load(tmp_path)  # each kind has its order, which is not the table's
        assert loaded.schema.names[0] == "holiday"
        kinds = {"distance": "integer", "hour": "number"}
        twisted = tuple(replace(f, type=kinds.get(f.name, f.type)) for f in schema.features)
        Schema(twisted).write(tmp_path)
        with pytest.raises(ModelError, match="differ in the columns' order"):
            engines.load(tmp_path)
