"""What keeps a model from being exported."""

from sagepipe.contract.errors import SagepipeError


class ExportError(SagepipeError):
    """A model that can't leave training as ONNX; the message ends with the way out."""
