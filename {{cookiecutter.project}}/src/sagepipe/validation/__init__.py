"""Great Expectations, from inside a job."""

from sagepipe.validation.result import Failure, SuiteError, ValidationError, ValidationResult
from sagepipe.validation.suite import find_suite
from sagepipe.validation.validate import check, check_chunks, validate

__all__ = [
    "Failure",
    "SuiteError",
    "ValidationError",
    "ValidationResult",
    "check",
    "check_chunks",
    "find_suite",
    "validate",
]
