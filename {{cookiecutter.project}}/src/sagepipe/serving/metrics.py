"""What ``/metrics`` says, in Prometheus' text format, added up over all workers.

prometheus-client is not used: with several processes it keeps its numbers in files, in a folder
that somebody has to make, empty and be allowed to write to, and a serving container's file system
may be read-only. The numbers here are few and fixed, so they lie on the board that the workers
share anyway.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.serving.board import Board, Row

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PHASES = ("read", "wait", "parse", "predict", "format")

# On the board for the supervisor: when a worker last said that it is alive.
BEAT = "beat"

_STATUSES = ("200", "400", "406", "408", "413", "415", "500", "503")
_OTHER = "other"
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_BUCKETS = (*map(str, _BOUNDS), "+Inf")

# Names that are put together once, not for each request.
_STATUS_COLUMNS = {int(status): f"status {status}" for status in _STATUSES}
_OTHER_COLUMN = f"status {_OTHER}"
_BUCKET_COLUMNS = [f"bucket {bound}" for bound in _BUCKETS]
_PHASE_COLUMNS = {phase: f"phase {phase}" for phase in PHASES}

COLUMNS = (
    BEAT,
    "waiting",
    "rows",
    "batches",
    "outside",
    "replaced",
    "seconds",
    *_STATUS_COLUMNS.values(),
    _OTHER_COLUMN,
    *_BUCKET_COLUMNS,
    *_PHASE_COLUMNS.values(),
)


def count(row: Row, line: Mapping[str, Any]) -> None:
    """Count an answered request.

    Args:
        row: The worker's row of the board.
        line: The request's line in the log.
    """
    milliseconds = line["milliseconds"]
    row.add(_STATUS_COLUMNS.get(line["status"], _OTHER_COLUMN))
    row.add(_BUCKET_COLUMNS[bisect_left(_BOUNDS, milliseconds / 1000)])
    row.add("seconds", milliseconds / 1000)
    row.add("rows", line.get("rows") or 0)
    if "outside" in line:
        row.add("outside")
    for phase, milliseconds in line.get("phases", {}).items():
        row.add(_PHASE_COLUMNS[phase], milliseconds / 1000)


def text(board: Board, workers: int) -> str:
    """Write all numbers for Prometheus.

    Args:
        board: Where the workers keep them.
        workers: How many workers there are.

    Returns:
        The answer's body.
    """
    return "".join(f"{line}\n" for line in _lines(board, workers))


def _lines(board: Board, workers: int) -> Iterator[str]:
    yield from _head("requests_total", "counter", "Answered POST /invocations, by status.")
    for status in (*_STATUSES, _OTHER):
        number = board.total(f"status {status}")
        yield f'sagepipe_requests_total{{status="{status}"}} {number:.17g}'
    yield from _head("request_seconds", "histogram", "From a request's head to its answer's end.")
    below = 0.0
    for bound in _BUCKETS:
        below += board.total(f"bucket {bound}")
        yield f'sagepipe_request_seconds_bucket{{le="{bound}"}} {below:.17g}'
    yield f"sagepipe_request_seconds_sum {board.total('seconds'):.17g}"
    yield f"sagepipe_request_seconds_count {below:.17g}"
    yield from _head("phase_seconds_total", "counter", "Time that requests spent in each phase.")
    for phase in PHASES:
        number = board.total(f"phase {phase}")
        yield f'sagepipe_phase_seconds_total{{phase="{phase}"}} {number:.17g}'
    for name, kind, column, says in (
        ("rows_total", "counter", "rows", "Rows predicted."),
        ("batches_total", "counter", "batches", "Turns of the thread that predicts."),
        ("outside_requests_total", "counter", "outside", "Requests with unexpected values."),
        ("workers_replaced_total", "counter", "replaced", "Workers that ended and were replaced."),
        ("waiting_requests", "gauge", "waiting", "Requests that wait for the model."),
    ):
        yield from _head(name, kind, says)
        yield f"sagepipe_{name} {board.total(column):.17g}"
    yield from _head("workers", "gauge", "Processes that predict.")
    yield f"sagepipe_workers {workers}"


def _head(name: str, kind: str, says: str) -> Iterator[str]:
    yield f"# HELP sagepipe_{name} {says}"
    yield f"# TYPE sagepipe_{name} {kind}"
