"""Great Expectations, from inside a job."""

from sagepipe.validation.result import Failure, SuiteError, ValidationError, ValidationResult
from sagepipe.validation.validate import validate

__all__ = ["Failure", "SuiteError", "ValidationError", "ValidationResult", "validate"]
