"""Conditions: the definition decides as the author's Python would."""

import itertools
import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.local.conditions import holds
from sagepipe.local.expressions import Scope, resolve


@dsl.component
def act(text: str) -> None: ...


def compiled(function):
    return compile_pipeline(dsl.pipeline(name="p")(function))


def acts(definition, **values):
    """Return what the steps that run are told, in order."""
    found = []
    for step in definition["Steps"]:
        arguments = step["Arguments"]
        taken = [step]
        if step["Type"] == "Condition":
            asked = resolve(arguments["Conditions"], Scope(parameters=values))
            taken = arguments["IfSteps"] if holds(asked) else arguments["ElseSteps"]
        found += [one["Arguments"]["AppSpecification"]["ContainerArguments"][-1] for one in taken]
    return found


BOOLS = (False, True)


class TestChains:
    def test_one_branch_of_if_elif_elif_else_is_taken(self):
        def wire(a: bool, b: bool, c: bool):
            with dsl.If(a == True):  # noqa: E712
                act(text="if")
            with dsl.Elif(b == True):  # noqa: E712
                act(text="elif b")
            with dsl.Elif(c == True):  # noqa: E712
                act(text="elif c")
            with dsl.Else():
                act(text="else")

        definition = compiled(wire)
        for a, b, c in itertools.product(BOOLS, repeat=3):
            expected = "if" if a else "elif b" if b else "elif c" if c else "else"
            assert acts(definition, a=a, b=b, c=c) == [expected], (a, b, c)

    def test_a_chain_may_end_without_else(self):
        def wire(a: bool, b: bool):
            with dsl.If(a == True):  # noqa: E712
                act(text="if")
            with dsl.Elif(b == True):  # noqa: E712
                act(text="elif")

        definition = compiled(wire)
        for a, b in itertools.product(BOOLS, repeat=2):
            assert acts(definition, a=a, b=b) == (["if"] if a else ["elif"] if b else [])

    def test_conditions_of_several_parts_are_inverted_as_a_whole(self):
        def wire(x: int, y: int, mode: str):
            with dsl.If((x > 1) & (y < 2)):
                act(text="if")
            with dsl.Elif(mode.in_(["a", "b"]) | ~(x > 3) | (y >= x)):
                act(text="elif")
            with dsl.Elif(~((x == 0) & (y == 0) & (mode == "c"))):
                act(text="elif not")
            with dsl.Else():
                act(text="else")

        definition = compiled(wire)
        for x, y, mode in itertools.product(range(-1, 5), range(-1, 4), "abcd"):
            if x > 1 and y < 2:
                expected = "if"
            elif mode in ("a", "b") or not (x > 3) or y >= x:
                expected = "elif"
            elif not (x == 0 and y == 0 and mode == "c"):
                expected = "elif not"
            else:
                expected = "else"
            assert acts(definition, x=x, y=y, mode=mode) == [expected], (x, y, mode)

    def test_two_chains_in_a_row_are_two(self):
        def wire(a: bool):
            with dsl.If(a == True):  # noqa: E712
                act(text="one")
            with dsl.If(a == False):  # noqa: E712
                act(text="two")
            with dsl.Else():
                act(text="not two")

        definition = compiled(wire)
        assert acts(definition, a=True) == ["one", "not two"]
        assert acts(definition, a=False) == ["two"]

    def test_a_chain_may_be_named(self):
        def wire(a: bool, b: bool):
            with dsl.If(a == True, name="good"):  # noqa: E712
                act(text="x")
            with dsl.Elif(b == True, name="fair"):  # noqa: E712
                act(text="x")
            with dsl.Else():
                act(text="x")

        names = [step["Name"] for step in compiled(wire)["Steps"]]
        assert names == ["good", "fair", "condition"]


OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
NUMBERS = st.integers(-3, 3)
NAMES = st.sampled_from(["x", "y"])
TREES = st.recursive(
    st.one_of(
        st.tuples(st.sampled_from(list(OPERATORS)), NAMES, st.one_of(NUMBERS, NAMES)),
        st.tuples(st.just("in"), NAMES, st.lists(NUMBERS, min_size=1, max_size=3)),
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=6,
)


def built(tree, values):
    """Build the condition that an author would write."""
    kind, *parts = tree
    if kind in OPERATORS:
        left, right = parts
        return OPERATORS[kind](values[left], values.get(right, right))
    if kind == "in":
        return values[parts[0]].in_(parts[1])
    if kind == "not":
        return ~built(parts[0], values)
    left, right = (built(part, values) for part in parts)
    return left & right if kind == "and" else left | right


def decided(tree, values):
    """Decide it as Python does."""
    kind, *parts = tree
    if kind in OPERATORS:
        left, right = parts
        return OPERATORS[kind](values[left], values.get(right, right))
    if kind == "in":
        return values[parts[0]] in parts[1]
    if kind == "not":
        return not decided(parts[0], values)
    left, right = (decided(part, values) for part in parts)
    return (left and right) if kind == "and" else (left or right)


@settings(max_examples=150, deadline=None)
@given(trees=st.lists(TREES, min_size=1, max_size=3), ends=st.booleans())
def test_any_chain_of_any_conditions_decides_as_python_does(trees, ends):
    def wire(x: int, y: int):
        values = {"x": x, "y": y}
        for index, tree in enumerate(trees):
            with (dsl.Elif if index else dsl.If)(built(tree, values)):
                act(text=str(index))
        if ends:
            with dsl.Else():
                act(text="else")

    definition = compiled(wire)
    for x, y in itertools.product(range(-4, 5, 2), range(-3, 4, 3)):
        values = {"x": x, "y": y}
        holding = [str(index) for index, tree in enumerate(trees) if decided(tree, values)]
        assert acts(definition, **values) == (holding[:1] or (["else"] if ends else []))


class TestWriting:
    def test_all_of_several_is_the_steps_own_list(self):
        def wire(x: int):
            with dsl.If((x > 1) & (x < 3) & (x != 2)):
                act(text="x")

        kinds = [item["Type"] for item in compiled(wire)["Steps"][0]["Arguments"]["Conditions"]]
        assert kinds == ["GreaterThan", "LessThan", "Not"]

    def test_in_is_written_as_the_sdk_writes_it(self):
        def wire(x: int, y: int):
            with dsl.If(x.in_([1, y])):
                act(text="x")

        assert compiled(wire)["Steps"][0]["Arguments"]["Conditions"] == [
            {
                "Type": "In",
                "QueryValue": {"Get": "Parameters.x"},
                "Values": [1, {"Get": "Parameters.y"}],
            }
        ]

    @pytest.mark.parametrize("wrap", [lambda c: ~~c, lambda c: c])
    def test_a_double_negation_is_none(self, wrap):
        def wire(x: int):
            with dsl.If(wrap(x > 1)):
                act(text="x")

        assert compiled(wire)["Steps"][0]["Arguments"]["Conditions"][0]["Type"] == "GreaterThan"


def test_the_opposite_of_all_is_written_without_a_double_negation():
    def wire(a: int, b: int):
        with dsl.If(~((a > 1) & (b < 5))):
            act(text="x")

    (asked,) = compiled(wire)["Steps"][0]["Arguments"]["Conditions"]
    assert asked["Type"] == "Or"
    assert [(one["Type"], one["Condition"]["Type"]) for one in asked["Conditions"]] == [
        ("Not", "GreaterThan"),
        ("Not", "LessThan"),
    ]
