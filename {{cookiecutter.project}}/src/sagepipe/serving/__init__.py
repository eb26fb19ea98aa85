"""Serve a model as SageMaker asks for it: ``GET /ping`` and ``POST /invocations``.

A team's ``predictor.py`` defines any of ``load``, ``parse``, ``predict`` and ``format``; the ones
here stand in for the rest.
"""

from sagepipe.serving.columns import Columns
from sagepipe.serving.defaults import format, load, parse, predict
from sagepipe.serving.errors import (
    BadRequest,
    ModelError,
    NotAcceptable,
    RequestError,
    ServingError,
    UnsupportedMediaType,
)
from sagepipe.serving.predictions import Model, Predictions
from sagepipe.serving.schema import Feature, Schema

__all__ = [
    "BadRequest",
    "Columns",
    "Feature",
    "Model",
    "ModelError",
    "NotAcceptable",
    "Predictions",
    "RequestError",
    "Schema",
    "ServingError",
    "UnsupportedMediaType",
    "format",
    "load",
    "parse",
    "predict",
    "run",
]


def run(predictor: str) -> None:
    """Serve the model in ``/opt/ml/model`` until SIGTERM.

    Args:
        predictor: Name of the module with the team's functions, such as ``flight_delay.predictor``.

    Raises:
        SystemExit: Always: status 0 after SIGTERM, 1 where the model or the port can't be used.
    """
    from sagepipe.serving.server import serve

    serve(predictor)
