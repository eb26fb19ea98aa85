"""Pipelines of many steps, compiled and checked in one process that is warm.

python many.py 100 500 2000     # prints JSON: seconds to compile by steps, to check the first
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.components import work

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline, to_json
from sagepipe.compiler.check import check
from sagepipe.dsl import Dataset

MOST_SECONDS = 2.0


def chain(count: int) -> dsl.Pipeline:
    """Make a pipeline of which each step takes what the one before it made."""

    @dsl.pipeline(name=f"chain-{count}")
    def pipeline(data_uri: str) -> None:
        data: Any = dsl.importer(data_uri, Dataset)
        for number in range(count):
            data = work(data=data, number=number).outputs["result"]

    return pipeline


def warm(action: Callable[[], object]) -> float:
    """Return the median of the seconds that an action takes after its first time."""
    action()
    times: list[float] = []
    while len(times) < 5 or (sum(times) < MOST_SECONDS and len(times) < 50):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main(counts: list[int]) -> None:
    """Measure pipelines of so many steps."""
    compiled = {}
    for count in counts:
        pipeline = chain(count)
        compiled[count] = warm(lambda made=pipeline: to_json(compile_pipeline(made)))
    definition = compile_pipeline(chain(counts[0]))
    found = check(definition)
    assert not found, found
    print(json.dumps({"compile": compiled, "check": warm(lambda: check(definition))}))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
