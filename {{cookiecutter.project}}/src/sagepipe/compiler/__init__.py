"""From a pipeline to a SageMaker pipeline definition: plain JSON, with no AWS and no network."""

from sagepipe.compiler.definition import Compiler, compile_pipeline, to_json

__all__ = ["Compiler", "compile_pipeline", "to_json"]
