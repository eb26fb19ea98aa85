"""``sagepipe check``: what SageMaker would refuse or could not run."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

from sagepipe.cli import definitions
from sagepipe.compiler.check import Finding, check


def run(name: str, as_json: bool) -> bool:
    """Check a pipeline of the current project, or any definition.

    Args:
        name: A file, ``-`` for what is piped in, or a pipeline's module or name; the default one
            if empty.
        as_json: Whether to write JSON.

    Returns:
        Whether nothing was found.

    Raises:
        SagepipeError: There is no such pipeline or file, or botocore is not installed.
    """
    named = definitions.load(name)
    found = check(named.definition)
    if as_json:
        findings = [asdict(item) for item in found]
        print(json.dumps({"name": named.title, "findings": findings}, indent=2))
    else:
        print(listed(named.title, found))
    return not found


def listed(title: str, found: Sequence[Finding]) -> str:
    """Write what was found, grouped by step."""
    if not found:
        return f"{title}: nothing found"
    lines = []
    for step, findings in groupby(found, key=lambda item: item.step):
        lines.append(step or "the definition")
        for item in findings:
            lines += [
                f"  {item.path}",
                f"    {item.problem}",
                f"    allowed: {item.allowed}",
                f"    source: {item.source}",
            ]
        lines.append("")
    noun = "finding" if len(found) == 1 else "findings"
    return "\n".join([*lines, f"{title}: {len(found)} {noun}"])
