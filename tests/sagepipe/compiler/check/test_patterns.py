"""Java's patterns, read by Python."""

import pytest

from sagepipe.compiler.check.model import load
from sagepipe.compiler.check.patterns import compiled

SURROGATES = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 1/2 @a=b", "what?"),
        (r"[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*", "a + b ~ (c) [d] \\ é — £", "a\nb"),
        (r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", "sagepipe.execution_id", "a#b"),
        (r"arn:[\p{Alnum}\-]+:lambda:.*", "arn:aws-cn:lambda:x", "arn:aws_cn:lambda:x"),
        (SURROGATES, "tab\tand 𝄞", "a\nb"),
        (r"([a-z](-*[a-z]){0,62})(?<!-)", "a-b", "a-"),
    ],
)
def test_a_pattern_means_what_java_means_by_it(pattern, yes, no):
    assert compiled(pattern).fullmatch(yes)
    assert not compiled(pattern).fullmatch(no)


def test_what_python_cannot_read_is_left_out():
    assert compiled(r"[a-\p{Cyrillic}") is None


@pytest.mark.parametrize("service", ["sagemaker", "emr", "emr-serverless"])
def test_every_pattern_of_the_models_is_read(service):
    shapes = load(service)._shapes.values()
    patterns = {shape["pattern"] for shape in shapes if shape.get("pattern")}

    assert [pattern for pattern in patterns if compiled(pattern) is None] == []
