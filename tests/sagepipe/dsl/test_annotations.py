"""Annotations beyond the plain ones: choices, optional values, lists, returned values."""

from __future__ import annotations

from typing import Literal, NamedTuple, Optional

import pytest

from sagepipe import dsl
from sagepipe.dsl import Dataset, DslError, Input, Metrics, Model, Output

URI = "s3://bucket/data"


class Stats(NamedTuple):
    rows: int
    names: list
    share: float


@dsl.component
def look(
    raw: Input[Dataset],
    more: Input[Dataset] | None,
    parts: Input[list[Dataset]] = None,
    mode: Literal["fast", "full"] = "fast",
    depth: Literal[1, 2] | None = None,
    note: Optional[str] = None,  # noqa: UP045 - older code says it so
    columns: list[str] = ["a"],  # noqa: B006 - never changed
    options: dict[str, int] = {},  # noqa: B006
) -> Stats:
    """Look at a table.

    Longer words about it.

    Args:
        raw: The table.
        mode (str): How
            thoroughly.
        note: For people.

    Returns:
        Counts.
    """


@dsl.component
def count(raw: Input[Dataset]) -> int: ...


@dsl.component
def label(text: str = "", extra: str | None = "x") -> None: ...


@dsl.component(kind="training", metrics=("auc", "by.late"))
def fit(
    train: Input[Dataset], model: Output[Model], metrics: Output[Metrics], rate: float = 1
) -> None: ...


@dsl.component
def spread(raw: Input[Dataset], hosts: dsl.Hosts) -> None: ...


def parameter(component, name):
    return next(item for item in component.spec.parameters if item.name == name)


def refusal(function):
    with pytest.raises(DslError) as error:
        dsl.pipeline(name="p")(function).trace()
    assert str(error.value).startswith(f"{__file__}:")
    return str(error.value)


class TestSpec:
    def test_a_literal_has_choices_and_their_type(self):
        mode, depth = parameter(look, "mode"), parameter(look, "depth")

        assert (mode.type, mode.choices, mode.optional) == (str, ("fast", "full"), False)
        assert (depth.type, depth.choices, depth.optional) == (int, (1, 2), True)

    def test_both_ways_to_say_that_a_value_may_be_none(self):
        assert parameter(look, "note").optional
        assert parameter(look, "note").default is None

    def test_lists_and_dicts_may_say_what_they_hold(self):
        assert parameter(look, "columns").type is list
        assert parameter(look, "options").type is dict

    def test_inputs_may_be_left_out_or_be_many(self):
        raw, more, parts = look.spec.inputs

        assert (raw.optional, more.optional, parts.optional) == (False, True, True)
        assert (raw.many, parts.many, parts.type) == (False, True, Dataset)

    def test_a_named_tuple_is_several_outputs(self):
        assert [(item.name, item.type) for item in look.spec.returns] == [
            ("rows", int),
            ("names", list),
            ("share", float),
        ]

    def test_a_single_value_is_called_output_as_in_kfp(self):
        assert [(item.name, item.type) for item in count.spec.returns] == [("Output", int)]

    def test_the_docstring_describes_the_component_and_its_parameters(self):
        assert look.spec.description == "Look at a table."
        assert parameter(look, "mode").description == "How thoroughly."
        assert parameter(look, "note").description == "For people."
        assert parameter(look, "depth").description == ""

    def test_hosts_are_no_parameter(self):
        assert (spread.spec.hosts, spread.spec.parameters) == ("hosts", ())


class TestArguments:
    def test_what_may_be_left_out_is_left_out(self):
        def wire():
            look(raw=dsl.importer(URI))

        task = dsl.pipeline(name="p")(wire).trace().nodes[0]
        assert list(task.inputs) == ["raw"]

    def test_none_is_an_input_left_out(self):
        def wire():
            look(raw=dsl.importer(URI), more=None, note=None)

        task = dsl.pipeline(name="p")(wire).trace().nodes[0]
        assert list(task.inputs) == ["raw"]
        assert task.parameters == {"note": None}

    def test_none_for_a_required_input_is_a_missing_one(self):
        def wire():
            look(raw=None)

        assert "look() lacks 'raw'" in refusal(wire)

    def test_none_can_not_take_the_place_of_a_default(self):
        def wire():
            label(extra=None)

        assert "its default is 'x', and a job can't be told None in its place" in refusal(wire)

    def test_a_value_outside_the_choices_is_refused_with_the_choices(self):
        def wire():
            look(raw=dsl.importer(URI), mode="slow")

        assert "look(), mode takes a 'fast' | 'full', not 'slow'" in refusal(wire)

    def test_a_pipeline_parameter_needs_the_same_choices(self):
        def wire(mode: str = "fast"):
            look(raw=dsl.importer(URI), mode=mode)

        assert "with the same Literal" in refusal(wire)

    def test_a_pipeline_parameter_with_fewer_choices_will_do(self):
        def wire(mode: Literal["fast"] = "fast"):
            look(raw=dsl.importer(URI), mode=mode)

        assert dsl.pipeline(name="p")(wire).trace()

    def test_a_list_of_inputs_takes_a_list_of_artifacts(self):
        def wire():
            data = dsl.importer(URI)
            look(raw=data, parts=[data, data])
            look(raw=data, parts=data)

        assert "look(), parts takes a list of artifacts or dsl.Collected(...)" in refusal(wire)

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({1: "a"}, "its keys are texts, not 1"),
            ({"a": {2: "b"}}, "its keys are texts, not 2"),
            ({"a": float("nan")}, "can't be written as JSON"),
            ({"a": object()}, "can't be written as JSON"),
        ],
    )
    def test_what_json_would_change_or_not_take_is_refused(self, value, message):
        def wire():
            look(raw=dsl.importer(URI), options=value)

        assert message in refusal(wire)

    def test_a_pipeline_value_inside_a_list_has_no_form(self):
        def wire(column: str):
            look(raw=dsl.importer(URI), columns=["a", column])

        assert "a pipeline value inside" in refusal(wire)

    def test_a_returned_value_of_the_wrong_type_is_refused(self):
        def wire():
            label(text=count(raw=dsl.importer(URI)).output)

        assert "label(), text takes a str; output 'Output' of 'count' is a int" in refusal(wire)


class TestDefinition:
    """What can't be is refused when the component is defined."""

    @pytest.mark.parametrize(
        ("metrics", "message"),
        [
            (("auc", "auc"), "metric 'auc' is named twice"),
            (("it's",), "a metric can't be called"),
            (("",), "a metric can't be called ''"),
        ],
    )
    def test_metrics_have_names_that_sagemaker_can_refer_to(self, metrics, message):
        with pytest.raises(DslError, match=message):
            dsl.component(kind="training", metrics=metrics)(fit.python_func)

    def test_metrics_are_named_in_a_tuple(self):
        with pytest.raises(DslError, match=r"metrics is a tuple of names: \('auc',\)"):
            dsl.component(kind="training", metrics="auc")

    def test_metrics_need_an_output_to_be_logged_to(self):
        def train(train: Input[Dataset], model: Output[Model]) -> None: ...

        train.__qualname__ = "train"
        with pytest.raises(DslError, match=r"names numbers of an Output\[Metrics\], and it has"):
            dsl.component(kind="training", metrics=("auc",))(train)

    def test_a_name_with_letters_that_sagemaker_does_not_take(self):
        def größe(raw: Input[Dataset]) -> None: ...

        größe.__qualname__ = "größe"
        with pytest.raises(DslError, match="names have letters from a to z"):
            dsl.component(größe)

    def test_a_default_that_json_has_no_form_for(self):
        def odd(options: dict = {1: 2}) -> None: ...  # noqa: B006

        odd.__qualname__ = "odd"
        with pytest.raises(DslError, match=r"its default \{1: 2\} can.t be written as JSON"):
            dsl.component(odd)

    def test_a_default_of_none_says_what_to_write(self):
        def odd(rows: int = None) -> None: ...  # noqa: RUF013 - the mistake

        odd.__qualname__ = "odd"
        with pytest.raises(DslError, match=r"its default None is not of type int; say int \| None"):
            dsl.component(odd)
