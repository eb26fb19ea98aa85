"""What an author writes: components, pipelines and the artifacts between them.

What pipelines are written with is imported when it is first asked for: a job needs none of it.
"""

from typing import TYPE_CHECKING, Any

from sagepipe import lazy
from sagepipe.dsl.artifacts import HTML as HTML
from sagepipe.dsl.artifacts import Artifact as Artifact
from sagepipe.dsl.artifacts import ClassificationMetrics as ClassificationMetrics
from sagepipe.dsl.artifacts import Dataset as Dataset
from sagepipe.dsl.artifacts import Input as Input
from sagepipe.dsl.artifacts import Markdown as Markdown
from sagepipe.dsl.artifacts import Metrics as Metrics
from sagepipe.dsl.artifacts import Model as Model
from sagepipe.dsl.artifacts import Output as Output
from sagepipe.dsl.component import Component as Component
from sagepipe.dsl.component import component as component
from sagepipe.dsl.errors import DslError as DslError
from sagepipe.dsl.hosts import Hosts as Hosts

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.branches import Elif as Elif
    from sagepipe.dsl.pipelines.branches import Else as Else
    from sagepipe.dsl.pipelines.branches import If as If
    from sagepipe.dsl.pipelines.cleanup import cleanup as cleanup
    from sagepipe.dsl.pipelines.collected import Collected as Collected
    from sagepipe.dsl.pipelines.custom import step as step
    from sagepipe.dsl.pipelines.exits import ExitHandler as ExitHandler
    from sagepipe.dsl.pipelines.fail import fail as fail
    from sagepipe.dsl.pipelines.importer import importer as importer
    from sagepipe.dsl.pipelines.loops import ParallelFor as ParallelFor
    from sagepipe.dsl.pipelines.pipeline import Pipeline as Pipeline
    from sagepipe.dsl.pipelines.pipeline import pipeline as pipeline
    from sagepipe.dsl.pipelines.placeholders import (
        PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER as PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER,
    )
    from sagepipe.dsl.pipelines.placeholders import (
        PIPELINE_JOB_ID_PLACEHOLDER as PIPELINE_JOB_ID_PLACEHOLDER,
    )
    from sagepipe.dsl.pipelines.placeholders import (
        PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER as PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER,
    )
    from sagepipe.dsl.pipelines.references import sharded as sharded
    from sagepipe.dsl.pipelines.registration import register_model as register_model
    from sagepipe.dsl.pipelines.task import Task as Task
    from sagepipe.dsl.pipelines.texts import bucket_uri as bucket_uri
    from sagepipe.dsl.pipelines.texts import join as join
    from sagepipe.dsl.pipelines.transform import create_model as create_model
    from sagepipe.dsl.pipelines.transform import transform as transform
    from sagepipe.dsl.pipelines.tuning import Categorical as Categorical
    from sagepipe.dsl.pipelines.tuning import Continuous as Continuous
    from sagepipe.dsl.pipelines.tuning import Integer as Integer
    from sagepipe.dsl.pipelines.tuning import tune as tune
    from sagepipe.dsl.pipelines.values import EXECUTION_ARN as EXECUTION_ARN
    from sagepipe.dsl.pipelines.values import EXECUTION_ID as EXECUTION_ID
    from sagepipe.dsl.pipelines.values import PIPELINE_NAME as PIPELINE_NAME
    from sagepipe.dsl.pipelines.values import START_TIME as START_TIME

_PIPELINES = {
    "Categorical": "pipelines.tuning",
    "Collected": "pipelines.collected",
    "Continuous": "pipelines.tuning",
    "EXECUTION_ARN": "pipelines.values",
    "EXECUTION_ID": "pipelines.values",
    "Elif": "pipelines.branches",
    "Else": "pipelines.branches",
    "ExitHandler": "pipelines.exits",
    "If": "pipelines.branches",
    "Integer": "pipelines.tuning",
    "PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER": "pipelines.placeholders",
    "PIPELINE_JOB_ID_PLACEHOLDER": "pipelines.placeholders",
    "PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER": "pipelines.placeholders",
    "PIPELINE_NAME": "pipelines.values",
    "ParallelFor": "pipelines.loops",
    "Pipeline": "pipelines.pipeline",
    "START_TIME": "pipelines.values",
    "Task": "pipelines.task",
    "bucket_uri": "pipelines.texts",
    "cleanup": "pipelines.cleanup",
    "create_model": "pipelines.transform",
    "fail": "pipelines.fail",
    "importer": "pipelines.importer",
    "join": "pipelines.texts",
    "pipeline": "pipelines.pipeline",
    "register_model": "pipelines.registration",
    "sharded": "pipelines.references",
    "step": "pipelines.custom",
    "transform": "pipelines.transform",
    "tune": "pipelines.tuning",
}
__all__ = [
    "Artifact",
    "ClassificationMetrics",
    "Component",
    "Dataset",
    "DslError",
    "HTML",
    "Hosts",
    "Input",
    "Markdown",
    "Metrics",
    "Model",
    "Output",
    "component",
    *_PIPELINES,
]

if not TYPE_CHECKING:  # else mypy would believe that any name is there
    _find = lazy.names(__name__, _PIPELINES)

    def __getattr__(name: str) -> Any:
        if name not in _PIPELINES:
            from sagepipe.dsl.kfp import NAMES, refuse

            if name in NAMES:
                refuse(name)
        return _find(name)
