"""Metrics that SageMaker would find in a training job's log.

Source: SageMaker Developer Guide, "Define metrics": the regex is searched in the log, its first
group is the value, the last value of a name is the final one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sagepipe.contract import limits
from sagepipe.local.expressions import PENDING


def faults(definitions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Check metric definitions.

    Args:
        definitions: ``AlgorithmSpecification.MetricDefinitions``.

    Yields:
        Each fault as one line.
    """
    for definition in definitions:
        regex = definition["Regex"]
        if regex is PENDING:
            continue
        try:
            groups = re.compile(regex).groups
        except (re.error, TypeError) as error:
            yield f"metric {definition['Name']!r}: {regex!r} is no regular expression: {error}"
            continue
        if not groups:
            yield f"metric {definition['Name']!r}: {regex!r} has no group for the value"
        if len(regex) > limits.METRIC_REGEX:
            yield f"metric {definition['Name']!r}: the regex is too long ({limits.METRIC_REGEX})"


def final(definitions: Sequence[Mapping[str, Any]], log: Path) -> dict[str, float]:
    """Search a log for metrics.

    Args:
        definitions: ``AlgorithmSpecification.MetricDefinitions``.
        log: The job's log.

    Returns:
        The last value of each metric that was found.
    """
    if not definitions or not log.exists():
        return {}
    patterns = [(str(item["Name"]), re.compile(item["Regex"])) for item in definitions]
    found: dict[str, float] = {}
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            for name, pattern in patterns:
                for match in pattern.finditer(line):
                    with suppress(TypeError, ValueError):
                        found[name] = float(match[1])
    return found
