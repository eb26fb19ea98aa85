"""Conditions and loops."""

from typing import List

from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Output

RUNS = {
    "coin": {"side": "tails"},
    "bars": {"bar": 0.5},
    "switched": {"on": True},
    "loop": {},
    "items": {},
    "collected": {},
}


@dsl.component
def flip(side: str) -> str:
    return side


@dsl.component
def say(text: str) -> str:
    return text


@dsl.component
def count(n: int) -> int:
    return n


@dsl.component
def score() -> float:
    return 0.75


@dsl.component
def write(n: int, name: str, written: Output[Dataset]) -> int:
    with open(written.path, "w") as f:
        f.write(name * n)
    return n


@dsl.component
def join(parts: Input[List[Dataset]]) -> str:
    texts = []
    for part in parts:
        with open(part.path) as f:
            texts.append(f.read())
    return " ".join(texts)


@dsl.component
def total(numbers: List[int]) -> int:
    return int(sum(numbers))


@dsl.pipeline
def coin(side: str):
    task = flip(side=side)
    with dsl.If(task.output == "heads"):
        say(text="heads")
    with dsl.Elif(task.output == "tails", name="tails"):
        first = say(text="tails")
        say(text=first.output)
    with dsl.Else():
        say(text="draw")


@dsl.pipeline
def bars(bar: float = 0.5):
    scored = score()
    with dsl.If(scored.output > bar, name="above"):
        say(text="above")
    with dsl.Else(name="below"):
        say(text="below")
    with dsl.If(scored.output <= 0.75):
        say(text="at most")
    with dsl.If(scored.output != 0.75):
        say(text="other")
    counted = count(n=3)
    with dsl.If(counted.output == 3):
        say(text="three")
    with dsl.If(counted.output < 3):
        say(text="less")


@dsl.pipeline
def switched(on: bool = False):
    with dsl.If(on == True):  # noqa: E712 - KFP's own way to say it
        say(text="on")
    with dsl.Else():
        say(text="off")


@dsl.pipeline
def loop():
    with dsl.ParallelFor(items=["a", "b", "c"], parallelism=2, name="letters") as text:
        first = say(text=text)
        say(text=first.output)


@dsl.pipeline
def items():
    with dsl.ParallelFor([{"n": 1, "more": 10}, {"n": 2, "more": 20}]) as item:
        counted = count(n=item.n)
        more = count(n=item.more)
        with dsl.If(counted.output > 1):
            count(n=more.output)


@dsl.pipeline
def collected():
    with dsl.ParallelFor([1, 2, 3]) as n:
        task = write(n=n, name="z")
    join(parts=dsl.Collected(task.outputs["written"]))
    total(numbers=dsl.Collected(task.outputs["Output"]))
