"""The requests that wait for the one thread that predicts."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sagepipe.serving.errors import Overloaded, RequestError
from sagepipe.serving.service import Answer, Request

# What is taken from the queue at once: small requests, as many as are there.
_MOST_TOGETHER = 64
_MOST_BYTES_TOGETHER = 256 * 1024


@dataclass(eq=False)
class _Waiting:
    request: Request
    since: float
    answer: asyncio.Future[Answer]


class Queue:
    """Hands requests to a thread, those together that came while it was busy.

    Nothing is waited for: a request that finds the thread idle is worked on at once.

    Args:
        work: Answers requests, in the thread; one answer or exception for each.
        most: Requests that may wait.
        seconds: How long the work may take.
        on_hang: Called when it took longer. The thread can't be stopped, so the process has to be.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Request]], Sequence[Answer | Exception]],
        most: int,
        seconds: float,
        on_hang: Callable[[], None],
    ) -> None:
        self._work = work
        self._most = most
        self._seconds = seconds
        self._on_hang = on_hang
        self._waiting: deque[_Waiting] = deque()
        self._running: list[_Waiting] = []
        self._hung = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")
        self._taken = 0

    def __len__(self) -> int:
        """Count the requests that wait, without those that are worked on."""
        return len(self._waiting)

    def taken(self) -> int:
        """Count how often the thread took requests since this was last asked."""
        taken, self._taken = self._taken, 0
        return taken

    async def answer(self, request: Request) -> Answer:
        """Wait for the answer to a request.

        Args:
            request: What was asked.

        Returns:
            The answer.

        Raises:
            Overloaded: Too many wait already, or the model hangs.
            RequestError: The request can't be answered as it is.
        """
        if self._hung:
            raise self._too_long()
        if len(self._waiting) >= self._most:
            raise Overloaded(f"{self._most} requests wait already; ask again in a moment")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(request, time.perf_counter(), loop.create_future())
        self._waiting.append(waiting)
        if not self._running:
            self._next()
        try:
            return await waiting.answer
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            raise

    def close(self) -> None:
        """Start nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> None:
        """Give the thread what waits."""
        self._running = self._take()
        if not self._running:
            return
        self._taken += 1
        loop = asyncio.get_running_loop()
        for waiting in self._running:
            waiting.request.phases["wait"] = time.perf_counter() - waiting.since
            waiting.request.together = len(self._running)
        timer = loop.call_later(self._seconds, self._hangs)
        done = loop.run_in_executor(self._thread, self._work, [w.request for w in self._running])
        done.add_done_callback(lambda done: self._done(done, timer))

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        size = 0
        while self._waiting and len(taken) < _MOST_TOGETHER:
            size += len(self._waiting[0].request.body)
            if taken and size > _MOST_BYTES_TOGETHER:
                break
            taken.append(self._waiting.popleft())
        return taken

    def _done(self, done: asyncio.Future[Any], timer: asyncio.TimerHandle) -> None:
        timer.cancel()
        if self._hung or done.cancelled():
            return
        running, self._running = self._running, []
        error = done.exception()
        answers = [error] * len(running) if error else done.result()
        for waiting, answer in zip(running, answers, strict=True):
            _settle(waiting, answer)
        self._next()

    def _hangs(self) -> None:
        self._hung = True
        for waiting in (*self._running, *self._waiting):
            _settle(waiting, self._too_long())
        self._waiting.clear()
        self._on_hang()

    def _too_long(self) -> RequestError:
        return Overloaded(
            f"the model did not answer within {self._seconds:g} s; its process is replaced"
        )


def _settle(waiting: _Waiting, answer: Answer | BaseException) -> None:
    if waiting.answer.done():  # the caller hung up
        return
    if isinstance(answer, BaseException):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
