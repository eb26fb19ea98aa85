"""The plain requests of one turn of the event loop, answered by one run of the model."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

from sagepipe.serving import batching
from sagepipe.serving.engines.onnx import OnnxModel
from sagepipe.serving.plain import Plain, Rows
from sagepipe.serving.predictions import Predictions


@dataclass(eq=False, slots=True)
class Share:
    """A request's share of a run.

    Attributes:
        rows: What was asked.
        done: Whether it was run.
        predictions: What the model said; None where the request is for the readers after all.
        seconds: How long the run took.
        together: How many requests were in it.
    """

    rows: Rows
    done: bool = False
    predictions: Predictions | None = None
    seconds: float = 0.0
    together: int = 1


class Turn:
    """Predicts the rows of requests that come in the same turn of the event loop together.

    Only a model whose answer to a row does not depend on the others, to the last bit, is asked so.

    Args:
        model: The model.
        plain: What reads its requests.
    """

    def __init__(self, model: OnnxModel, plain: Plain) -> None:
        self._model = model
        self.plain = plain
        self._together = model.facts.row_by_row
        self._waiting: deque[Share] = deque()

    async def predict(self, rows: Rows, alone: bool = False) -> Share:
        """Predict a request's rows.

        Args:
            rows: As ``Plain`` has read them.
            alone: Whether no other request can have come.

        Returns:
            Its share.
        """
        share = Share(rows)
        if alone or not self._together:
            self._run([share])
            return share
        self._waiting.append(share)
        # Those whose bytes are there already come to this line, too. Then the first of them goes on
        # and works for all: nothing is waited for.
        await asyncio.sleep(0)
        while not share.done:
            self._run(self._take())
        return share

    def _take(self) -> list[Share]:
        taken: list[Share] = []
        rows = 0
        while self._waiting:
            rows += len(self._waiting[0].rows.numbers)
            if taken and rows > self._model.inline_rows:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _run(self, shares: list[Share]) -> None:
        started = time.perf_counter()
        try:
            self._predict(shares)
        except Exception:
            # One by one, the readers' way, it comes to light whose it was.
            for share in shares:
                share.predictions = None
        seconds = time.perf_counter() - started
        for share in shares:
            share.done, share.seconds, share.together = True, seconds, len(shares)

    def _predict(self, shares: list[Share]) -> None:
        numbers, texts = self.plain.matrices([share.rows for share in shares])
        outside = self.plain.outside(numbers)
        predictions = self._model.compute(numbers, texts)
        start = 0
        for share in shares:
            end = start + len(share.rows.numbers)
            if outside is None or not outside[start:end].any():
                share.predictions = batching.part(predictions, start, end)
            start = end
