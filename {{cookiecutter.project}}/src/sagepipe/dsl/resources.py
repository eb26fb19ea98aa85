"""What a job runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sagepipe.contract import limits, names
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.record import record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.values import Value

DEFAULT_INSTANCE_TYPE = "ml.m5.xlarge"
DEFAULT_VOLUME_SIZE_GB = 30


@record
class Resources:
    """Machines, limits and surroundings of a job.

    Attributes:
        instance_type: The machine, such as ``ml.m5.xlarge``.
        instance_count: How many.
        volume_size_gb: Storage of each, in GB.
        max_runtime_seconds: After how long SageMaker stops the job.
        max_wait_seconds: For training on spot machines: how long it may take, waits included.
        checkpoints: Whether ``/opt/ml/checkpoints`` is kept in S3.
        volume_kms_key_id: The key that encrypts the storage volume.
        output_kms_key_id: The key that encrypts the outputs.
        network_isolation: Whether the container has no network.
        security_group_ids: Of the VPC that it runs in.
        subnets: Of the VPC that it runs in.
    """

    holds_values: ClassVar[bool] = True

    instance_type: str | Value = DEFAULT_INSTANCE_TYPE
    instance_count: int | Value = 1
    volume_size_gb: int | Value = DEFAULT_VOLUME_SIZE_GB
    max_runtime_seconds: int | Value = limits.DEFAULT_MAX_RUNTIME_SECONDS
    max_wait_seconds: int | Value | None = None
    checkpoints: bool = False
    volume_kms_key_id: str | Value | None = None
    output_kms_key_id: str | Value | None = None
    network_isolation: bool = False
    security_group_ids: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, (expected, check) in _CHECKS.items():
            value = getattr(self, name)
            known = isinstance(value, _PLAIN)
            if not known:
                from sagepipe.dsl.pipelines import settings

                value, known = settings.resolved(name, value, expected)
            if isinstance(value, list):  # as settings and authors write them
                value = tuple(value)
            object.__setattr__(self, name, value)
            if known and (fault := check(value)):
                raise author_error(f"{name} {fault}")
        if bool(self.security_group_ids) != bool(self.subnets):
            raise author_error("a VPC needs both security_group_ids and subnets")
        run, wait = self.max_runtime_seconds, self.max_wait_seconds
        if isinstance(run, int) and isinstance(wait, int) and wait < run:
            raise author_error(
                f"max_wait_seconds {wait} is shorter than max_runtime_seconds {run}, which it "
                "includes"
            )


@record
class Retry:
    """SageMaker's retry policy: for faults of the infrastructure, never for a failing script."""

    max_attempts: int = 2
    interval_seconds: int = 1
    backoff_rate: float = 2.0


@record
class Caching:
    """SageMaker's step cache: a hit where the same step ran with the same arguments."""

    expire_after: str | None = None


def _instance_type(value: Any) -> str:
    if isinstance(value, str) and names.INSTANCE_TYPE.fullmatch(value):
        return ""
    return f"{value!r} is no SageMaker instance type, such as {DEFAULT_INSTANCE_TYPE}"


def _count(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return ""
    return f"has to be a whole number from 1 up, not {value!r}"


def _count_or_none(value: Any) -> str:
    return "" if value is None else _count(value)


def _text_or_none(value: Any) -> str:
    return "" if value is None or (isinstance(value, str) and value) else f"is no text: {value!r}"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else f"is True or False, not {value!r}"


def _texts(value: Any) -> str:
    if isinstance(value, tuple) and all(isinstance(item, str) and item for item in value):
        return ""
    return f"is a list of texts, not {value!r}"


# Of what type what every job knows is; anything else may be a pipeline's.
_PLAIN = (str, int, float, list, tuple, type(None))

# What each field takes: the type of a pipeline parameter in its place, if SageMaker allows one
# there, and the check of a constant.
_CHECKS: dict[str, tuple[type | None, Any]] = {
    "instance_type": (str, _instance_type),
    "instance_count": (int, _count),
    "volume_size_gb": (int, _count),
    "max_runtime_seconds": (int, _count),
    "max_wait_seconds": (int, _count_or_none),
    "checkpoints": (None, _flag),
    "volume_kms_key_id": (str, _text_or_none),
    "output_kms_key_id": (str, _text_or_none),
    "network_isolation": (None, _flag),
    "security_group_ids": (None, _texts),
    "subnets": (None, _texts),
}
