import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagepipe.dsl import wire


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (7, "7"),
        (0.1, "0.1"),
        (1e-12, "1e-12"),
        (True, "true"),
        ([1, "x"], '[1, "x"]'),
        ({"b": 1, "a": None}, '{"a": null, "b": 1}'),
    ],
)
def test_a_value_survives_the_wire(value, text):
    assert wire.encode(value) == text
    assert wire.decode(text, type(value)) == value


def test_pythons_spelling_of_a_bool_is_read_too():
    assert wire.decode("True", bool) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.5", int), ("x", float), ("yes", bool), ("{", dict), ("[1]", dict), ("{}", list)],
)
def test_text_of_another_type_is_refused_by_name(text, expected):
    with pytest.raises(ValueError, match=expected.__name__):
        wire.decode(text, expected)


@pytest.mark.parametrize("value", [None, {1, 2}, b"x", [object()]])
def test_what_json_has_no_form_for_is_refused(value):
    with pytest.raises(ValueError, match=r"parameter|JSON"):
        wire.encode(value)


def test_an_int_widens_to_a_float_but_a_bool_is_no_int():
    assert wire.matches(1, float)
    assert not wire.matches(True, int)
    assert not wire.matches(1.0, int)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False))
def test_any_scalar_survives_the_wire(value):
    assert wire.decode(wire.encode(value), type(value)) == value


@given(st.lists(JSON) | st.dictionaries(st.text(), JSON))
def test_any_json_survives_the_wire(value):
    assert wire.decode(wire.encode(value), type(value)) == value


@given(st.dictionaries(st.integers() | st.text(), st.integers(), min_size=1))
def test_a_dict_survives_the_wire_or_is_refused(value):
    if all(isinstance(key, str) for key in value):
        assert wire.decode(wire.encode(value), dict) == value
    else:
        with pytest.raises(ValueError, match="its keys are texts"):
            wire.encode(value)


@pytest.mark.parametrize("value", [[float("nan")], {"a": float("inf")}])
def test_what_is_no_json_number_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        wire.encode(value)


def test_a_list_that_holds_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(ValueError, match="can't be written as JSON"):
        wire.encode(value)


@given(st.text(), st.sampled_from(wire.PARAMETER_TYPES))
def test_any_text_is_a_value_of_the_type_or_refused(text, expected):
    try:
        value = wire.decode(text, expected)
    except ValueError:
        return
    assert wire.matches(value, expected)
