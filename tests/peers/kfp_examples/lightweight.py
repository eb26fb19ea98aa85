"""Lightweight Python components: values in, values out."""

from typing import Dict, List, NamedTuple, Optional

from sagepipe import dsl

RUNS = {
    "hello": {"recipient": "World"},
    "addition": {"a": 1.0, "b": 7.5},
    "several": {"rows": 7},
    "every_type": {},
    "typed": {"text": 'it\'s "fine"', "flag": False, "items": ["x", "y"], "table": {"k": "v"}},
}


@dsl.component
def say_hello(name: str) -> str:
    """Greet somebody."""
    text = f"Hello, {name}!"
    print(text)
    return text


@dsl.component
def add(a: float, b: float = 1.0) -> float:
    """Add two numbers.

    Args:
        a: The first.
        b: The second.
    """
    return a + b


@dsl.component
def split(rows: int) -> NamedTuple("Outputs", [("train", int), ("test", int), ("names", list)]):
    from typing import NamedTuple

    test = rows // 3
    outputs = NamedTuple("Outputs", [("train", int), ("test", int), ("names", list)])
    return outputs(rows - test, test, ["train", "test"])


@dsl.component
def count(train: int, test: int, names: list) -> str:
    return f"{train} {test} {','.join(names)}"


@dsl.component
def describe(
    text: str = "a",
    number: int = 3,
    share: float = 0.5,
    flag: bool = True,
    items: List[str] = ["a", "b"],
    table: Dict[str, str] = {"a": "b"},
    nothing: Optional[str] = None,
) -> str:
    import json

    return json.dumps([text, number, share, flag, items, table, nothing])


@dsl.component
def flags() -> NamedTuple("Flags", [("on", bool), ("off", bool), ("table", dict)]):
    from typing import NamedTuple

    outputs = NamedTuple("Flags", [("on", bool), ("off", bool), ("table", dict)])
    return outputs(True, False, {"a": {"b": "c"}})


@dsl.component
def negate(flag: bool, table: dict) -> bool:
    return not flag and table == {"a": {"b": "c"}}


@dsl.pipeline
def hello(recipient: str) -> str:
    hello_task = say_hello(name=recipient)
    return hello_task.output


@dsl.pipeline(name="addition-pipeline", description="Adds numbers.")
def addition(a: float = 1.0, b: float = 7.0):
    first_add_task = add(a=a, b=4.0)
    second_add_task = add(a=first_add_task.output, b=b)
    add(a=second_add_task.output)


@dsl.pipeline
def several(rows: int = 9):
    task = split(rows=rows)
    count(train=task.outputs["train"], test=task.outputs["test"], names=task.outputs["names"])


@dsl.pipeline
def every_type():
    describe()
    describe(nothing="something", number=-2, share=1e-7)
    task = flags()
    negate(flag=task.outputs["off"], table=task.outputs["table"])


@dsl.pipeline
def typed(
    text: str,
    number: int = 4,
    share: float = 0.25,
    flag: bool = True,
    items: list = ["a"],
    table: dict = {"b": "c"},
):
    describe(text=text, number=number, share=share, flag=flag, items=items, table=table)
