"""A step's ``CacheConfig`` and ``RetryPolicies``.

Source: SageMaker Developer Guide, "Caching pipeline steps" and "Retry policy for pipeline steps".
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sagepipe.contract import limits

# ISO 8601, as lax as the guide's own examples: P30d, 30d, T12H. A year counts as 365 days here, a
# month as 30.
_DURATION = re.compile(
    r"P?(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?",
    re.IGNORECASE,
)
_UNITS = (
    timedelta(days=365),
    timedelta(days=30),
    timedelta(weeks=1),
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)

# The one fault of the service's own that a single machine has: a disk, or a process that can't be
# had. A job that ended with a status other than 0 is never retried.
_INTERNAL = frozenset({"Step.SERVICE_FAULT", "SageMaker.JOB_INTERNAL_ERROR"})
_RANGES: Mapping[str, tuple[float, float]] = {
    "IntervalSeconds": (0, limits.RETRY_MAX_INTERVAL_SECONDS),
    "BackoffRate": (0, float("inf")),
    "MaxAttempts": (1, limits.RETRY_MAX_ATTEMPTS),
    "ExpireAfterMin": (1, limits.RETRY_MAX_MINUTES),
}


@dataclass(frozen=True)
class CachePolicy:
    """That a step may take the outputs of an earlier run.

    Attributes:
        expire_after: How old that run may be; any age where not given.
    """

    expire_after: timedelta | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """When a step is tried again.

    Attributes:
        faults: After which faults.
        interval: Seconds to the first retry.
        backoff: How many times longer each further pause is.
        attempts: How many retries at most; as many as there is time for where not given.
        seconds: For how long at most, if there is a limit.
    """

    faults: frozenset[str]
    interval: float = 1
    backoff: float = 2
    attempts: int | None = 5
    seconds: float | None = None


def faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Find what is wrong with a step's policies.

    Args:
        raw: The step, as it is written.

    Yields:
        Each fault as one line.
    """
    config = raw.get("CacheConfig") or {}
    if not isinstance(config.get("Enabled", False), bool):
        yield f"CacheConfig.Enabled has to be true or false, not {config['Enabled']!r}"
    after = config.get("ExpireAfter")
    if after is not None and (not isinstance(after, str) or _duration(after) is None):
        yield f"CacheConfig.ExpireAfter {after!r} is no ISO 8601 duration, such as P30D or PT12H"
    for index, policy in enumerate(raw.get("RetryPolicies") or ()):
        yield from _retry_faults(policy, f"RetryPolicies[{index}]")


def cache_policy(raw: Mapping[str, Any]) -> CachePolicy | None:
    """Read a step's ``CacheConfig``.

    Args:
        raw: The step, as it is written.

    Returns:
        The policy; ``None`` where caching is off.
    """
    config = raw.get("CacheConfig") or {}
    if not config.get("Enabled"):
        return None
    after = config.get("ExpireAfter")
    return CachePolicy(None if after is None else _duration(after))


def retry_policies(raw: Mapping[str, Any]) -> tuple[RetryPolicy, ...]:
    """Read a step's ``RetryPolicies``.

    Args:
        raw: The step, as it is written.

    Returns:
        The policies.
    """
    return tuple(_retry_policy(policy) for policy in raw.get("RetryPolicies") or ())


def pauses(policies: Sequence[RetryPolicy]) -> Iterator[float]:
    """Say how long to wait before each retry of a step that an internal fault has ended.

    Args:
        policies: The step's; the first that speaks of such a fault holds.

    Yields:
        Seconds, until there is no further retry.
    """
    policy = next((policy for policy in policies if policy.faults & _INTERNAL), None)
    if policy is None:
        return
    begun = time.monotonic()
    pause, tried = policy.interval, 0
    while policy.attempts is None or tried < policy.attempts:
        if policy.seconds is not None and time.monotonic() + pause - begun > policy.seconds:
            return
        yield pause
        tried += 1
        pause *= policy.backoff


def _retry_faults(policy: Any, place: str) -> Iterator[str]:
    if not isinstance(policy, dict):
        yield f"{place} has to be an object, not {policy!r}"
        return
    kinds = policy.get("ExceptionType")
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        yield f"{place}.ExceptionType has to be a list of texts, not {kinds!r}"
    for key, (least, most) in _RANGES.items():
        value = policy.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{place}.{key} has to be a number, not {value!r}"
        elif not least <= value <= most:
            yield f"{place}.{key} is {value}; SageMaker allows {least} to {most}"
    if policy.get("MaxAttempts") is not None and policy.get("ExpireAfterMin") is not None:
        yield f"{place} has both MaxAttempts and ExpireAfterMin; SageMaker takes one of them"


def _retry_policy(policy: Mapping[str, Any]) -> RetryPolicy:
    given = {key: policy[key] for key in _RANGES if policy.get(key) is not None}
    minutes = given.get("ExpireAfterMin")
    return RetryPolicy(
        faults=frozenset(policy["ExceptionType"]),
        interval=given.get("IntervalSeconds", 1),
        backoff=given.get("BackoffRate", 2),
        attempts=given.get("MaxAttempts", 5) if minutes is None else None,
        seconds=None if minutes is None else minutes * 60,
    )


def _duration(text: str) -> timedelta | None:
    match = _DURATION.fullmatch(text)
    if match is None or not text[-1].isalpha() or text[-1] in "Tt":
        return None
    return sum(
        (int(n) * unit for n, unit in zip(match.groups(), _UNITS, strict=True) if n), timedelta()
    )
