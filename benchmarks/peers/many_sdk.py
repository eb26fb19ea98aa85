"""A chain of processing steps, written with the SageMaker SDK, compiled warm: prints seconds."""

import json
import logging
import statistics
import sys
import time

from sagemaker.mlops.workflow.pipeline import Pipeline
from training_sdk import DATA, SESSION, job, output

logging.disable(logging.WARNING)


def compiled(count):
    """Build the pipeline and its definition."""
    data, steps = DATA, []
    for number in range(count):
        steps.append(job(f"work-{number}", {"data": data}, ["result"], ["--number", str(number)]))
        data = output(steps[-1], "result")
    made = Pipeline(name="chain", parameters=[DATA], steps=steps, sagemaker_session=SESSION)
    return made.definition()


if __name__ == "__main__":
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    assert len(json.loads(compiled(count))["Steps"]) == count
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        compiled(count)
        times.append(time.perf_counter() - start)
    print(json.dumps(statistics.median(times)))
