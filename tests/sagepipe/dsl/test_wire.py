import pytest

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
