"""What changed between two definitions, whoever wrote them."""

from sagepipe.compiler.difference.compare import Change, Difference, StepChange, compare
from sagepipe.compiler.difference.report import markdown, plain

__all__ = ["Change", "Difference", "StepChange", "compare", "markdown", "plain"]
