"""Runs a compiled SageMaker pipeline definition on this machine.

Each job is a process of its own in a tree like SageMaker's, a folder stands for S3, a database
holds the runs and the model registry. Nothing here knows how a definition came to be: any will do.
"""

from sagepipe.local.client import EndpointError, LocalRuntime
from sagepipe.local.errors import (
    DefinitionError,
    LocalError,
    ParameterError,
    UnknownExecutionError,
)
from sagepipe.local.events import Event, OnEvent
from sagepipe.local.executions import resume, run
from sagepipe.local.history import History
from sagepipe.local.records import Execution, ModelPackage, StepExecution
from sagepipe.local.recovery import recover
from sagepipe.local.selection import Selection
from sagepipe.local.settings import Image, LocalSettings

__all__ = [
    "DefinitionError",
    "EndpointError",
    "Event",
    "Execution",
    "History",
    "Image",
    "LocalError",
    "LocalRuntime",
    "LocalSettings",
    "ModelPackage",
    "OnEvent",
    "ParameterError",
    "Selection",
    "StepExecution",
    "UnknownExecutionError",
    "recover",
    "resume",
    "run",
]
