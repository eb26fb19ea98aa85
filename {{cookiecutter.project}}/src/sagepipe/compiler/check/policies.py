"""Caching and retries."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.definition import Node
from sagepipe.compiler.check.expressions import is_expression
from sagepipe.compiler.check.finding import Finding, Place, choices, meant, shown
from sagepipe.compiler.check.tables import GUIDE, STEP_TYPES
from sagepipe.contract import limits

_CACHING = f"{GUIDE}, caching pipeline steps"
_RETRY = f"{GUIDE}, retry policy for pipeline steps"
# ISO 8601, as lax as the guide's own examples: P30d, 30d, T12H.
_DURATION = re.compile(
    r"P?(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", re.IGNORECASE
)


def check(node: Node) -> Iterator[Finding]:
    """Find what is wrong with a step's caching and its retries."""
    yield from _caching(node)
    yield from _retries(node)


def _caching(node: Node) -> Iterator[Finding]:
    config, place = node.body.get("CacheConfig"), node.place.at("CacheConfig")
    if config is None:
        return
    if not node.described.cached and node.type in STEP_TYPES:
        can = [name for name, type_ in STEP_TYPES.items() if type_.cached]
        yield place.finding(f"{node.type} steps are not cached", ", ".join(can), _CACHING)
    elif not isinstance(config, Mapping) or set(config) - {"Enabled", "ExpireAfter"}:
        yield place.finding(f"it is {shown(config)}", "Enabled and ExpireAfter", _CACHING)
    else:
        enabled, after = config.get("Enabled"), config.get("ExpireAfter")
        if not isinstance(enabled, bool) and not is_expression(enabled):
            yield place.at("Enabled").finding(
                f"{shown(enabled)} is no Boolean", "true or false", _CACHING
            )
        if after is not None and not is_expression(after) and not _is_duration(after):
            yield place.at("ExpireAfter").finding(
                f"{shown(after)} is no duration", "ISO 8601, such as P30D or PT12H", _CACHING
            )


def _is_duration(text: Any) -> bool:
    return isinstance(text, str) and bool(_DURATION.fullmatch(text)) and text[-1].isalpha()


def _retries(node: Node) -> Iterator[Finding]:
    policies, place = node.body.get("RetryPolicies"), node.place.at("RetryPolicies")
    if policies is None or node.type not in STEP_TYPES:
        return
    faults = node.described.retried
    if not faults:
        can = [name for name, type_ in STEP_TYPES.items() if type_.retried]
        yield place.finding(f"{node.type} steps are not retried", ", ".join(can), _RETRY)
        return
    if not isinstance(policies, list):
        yield place.finding(f"it is {shown(policies)}", "a list of policies", _RETRY)
        return
    for index, policy in enumerate(policies):
        yield from _policy(policy, faults, node, place.at(index))


_POLICY: Mapping[str, tuple[float, float]] = {
    "IntervalSeconds": (0, limits.RETRY_MAX_INTERVAL_SECONDS),
    "BackoffRate": (0, float("inf")),
    "MaxAttempts": (1, limits.RETRY_MAX_ATTEMPTS),
    "ExpireAfterMin": (1, limits.RETRY_MAX_MINUTES),
}


def _policy(policy: Any, faults: tuple[str, ...], node: Node, place: Place) -> Iterator[Finding]:
    if not isinstance(policy, Mapping):
        yield place.finding(f"it is {shown(policy)}", "an object", _RETRY)
        return
    kinds = policy.get("ExceptionType")
    at = place.at("ExceptionType")
    if not isinstance(kinds, list) or not kinds:
        yield at.finding(f"it is {shown(kinds)}", f"a list of {', '.join(faults)}", _RETRY)
    for index, kind in enumerate(kinds if isinstance(kinds, list) else ()):
        if kind not in faults:
            yield at.at(index).finding(
                f"{shown(kind)} is no fault of a {node.type} step", choices(faults), _RETRY
            )
    for key, value in policy.items():
        if key not in _POLICY:
            if key != "ExceptionType":
                yield place.at(key).finding(f"there is no {key!r}", meant(key, _POLICY), _RETRY)
            continue
        least, most = _POLICY[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield place.at(key).finding(f"{shown(value)} is no number", "a number", _RETRY)
        elif not least <= value <= most:
            yield place.at(key).finding(f"{value} is out of range", f"{least} to {most}", _RETRY)
    if "MaxAttempts" in policy and "ExpireAfterMin" in policy:
        yield place.finding("it has both MaxAttempts and ExpireAfterMin", "one of them", _RETRY)
