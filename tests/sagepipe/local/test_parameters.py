"""Parameters: all values come as text, and what is wrong is said before anything starts."""

import pytest

from sagepipe.local import ParameterError
from sagepipe.local.parameters import coerce

DECLARED = [
    {"Name": "text", "Type": "String", "DefaultValue": "a"},
    {"Name": "count", "Type": "Integer", "DefaultValue": 3},
    {"Name": "share", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "flag", "Type": "Boolean", "DefaultValue": True},
]


def test_defaults_stand_where_nothing_is_given():
    assert coerce(DECLARED, {}) == {"text": "a", "count": 3, "share": 0.5, "flag": True}


def test_texts_become_values_of_the_declared_types():
    given = {"text": "5", "count": "-7", "share": "1e-3", "flag": "False"}
    values = coerce(DECLARED, given)
    assert values == {"text": "5", "count": -7, "share": 0.001, "flag": False}
    assert [type(value) for value in values.values()] == [str, int, float, bool]


def test_python_values_mean_what_they_print_as():
    assert coerce(DECLARED, {"count": 4, "flag": False})["count"] == 4


def test_a_whole_number_is_good_for_a_float():
    assert coerce(DECLARED, {"share": "2"})["share"] == 2.0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("count", "3.5", "parameter 'count' has to be a whole number (Integer), not '3.5'"),
        ("count", "many", "parameter 'count' has to be a whole number (Integer), not 'many'"),
        ("share", "nan", "parameter 'share' has to be a number (Float), not 'nan'"),
        ("share", "half", "parameter 'share' has to be a number (Float), not 'half'"),
        ("flag", "1", "parameter 'flag' has to be true or false (Boolean), not '1'"),
        ("text", "", "parameter 'text' is empty; SageMaker refuses empty values"),
        ("text", "x" * 1025, "parameter 'text' has 1025 characters; SageMaker allows 1024"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(name, value, message):
    with pytest.raises(ParameterError) as caught:
        coerce(DECLARED, {name: value})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("cuont", "did you mean 'count'?"),
        ("zzz", "the pipeline has: text, count, share, flag"),
    ],
)
def test_an_unknown_name_is_answered_with_what_may_be_meant(name, hint):
    with pytest.raises(ParameterError) as caught:
        coerce(DECLARED, {name: "1"})
    assert str(caught.value) == f"unknown parameter {name!r} ({hint})"


def test_a_parameter_without_default_has_to_be_given():
    with pytest.raises(ParameterError) as caught:
        coerce([{"Name": "uri", "Type": "String"}], {})
    assert str(caught.value) == "parameter 'uri' (String) has no default: give it a value"


def test_enum_values_are_the_only_ones():
    declared = [{"Name": "size", "Type": "String", "DefaultValue": "s", "EnumValues": ["s", "m"]}]
    assert coerce(declared, {"size": "m"}) == {"size": "m"}
    with pytest.raises(ParameterError) as caught:
        coerce(declared, {"size": "xl"})
    assert str(caught.value) == "parameter 'size' is 'xl'; allowed are: s, m"


def test_all_faults_stand_in_one_message():
    with pytest.raises(ParameterError) as caught:
        coerce(DECLARED, {"count": "x", "share": "y", "other": "z"})
    assert [part.split("'")[1] for part in str(caught.value).split("; ")] == [
        "other",
        "count",
        "share",
    ]
