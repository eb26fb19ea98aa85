"""All the checks of a definition, one after the other."""

from collections.abc import Mapping
from typing import Any

from sagepipe.compiler.check import (
    conditions,
    envelope,
    expressions,
    loops,
    order,
    outputs,
    parameters,
    policies,
    references,
    requests,
    steps,
)
from sagepipe.compiler.check.definition import read
from sagepipe.compiler.check.finding import Finding


def check(definition: Mapping[str, Any]) -> list[Finding]:
    """Find what SageMaker would refuse or could not run.

    Args:
        definition: A pipeline definition, whoever wrote it.

    Returns:
        What was found, in the order of the file: the definition itself first, then step by step.

    Raises:
        MissingModel: botocore is not installed.
    """
    apart = read(definition)
    found = [
        *envelope.check(definition),
        *parameters.check(definition.get("Parameters")),
    ]
    for node in apart.nodes:
        for _, place, value in node.fields():
            found += expressions.syntax(value, place)
        found += steps.check(node, apart)
        found += policies.check(node)
        found += outputs.check(node)
        found += requests.check(node, apart)
        found += conditions.check(node, apart)
        found += loops.check(node, apart)
    found += references.check(apart)
    found += order.check(apart)
    at = {node.place.step: index for index, node in enumerate(apart.nodes, 1)}
    return sorted(dict.fromkeys(found), key=lambda finding: at.get(finding.step, 0))
