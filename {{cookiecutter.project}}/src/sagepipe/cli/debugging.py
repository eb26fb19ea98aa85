"""``sagepipe run --debug STEP``: whether that step can be run at the terminal."""

import re
from collections.abc import Mapping
from typing import Any

from sagepipe.compiler import reading
from sagepipe.contract.errors import SagepipeError
from sagepipe.contract.runners import PROCESS
from sagepipe.local import LocalSettings

_TYPES = ("Processing", "Training")
_ROUND = re.compile(r"(.+)-\d+")


class DebugError(SagepipeError):
    """A step that can't be run under the debugger."""


def check(step: str, definition: Mapping[str, Any], local: LocalSettings, as_json: bool) -> None:
    """Refuse what would not come to a debugger's prompt.

    Args:
        step: The step's name; in a loop, that of a round.
        definition: What is about to run.
        local: How.
        as_json: Whether events are written as JSON.

    Raises:
        DebugError: The message says what to do instead.
    """
    steps = {item.name: item for item in reading.steps(definition)}
    found = steps.get(step)
    if found is None and (match := _ROUND.fullmatch(step)):
        found = steps.get(match[1])
        found = found if found and _in_loop(found) else None
    if found is None:
        known = ", ".join(name for name, item in steps.items() if item.type in _TYPES)
        raise DebugError(f"--debug: the pipeline has no step {step!r}; there is {known or 'none'}")
    if found.type not in _TYPES:
        raise DebugError(
            f"--debug: step {step!r} is of type {found.type}; only a job of one component can be "
            f"debugged ({' or '.join(_TYPES)})"
        )
    if step in steps and _in_loop(found):
        raise DebugError(
            f"--debug: step {step!r} runs once a round; name one of them: {step}-0, {step}-1 ..."
        )
    if local.runner != PROCESS:
        raise DebugError(
            f"--debug needs --runner {PROCESS}, not {local.runner}, to have this terminal"
        )
    if as_json:
        raise DebugError(
            "--debug and --json don't go together: the debugger writes to the terminal"
        )


def _in_loop(step: reading.Step) -> bool:
    return any(body.key == "ForEachBody" for body in step.within)
