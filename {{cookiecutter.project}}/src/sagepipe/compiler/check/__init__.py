"""Any SageMaker pipeline definition, ours or not, against AWS's own models and rules."""

from sagepipe.compiler.check.check import check
from sagepipe.compiler.check.finding import Finding
from sagepipe.compiler.check.model import MissingModel

__all__ = ["Finding", "MissingModel", "check"]
