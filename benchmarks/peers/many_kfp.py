"""A chain of steps, written with the Kubeflow Pipelines SDK, compiled warm: prints seconds."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from kfp import compiler, dsl
from kfp.dsl import Dataset, Input, Output


@dsl.component
def work(data: Input[Dataset], result: Output[Dataset], number: int) -> None:
    """Make one table of another."""


def compiled(count, path):
    """Build the pipeline and write it."""

    @dsl.pipeline(name="chain")
    def pipeline(data_uri: str):
        data = dsl.importer(artifact_uri=data_uri, artifact_class=Dataset).output
        for number in range(count):
            data = work(data=data, number=number).outputs["result"]

    compiler.Compiler().compile(pipeline, str(path))


if __name__ == "__main__":
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "chain.json")
        compiled(count, path)
        assert len(json.loads(path.read_text())["root"]["dag"]["tasks"]) == count + 1
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            compiled(count, path)
            times.append(time.perf_counter() - start)
    print(json.dumps(statistics.median(times)))
