"""From a pipeline to a SageMaker pipeline definition: plain JSON, with no AWS and no network."""

from sagepipe.compiler.context import Overrides
from sagepipe.compiler.definition import (
    Compiler,
    WriteError,
    compile_pipeline,
    step_names,
    to_json,
    write,
)

__all__ = [
    "Compiler",
    "Overrides",
    "WriteError",
    "compile_pipeline",
    "step_names",
    "to_json",
    "write",
]
