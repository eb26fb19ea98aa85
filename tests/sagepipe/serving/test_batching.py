"""Requests that are predicted together get what they would get alone."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagepipe.serving import BadRequest, Feature, Predictions, Schema, batching
from sagepipe.serving.errors import Overloaded
from sagepipe.serving.predictor import Predictor
from sagepipe.serving.queue import Queue
from sagepipe.serving.service import Answer, Request, Service

SCHEMA = Schema((Feature("a", "number"), Feature("b", "integer"), Feature("c", "string")))
POISON = 13


@dataclass
class Model:
    """Says of each row what the row is, so that a mixed-up answer shows."""

    batch_rows: int = 8

    def __post_init__(self) -> None:
        self.sizes: list[int] = []

    def predict(self, columns: Any) -> Predictions:
        self.sizes.append(len(columns["a"]))
        if POISON in columns["a"].tolist():
            raise BadRequest("poison")
        kinds = [f"{values.dtype}" for values in columns.values()]
        said = [
            repr((*row, kinds)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)
        ]
        numbers = np.nan_to_num(columns["a"].astype(float))
        return Predictions(
            np.array(said, dtype=object), np.c_[numbers, -numbers], np.array(["x", "y"])
        )


def csv(rows: Sequence[tuple[Any, Any, Any]]) -> bytes:
    return "".join(f"{a},{'' if b is None else b},{c}\n" for a, b, c in rows).encode()


def ask(body: bytes) -> Request:
    return Request(body, "text/csv", "text/csv; output=both")


def said(answer: Answer | Exception) -> Any:
    return (type(answer), str(answer)) if isinstance(answer, Exception) else answer


rows = st.lists(
    st.tuples(
        st.integers(-5, POISON), st.one_of(st.none(), st.integers(0, 9)), st.sampled_from("uvw")
    ),
    min_size=1,
    max_size=6,
)
bodies = st.one_of(rows.map(csv), st.sampled_from([b"", b"1,x,u\n", b"1,2\n"]))


@given(st.lists(bodies, max_size=12), st.integers(0, 12))
def test_requests_together_get_what_they_get_alone(asked, most_rows):
    together = Service(Predictor(), Model(most_rows), SCHEMA)
    alone = Service(Predictor(), Model(0), SCHEMA)
    found = together.answers([ask(body) for body in asked])
    expected = [alone.answers([ask(body)])[0] for body in asked]
    assert list(map(said, found)) == list(map(said, expected))


@given(st.lists(rows.map(csv), max_size=12), st.integers(1, 12))
def test_no_more_rows_are_put_together_than_allowed(asked, most_rows):
    model = Model(most_rows)
    asked = [body for body in asked if f"{POISON}," not in body.decode()]
    Service(Predictor(), model, SCHEMA).answers([ask(body) for body in asked])
    counts = [len(body.splitlines()) for body in asked]
    assert sum(model.sizes) == sum(counts)
    assert all(size <= most_rows or size in counts for size in model.sizes)


def test_whole_numbers_are_not_made_floats_by_a_neighbour():
    model = Model()
    service = Service(Predictor(), model, SCHEMA)
    big = 2**53 + 1
    first, _ = service.answers([ask(b"1,%d,u\n" % big), ask(b"1,,u\n")])
    assert str(big).encode() in first.body
    assert model.sizes == [1, 1]


def test_one_poisoned_request_leaves_the_others_alone():
    model = Model()
    service = Service(Predictor(), model, SCHEMA)
    found = service.answers([ask(b"1,1,u\n"), ask(b"%d,1,u\n" % POISON), ask(b"3,1,u\n")])
    assert [type(answer) for answer in found] == [Answer, BadRequest, Answer]
    assert model.sizes == [3, 1, 1, 1]


def test_a_predict_of_ones_own_sees_one_request_at_a_time_unless_it_says_otherwise():
    def predict(model: Model, columns: Any) -> Predictions:
        return model.predict(columns)

    for batch, sizes in ((False, [1, 1]), (True, [2])):
        model = Model()
        service = Service(Predictor(predict=predict, batch=batch), model, SCHEMA)
        service.answers([ask(b"1,1,u\n"), ask(b"2,1,u\n")])
        assert model.sizes == sizes


def test_predictions_that_are_not_one_a_row_are_not_shared_out():
    tables = [{"a": np.zeros(1)}, {"a": np.zeros(2)}]
    assert batching.split(Predictions(np.zeros(2)), tables) is None
    assert batching.split([1, 2, 3], tables) is None


class TestQueue:
    """A thread that waits for the test, and requests that come meanwhile."""

    def run(self, scenario: Any, most: int = 100, seconds: float = 60) -> Any:
        hung: list[bool] = []
        queue = Queue(self.work, most, seconds, lambda: hung.append(True))
        try:
            return asyncio.run(scenario(queue)), hung
        finally:
            self.gate.set()
            queue.close()

    def setup_method(self) -> None:
        self.gate = threading.Event()
        self.taken: list[list[bytes]] = []

    def work(self, requests: Sequence[Request]) -> list[Answer | Exception]:
        self.taken.append([request.body for request in requests])
        self.gate.wait(60)
        return [
            BadRequest("bad") if r.body == b"bad" else Answer(r.body, "text/csv", 1)
            for r in requests
        ]

    async def ask(self, queue: Queue, *bodies: bytes) -> list[asyncio.Task[Answer]]:
        tasks = [asyncio.create_task(queue.answer(ask(body))) for body in bodies]
        await asyncio.sleep(0)
        return tasks

    def test_what_waits_together_is_taken_together_and_answered_apart(self):
        async def scenario(queue: Queue) -> Any:
            first = await self.ask(queue, b"1")
            more = await self.ask(queue, b"2", b"bad", b"3")
            self.gate.set()
            return await asyncio.gather(*first, *more, return_exceptions=True)

        (one, two, bad, three), _ = self.run(scenario)
        assert [answer.body for answer in (one, two, three)] == [b"1", b"2", b"3"]
        assert isinstance(bad, BadRequest)
        assert self.taken == [[b"1"], [b"2", b"bad", b"3"]]

    def test_a_large_one_goes_alone_and_keeps_its_place(self):
        large = b"x" * 300_000

        async def scenario(queue: Queue) -> Any:
            tasks = await self.ask(queue, b"1")
            tasks += await self.ask(queue, b"2", large, b"3", b"4")
            self.gate.set()
            return await asyncio.gather(*tasks)

        self.run(scenario)
        assert self.taken == [[b"1"], [b"2"], [large], [b"3", b"4"]]

    def test_one_too_many_is_refused_at_once(self):
        async def scenario(queue: Queue) -> Any:
            tasks = await self.ask(queue, b"1", b"2", b"3", b"4")
            with pytest.raises(Overloaded, match="2 requests wait already"):
                await tasks[3]
            self.gate.set()
            return await asyncio.gather(*tasks[:3])

        answers, _ = self.run(scenario, most=2)
        assert [answer.body for answer in answers] == [b"1", b"2", b"3"]

    def test_a_caller_that_hung_up_is_not_worked_for(self):
        async def scenario(queue: Queue) -> Any:
            tasks = await self.ask(queue, b"1", b"2", b"3")
            tasks[1].cancel()
            await asyncio.sleep(0)
            self.gate.set()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.run(scenario)
        assert self.taken == [[b"1"], [b"3"]]

    def test_work_that_hangs_fails_it_and_all_that_wait(self):
        async def scenario(queue: Queue) -> Any:
            tasks = await self.ask(queue, b"1", b"2")
            found = await asyncio.gather(*tasks, return_exceptions=True)
            with pytest.raises(Overloaded, match="its process is replaced"):
                await queue.answer(ask(b"3"))
            return found

        found, hung = self.run(scenario, seconds=0.05)
        assert [type(error) for error in found] == [Overloaded, Overloaded]
        assert hung == [True]

    def test_a_fault_of_the_work_itself_reaches_each_caller(self):
        def broken(requests: Sequence[Request]) -> list[Answer | Exception]:
            raise ZeroDivisionError

        async def scenario(queue: Queue) -> Any:
            tasks = await self.ask(queue, b"1", b"2")
            return await asyncio.gather(*tasks, return_exceptions=True)

        self.work = broken  # type: ignore[method-assign]
        found, _ = self.run(scenario)
        assert [type(error) for error in found] == [ZeroDivisionError] * 2
