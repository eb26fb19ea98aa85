"""What an author writes: components, pipelines and the artifacts between them."""

from typing import Any

from sagepipe.dsl import kfp
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
from sagepipe.dsl.branches import Elif, Else, If
from sagepipe.dsl.cleanup import cleanup
from sagepipe.dsl.collected import Collected
from sagepipe.dsl.component import Component, component
from sagepipe.dsl.custom import step
from sagepipe.dsl.errors import DslError
from sagepipe.dsl.exits import ExitHandler
from sagepipe.dsl.fail import fail
from sagepipe.dsl.hosts import Hosts
from sagepipe.dsl.importer import importer
from sagepipe.dsl.loops import ParallelFor
from sagepipe.dsl.pipeline import Pipeline, pipeline
from sagepipe.dsl.references import sharded
from sagepipe.dsl.registration import register_model
from sagepipe.dsl.task import Task
from sagepipe.dsl.transform import create_model, transform
from sagepipe.dsl.tuning import Categorical, Continuous, Integer, tune
from sagepipe.dsl.values import (
    EXECUTION_ARN,
    EXECUTION_ID,
    PIPELINE_NAME,
    START_TIME,
    bucket_uri,
    join,
)

# KFP's names for facts about an execution.
PIPELINE_JOB_ID_PLACEHOLDER = EXECUTION_ID
PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER = EXECUTION_ARN
PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER = START_TIME

__all__ = [
    "EXECUTION_ARN",
    "EXECUTION_ID",
    "HTML",
    "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER",
    "PIPELINE_JOB_ID_PLACEHOLDER",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER",
    "PIPELINE_NAME",
    "START_TIME",
    "Artifact",
    "Categorical",
    "ClassificationMetrics",
    "Collected",
    "Component",
    "Continuous",
    "Dataset",
    "DslError",
    "Elif",
    "Else",
    "ExitHandler",
    "Hosts",
    "If",
    "Input",
    "Integer",
    "Markdown",
    "Metrics",
    "Model",
    "Output",
    "ParallelFor",
    "Pipeline",
    "Task",
    "bucket_uri",
    "cleanup",
    "component",
    "create_model",
    "fail",
    "importer",
    "join",
    "pipeline",
    "register_model",
    "sharded",
    "step",
    "transform",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name in kfp.NAMES:
        kfp.refuse(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
