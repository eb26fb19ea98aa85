"""What can go wrong with a local run."""

from sagepipe.contract.errors import SagepipeError


class LocalError(SagepipeError):
    """A run that can't start, or a record that can't be read."""


class DefinitionError(LocalError):
    """A definition that can't run here; raised before the first step starts."""


class ParameterError(LocalError):
    """Pipeline parameters that the definition doesn't accept; raised before the first step."""


class UnknownExecutionError(LocalError):
    """No execution, step or model package of that name is on record."""


class StepError(LocalError):
    """A step that can't go on; its text becomes the step's ``FailureReason``.

    Attributes:
        message: The text without the kind of error.
    """

    def __init__(self, message: str, kind: str = "ClientError") -> None:
        super().__init__(f"{kind}: {message}")
        self.message = message
