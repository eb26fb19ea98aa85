"""What an author writes: components, pipelines and the artifacts between them."""

from sagepipe.dsl.artifacts import (
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Input,
    Markdown,
    Metrics,
    Model,
    Output,
)
from sagepipe.dsl.component import Component, component
from sagepipe.dsl.condition import Else, If
from sagepipe.dsl.errors import DslError
from sagepipe.dsl.fail import fail
from sagepipe.dsl.importer import importer
from sagepipe.dsl.pipeline import Pipeline, pipeline
from sagepipe.dsl.registration import register_model
from sagepipe.dsl.task import Task
from sagepipe.dsl.values import EXECUTION_ID, PIPELINE_NAME, bucket_uri, join

__all__ = [
    "EXECUTION_ID",
    "HTML",
    "PIPELINE_NAME",
    "Artifact",
    "ClassificationMetrics",
    "Component",
    "Dataset",
    "DslError",
    "Else",
    "If",
    "Input",
    "Markdown",
    "Metrics",
    "Model",
    "Output",
    "Pipeline",
    "Task",
    "bucket_uri",
    "component",
    "fail",
    "importer",
    "join",
    "pipeline",
    "register_model",
]
