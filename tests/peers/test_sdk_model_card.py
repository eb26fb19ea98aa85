"""The limits of a model card are those that the SageMaker SDK's classes have."""

import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

pytest.importorskip("sagemaker", reason="the SageMaker SDK is installed in tox's env peers only")

import sdk_pipelines  # noqa: F401 - before the SDK, which asks for a region when it is imported
from pydantic import BaseModel
from sagemaker.core.shapes import model_card_shapes

from sagepipe.components.card.schema import CONTENT, Many, Text


def texts(rules: Mapping[str, Any], model: type[BaseModel]) -> Iterator[tuple[str, Any, Any]]:
    """Walk both, and yield what each says a text may be long."""
    for name, rule in rules.items():
        field = model.model_fields[name]
        inner = list(classes(field.annotation))
        item = rule.item if isinstance(rule, Many) else rule
        if isinstance(item, Mapping):
            yield from texts(item, inner[0])
        elif isinstance(rule, Text) and not rule.choices:
            stated = [getattr(m, "max_length", None) for m in field.metadata]
            patterns = [getattr(m, "pattern", None) or "" for m in field.metadata]
            long = [int(p.strip(".{}").split(",")[1]) for p in patterns if p.startswith(".{")]
            yield f"{model.__name__}.{name}", rule.most, next(filter(None, [*stated, *long]), None)


def classes(annotation: Any) -> Iterator[type[BaseModel]]:
    """Find the models in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from classes(inner)


def test_the_limits_are_the_sdks() -> None:
    found = list(texts(CONTENT, model_card_shapes.ModelCardContent))
    assert len(found) > 15
    assert not [item for item in found if item[1] != item[2]]


def test_the_sdk_knows_all_that_a_card_may_hold() -> None:
    content = {
        "evaluation_details": [
            {
                "name": "Test",
                "metric_groups": [
                    {
                        "name": "By colour",
                        "metric_data": [
                            {"name": "auc", "type": "number", "value": 0.5, "notes": "n"},
                            {
                                "name": "auc",
                                "type": "bar_chart",
                                "value": [0.5],
                                "x_axis_name": ["red"],
                            },
                        ],
                    }
                ],
            }
        ],
        "additional_information": {"custom_details": {"git commit": "abc"}},
    }
    read = model_card_shapes.ModelCardContent.model_validate(content)
    assert read.model_dump(exclude_none=True, mode="json") == content
