"""A pipeline value has no value yet: what Python would do with one is refused with a way out."""

import json
import os

import pytest

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.dsl import Dataset, DslError, Input, Metrics, Output
from sagepipe.dsl.pipelines.condition import Condition
from sagepipe.dsl.pipelines.values import Constant, ParameterRef

NUMBER = ParameterRef("rows", int)
TEXT = ParameterRef("mode", str, ("fast", "full"))
FLAG = ParameterRef("strict", bool)
ITEMS = ParameterRef("items", list)


@dsl.component
def score(raw: Input[Dataset], metrics: Output[Metrics]) -> dict: ...


@pytest.mark.parametrize(
    "use",
    [
        lambda: NUMBER + 1,
        lambda: 1 + NUMBER,
        lambda: NUMBER * 2,
        lambda: 2 / NUMBER,
        lambda: NUMBER % 2,
        lambda: -NUMBER,
        lambda: abs(NUMBER),
        lambda: int(NUMBER),
        lambda: float(NUMBER),
        lambda: round(NUMBER),
        lambda: range(NUMBER),
        lambda: [1, 2][NUMBER],
        lambda: len(ITEMS),
        lambda: "a" + TEXT,
        lambda: TEXT + "/a",
        lambda: os.path.join("a", TEXT),
    ],
)
def test_it_can_not_be_computed_with(use):
    with pytest.raises(DslError, match=r"put texts together with dsl.join\(...\), compute numbers"):
        use()


@pytest.mark.parametrize("use", [lambda: "%s" % TEXT, lambda: f"{TEXT}", lambda: str(NUMBER)])  # noqa: UP031
def test_it_has_no_text(use):
    with pytest.raises(DslError, match=r"use dsl.join\(...\) in place of an f-string"):
        use()


def test_it_can_be_shown_to_a_person_who_debugs():
    assert repr(NUMBER) == "<pipeline parameter 'rows'>"


def test_json_does_not_take_it_for_something():
    with pytest.raises(TypeError):
        json.dumps({"rows": NUMBER})


@pytest.mark.parametrize("use", [lambda: 3 in ITEMS, lambda: TEXT in ITEMS])
def test_python_can_not_look_into_it(use):
    with pytest.raises(DslError, match="Python's `in` decides at once"):
        use()


def test_nor_look_for_it():
    with pytest.raises(DslError, match=r"\.in_\(\[\.\.\.\]\) in place of `in`"):
        _ = NUMBER in [1, 2]


@pytest.mark.parametrize("use", [lambda: max(NUMBER, 3), lambda: sorted([NUMBER, 3])])
def test_nor_sort_it(use):
    with pytest.raises(DslError, match="is decided when the pipeline runs"):
        use()


@pytest.mark.parametrize(
    "use",
    [
        lambda: TEXT & (NUMBER > 1),
        lambda: (NUMBER > 1) & TEXT,
        lambda: NUMBER > 1 & NUMBER,
        lambda: NUMBER > 1 & FLAG,
        lambda: ~NUMBER,
        lambda: True & (NUMBER > 1),
        lambda: (NUMBER > 1) | 3,
    ],
)
def test_a_value_that_may_be_more_than_true_or_false_is_no_condition(use):
    with pytest.raises(DslError, match=r"in parentheses, as & and \| bind tighter"):
        use()


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (lambda: FLAG & (NUMBER > 1), lambda: (FLAG == True) & (NUMBER > 1)),  # noqa: E712
        (lambda: (NUMBER > 1) | FLAG, lambda: (NUMBER > 1) | (FLAG == True)),  # noqa: E712
        (lambda: FLAG | FLAG, lambda: (FLAG == True) | (FLAG == True)),  # noqa: E712
        (lambda: ~FLAG, lambda: FLAG != True),  # noqa: E712
    ],
)
def test_a_value_that_is_true_or_false_is_a_condition(short, long):
    assert repr(short()) == repr(long())


def test_a_branch_takes_a_flag_by_itself():
    @dsl.pipeline(name="flags")
    def flags(strict: bool, mode: str = "fast") -> None:
        with dsl.If(strict):
            dsl.fail("strict")
        with dsl.Elif(~strict & (mode == "fast")):
            dsl.fail("fast")

    @dsl.pipeline(name="flags")
    def compared(strict: bool, mode: str = "fast") -> None:
        with dsl.If(strict == True):  # noqa: E712
            dsl.fail("strict")
        with dsl.Elif((strict != True) & (mode == "fast")):  # noqa: E712
            dsl.fail("fast")

    assert compile_pipeline(flags) == compile_pipeline(compared)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: NUMBER == "10", "is a number and '10' is a text"),
        (lambda: TEXT > 3, "is a text and 3 is a number"),
        (lambda: NUMBER == True, "is a number and True is a bool"),  # noqa: E712
        (lambda: NUMBER == TEXT, "is a number and pipeline parameter 'mode' is a text"),
        (lambda: FLAG > False, "is a bool, which has no order; ask == True or == False"),
        (lambda: ITEMS == ITEMS, "is a list; SageMaker compares scalars"),
        (lambda: float("nan") > NUMBER, "JSON has no form for it"),
        (lambda: float("inf") > NUMBER, "JSON has no form for it"),
        (lambda: NUMBER == None, "can't be compared with None"),  # noqa: E711
        (lambda: TEXT == "slow", "is never 'slow'; it is one of 'fast', 'full'"),
        (lambda: TEXT.in_(["fast", "slow"]), "is never 'slow'"),
        (lambda: NUMBER.in_([]), "takes a list of constants"),
        (lambda: NUMBER.in_("12"), "takes a list of constants"),
        (lambda: NUMBER.in_([1, "2"]), "is a number and '2' is a text"),
    ],
)
def test_only_like_is_compared_with_like(use, message):
    with pytest.raises(DslError) as error:
        use()
    assert message in str(error.value)


@pytest.mark.parametrize(
    "use",
    [
        lambda: NUMBER >= 0.5,
        lambda: NUMBER != NUMBER,
        lambda: NUMBER > 3,
        lambda: TEXT == "fast",
        lambda: FLAG == True,  # noqa: E712
        lambda: dsl.join("a") == "a",
        lambda: Constant(3) > 2,
        lambda: TEXT.in_(["fast"]),
    ],
)
def test_what_sagemaker_can_compare_makes_a_condition(use):
    assert isinstance(use(), Condition)


@pytest.mark.parametrize("value", [NUMBER, TEXT, ITEMS])
def test_it_has_no_parts(value):
    with pytest.raises(DslError, match="SageMaker can look into a Metrics output only"):
        value["a"]


def trace(function):
    return dsl.pipeline(name="p")(function).trace()


class TestMetrics:
    def read(self, *keys):
        def wire():
            value = score(raw=dsl.importer("s3://b/x")).outputs["metrics"]
            for key in keys:
                value = value[key]
            with dsl.If(value > 0):
                dsl.fail("no")

        return trace(wire)

    def test_they_nest(self):
        assert self.read("by_class", "late", 0)

    @pytest.mark.parametrize("key", ["it's", "", "a\\b", -1, 1.5, True, None])
    def test_a_key_has_a_path(self, key):
        with pytest.raises(DslError, match=r"a metric can't be called"):
            self.read("a", key)

    def test_a_returned_dict_has_no_parts(self):
        def wire():
            score(raw=dsl.importer("s3://b/x")).outputs["Output"]["auc"]

        with pytest.raises(DslError, match="return the part as a value of its own"):
            trace(wire)


class TestJoin:
    @pytest.mark.parametrize("part", [3, 1.5, None, ["a"], b"x"])
    def test_it_takes_texts_and_values(self, part):
        with pytest.raises(DslError, match="takes strings and pipeline values"):
            dsl.join("a", part)

    def test_a_constant_of_an_outer_pipeline_is_written_as_on_the_wire(self):
        assert dsl.join("a", Constant(True), Constant([1])).parts == ("a", "true", "[1]")
