"""What a job runs on."""

from dataclasses import dataclass, field, fields
from typing import Any

from sagepipe.contract import limits, names
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.values import ParameterRef, Value

DEFAULT_INSTANCE_TYPE = "ml.m5.xlarge"
DEFAULT_VOLUME_SIZE_GB = 30


@dataclass(frozen=True)
class Resources:
    """Machines of a job; the fields are ``ProcessingClusterConfig``'s and ``ResourceConfig``'s."""

    instance_type: str | Value = DEFAULT_INSTANCE_TYPE
    instance_count: int | Value = 1
    volume_size_gb: int | Value = DEFAULT_VOLUME_SIZE_GB
    max_runtime_seconds: int | Value = limits.DEFAULT_MAX_RUNTIME_SECONDS

    def __post_init__(self) -> None:
        kind = self.instance_type
        if isinstance(kind, str) and not names.INSTANCE_TYPE.fullmatch(kind):
            raise author_error(
                f"instance_type {kind!r} is no SageMaker instance type, such as "
                f"{DEFAULT_INSTANCE_TYPE}"
            )
        for field_ in fields(self):
            value = getattr(self, field_.name)
            if field_.name == "instance_type":
                _check_reference(field_.name, value, str)
            elif isinstance(value, Value):
                _check_reference(field_.name, value, int)
            elif not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise author_error(
                    f"{field_.name} has to be a whole number from 1 up, not {value!r}"
                )


@dataclass(frozen=True)
class Retry:
    """SageMaker's retry policy: for faults of the infrastructure, never for a failing script."""

    max_attempts: int = 2
    interval_seconds: int = 1
    backoff_rate: float = 2.0
    exceptions: tuple[str, ...] = field(
        default=("Step.SERVICE_FAULT", "Step.THROTTLING"),
    )


@dataclass(frozen=True)
class Caching:
    """SageMaker's step cache: a hit where the same step ran with the same arguments."""

    expire_after: str | None = None


def _check_reference(name: str, value: Any, expected: type) -> None:
    if isinstance(value, Value) and not (
        isinstance(value, ParameterRef) and value.type is expected
    ):
        raise author_error(
            f"{name} takes a constant or a pipeline parameter of type {expected.__name__}, "
            f"not {value.label}"
        )
