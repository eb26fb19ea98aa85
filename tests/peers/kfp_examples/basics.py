"""Components put together: data, order, settings of a task, pipelines in pipelines."""

from typing import NamedTuple

from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Output

RUNS = {"pythagorean": {"a": 3.0, "b": 4.0}, "configured": {}, "shared": {"text": "x"}}


@dsl.component
def square(x: float) -> float:
    return x**2


@dsl.component
def add(x: float, y: float) -> float:
    return x + y


@dsl.component
def square_root(x: float) -> float:
    return x**0.5


@dsl.component
def read_variable() -> str:
    import os

    return os.environ["GREETING"] + " " + os.environ["NAME"]


@dsl.component
def write(text: str, written: Output[Dataset]) -> int:
    with open(written.path, "w") as f:
        f.write(text)
    return len(text)


@dsl.component
def read(written: Input[Dataset], length: int) -> str:
    with open(written.path) as f:
        return f.read() * length


@dsl.pipeline
def square_and_sum(a: float, b: float) -> float:
    a_sq_task = square(x=a)
    b_sq_task = square(x=b)
    return add(x=a_sq_task.output, y=b_sq_task.output).output


@dsl.pipeline
def pythagorean(a: float = 1.2, b: float = 1.2) -> float:
    sq_and_sum_task = square_and_sum(a=a, b=b)
    return square_root(x=sq_and_sum_task.output).output


@dsl.pipeline
def written_twice(
    text: str,
) -> NamedTuple("Written", [("length", int), ("data", Dataset)]):
    task = write(text=text)
    again = write(text="again").after(task)
    outputs = NamedTuple("Written", [("length", int), ("data", Dataset)])
    return outputs(length=task.outputs["Output"], data=again.outputs["written"])


@dsl.pipeline
def shared(text: str):
    inner = written_twice(text=text)
    first = read(written=inner.outputs["data"], length=inner.outputs["length"])
    add(x=1.0, y=2.0).after(inner, first)


@dsl.pipeline(name="configured", description="Settings.", display_name="Configured")
def configured():
    task = read_variable()
    task.set_env_variable(name="GREETING", value="hello")
    task.set_env_variable("NAME", "you").set_display_name("Read a variable")
    task.set_caching_options(enable_caching=False)
    task.set_retry(num_retries=2, backoff_duration="30s", backoff_factor=2)
    root = square_root(x=16.0).set_caching_options(True)
    square(x=2.0).after(task, root)
