"""From training to serving: models as ONNX, with the proof that nothing changed on the way."""

from sagepipe.export.errors import ExportError
from sagepipe.export.parity import Proof
from sagepipe.export.save import export, save

__all__ = ["ExportError", "Proof", "export", "save"]
