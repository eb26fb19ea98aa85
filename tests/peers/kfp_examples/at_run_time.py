"""Loops over what a task comes up with, and tasks that run whatever happens."""

from typing import List

from sagepipe import dsl

RUNS = {"over_an_output": {}, "at_exit": {"text": "x"}, "in_spite": {}}


@dsl.component
def names() -> List[str]:
    return ["a", "b"]


@dsl.component
def say(text: str) -> str:
    return text


@dsl.component
def fail() -> str:
    raise RuntimeError("on purpose")


@dsl.pipeline
def over_an_output():
    with dsl.ParallelFor(names().output, parallelism=1) as name:
        say(text=name)


@dsl.pipeline
def at_exit(text: str):
    exit_task = say(text="bye")
    with dsl.ExitHandler(exit_task, name="leaving"):
        first = say(text=text)
        say(text=first.output)


@dsl.pipeline
def in_spite():
    failed = fail()
    say(text="anyway").after(failed).ignore_upstream_failure()
