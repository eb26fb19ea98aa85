"""From training to serving: models as ONNX, with the proof that nothing changed on the way."""

from sagepipe.export.errors import ExportError
from sagepipe.export.parity import PARITY_FILE, Proof
from sagepipe.export.save import export, predict_as_served, save

__all__ = ["PARITY_FILE", "ExportError", "Proof", "export", "predict_as_served", "save"]
