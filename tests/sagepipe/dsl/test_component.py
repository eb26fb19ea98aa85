"""What a component's signature may say; each refusal names the place and the rule."""

from __future__ import annotations

import re
import textwrap

import pytest

from sagepipe import dsl
from sagepipe.dsl import HTML, Dataset, DslError, Input, Model, Output


@dsl.component
def clean(
    raw: Input[Dataset], tidy: Output[Dataset], report: Output[HTML], share: float = 1
) -> None:
    """Clean a table.

    The rest of the docstring is not the summary.
    """


@dsl.component(kind="training", instance_type="ml.c5.xlarge")
def fit(train: Input[Dataset], model: Output[Model], depth: int, options: dict = {}) -> None:  # noqa: B006
    """Fit a model."""


class TestSpec:
    def test_it_is_read_from_the_signature(self):
        spec = clean.spec

        assert (spec.name, spec.kind) == ("clean", "processing")
        assert [(item.name, item.type) for item in spec.inputs] == [("raw", Dataset)]
        assert [(item.name, item.type) for item in spec.outputs] == [
            ("tidy", Dataset),
            ("report", HTML),
        ]
        assert [(item.name, item.type, item.default) for item in spec.parameters] == [
            ("share", float, 1)
        ]
        assert spec.description == "Clean a table."

    def test_the_entrypoint_is_the_module_and_the_name(self):
        assert clean.spec.entrypoint == f"{__name__}:clean"

    def test_the_source_is_the_authors_line(self):
        assert clean.spec.source.file == __file__

    def test_resources_stand_in_the_decorator(self):
        assert fit.spec.resources.instance_type == "ml.c5.xlarge"

    def test_a_parameter_without_a_default_is_required(self):
        depth, options = fit.spec.parameters

        assert depth.required
        assert (options.type, options.required) == (dict, False)

    def test_the_plain_function_stays_at_hand(self, tmp_path):
        data = Dataset(path=tmp_path / "x.csv")

        assert clean.python_func(raw=data, tidy=data, report=HTML(path=tmp_path / "r.html")) is None


REFUSED = {
    "a lambda": ("x = dsl.component(lambda a: None)", "is not a function of a module"),
    "a closure": (
        """
        def outer():
            @dsl.component
            def inner(data: Input[Dataset]) -> None: ...
        outer()
        """,
        "'outer.<locals>.inner' is not a function of a module",
    ),
    "a missing annotation": (
        "@dsl.component\ndef f(x) -> None: ...",
        "'x' has no annotation",
    ),
    "star arguments": ("@dsl.component\ndef f(*x: int) -> None: ...", r"can't take \*x"),
    "an artifact without a direction": (
        "@dsl.component\ndef f(x: Dataset) -> None: ...",
        r"say Input\[Dataset\] or Output\[Dataset\]",
    ),
    "an input of a scalar": (
        "@dsl.component\ndef f(x: Input[int]) -> None: ...",
        r"Input\[...\] takes an artifact type such as Dataset, not int",
    ),
    "a parameter of another type": (
        "@dsl.component\ndef f(x: set) -> None: ...",
        "is of type set; a parameter is one of str, int, float, bool, list, dict",
    ),
    "an annotation that is not there": (
        "@dsl.component\ndef f(x: 'Frame') -> None: ...",
        "an annotation names something that its module doesn't have",
    ),
    "a default of another type": (
        "@dsl.component\ndef f(x: int = 'a') -> None: ...",
        "its default 'a' is not of type int",
    ),
    "a bool for an int": (
        "@dsl.component\ndef f(x: int = True) -> None: ...",
        "its default True is not of type int",
    ),
    "a default for an artifact": (
        "@dsl.component\ndef f(x: Input[Dataset] = 1) -> None: ...",
        "an artifact's only default is None",
    ),
    "a returned object": (
        "@dsl.component\ndef f(x: int) -> set: ...",
        "its returned value is of type set; a parameter is one of",
    ),
    "a returned value that may be None": (
        "@dsl.component\ndef f(x: int) -> int | None: ...",
        "or a NamedTuple of them",
    ),
    "a training job that returns": (
        "@dsl.component(kind='training')\ndef f(m: Output[Model]) -> int: ...",
        "a training job can't return values: SageMaker has property files for processing",
    ),
    "two machines' lists": (
        "@dsl.component\ndef f(a: dsl.Hosts, b: dsl.Hosts) -> None: ...",
        "one parameter of type Hosts is enough",
    ),
    "an output that may be left out": (
        "@dsl.component\ndef f(a: Output[Dataset] | None) -> None: ...",
        "an output can't be left out",
    ),
    "a list of outputs": (
        "@dsl.component\ndef f(a: Output[list[Dataset]]) -> None: ...",
        "a job's outputs are fixed; name each one",
    ),
    "a mixed Literal": (
        "@dsl.component\ndef f(a: Literal['x', 1]) -> None: ...",
        "the values of a Literal have to be of one scalar type",
    ),
    "a default outside the Literal": (
        "@dsl.component\ndef f(a: Literal['x', 'y'] = 'z') -> None: ...",
        "its default 'z' is not of type 'x' | 'y'",
    ),
    "an unknown kind": (
        "@dsl.component(kind='tuning')\ndef f() -> None: ...",
        "kind 'tuning' is none of processing, training",
    ),
    "training without a model": (
        "@dsl.component(kind='training')\ndef f(train: Input[Dataset]) -> None: ...",
        r"a training job has exactly one Output\[Model\] \(/opt/ml/model\), this one has 0",
    ),
    "training with two models": (
        "@dsl.component(kind='training')\ndef f(a: Output[Model], b: Output[Model]) -> None: ...",
        "this one has 2: a, b",
    ),
    "eleven inputs": (
        "@dsl.component\ndef f("
        + ", ".join(f"i{n}: Input[Dataset]" for n in range(11))
        + ") -> None: ...",
        "11 inputs; a processing job has at most 10",
    ),
    "eleven outputs": (
        "@dsl.component\ndef f("
        + ", ".join(f"o{n}: Output[Dataset]" for n in range(11))
        + ") -> None: ...",
        "11 outputs; a processing job has at most 10",
    ),
    "more parameters than arguments": (
        "@dsl.component\ndef f(" + ", ".join(f"p{n}: int" for n in range(50)) + ") -> None: ...",
        "50 parameters are more than a job's arguments can hold",
    ),
    "no instance type": (
        "@dsl.component(instance_type='m5.xlarge')\ndef f() -> None: ...",
        "instance_type 'm5.xlarge' is no SageMaker instance type, such as ml.m5.xlarge",
    ),
    "no machines": (
        "@dsl.component(instance_count=0)\ndef f() -> None: ...",
        "instance_count has to be a whole number from 1 up, not 0",
    ),
}


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_a_job_could_not_hold_is_refused_with_file_and_line(source, message, tmp_path):
    file = tmp_path / "author.py"
    preamble = "from typing import *\nfrom sagepipe import dsl\nfrom sagepipe.dsl import *\n"
    code = compile(preamble + textwrap.dedent(source), str(file), "exec")

    with pytest.raises(DslError, match=message) as error:
        exec(code, {"__name__": "author"})

    assert re.match(rf"{re.escape(str(file))}:\d+: ", str(error.value))
