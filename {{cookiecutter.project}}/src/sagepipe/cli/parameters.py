"""``-p NAME=VALUE`` and the environment's values, together and checked."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.cli.settings import Environment, SettingsError
from sagepipe.contract import hosting, names
from sagepipe.dsl import wire


def collect(
    definition: Mapping[str, Any],
    environment: Environment,
    given: Sequence[str],
    engine: str = hosting.ENGINES[0],
) -> dict[str, str]:
    """Put together the values that an execution starts with.

    Args:
        definition: The compiled definition, whose ``Parameters`` are declared.
        environment: Whose values to take; ``given`` comes before them.
        given: ``NAME=VALUE`` texts.
        engine: The project's serving engine, for a definition with a parameter of that name.

    Returns:
        Text by name, as StartPipelineExecution takes it.

    Raises:
        SettingsError: A text is not of that form, or an environment's value is not set.
    """
    chosen: dict[str, str] = {}
    for item in given:
        name, value = _split(item)
        if name in chosen:
            raise SettingsError(f"--parameter {name} is given twice: {chosen[name]} and {value}")
        chosen[name] = value
    declared = dict(_declared(definition.get("Parameters")))
    wanted = {name: kind for name, kind in declared.items() if name not in chosen}
    values = {name: wire.encode(value) for name, value in environment.values(wanted).items()}
    if hosting.ENGINE_PARAMETER in wanted:
        values.setdefault(hosting.ENGINE_PARAMETER, engine)
    return {**values, **chosen}


def interruptions(given: Sequence[str]) -> dict[str, float]:
    """Read when training jobs are to be interrupted.

    Args:
        given: ``STEP=SECONDS`` texts.

    Returns:
        Seconds by step.

    Raises:
        SettingsError: A text is not of that form.
    """
    found = {}
    for item in given:
        step, _, text = item.rpartition("=")
        try:
            found[step] = float(text)
        except ValueError:
            step = ""
        if not step or not 0 <= found[step] < math.inf:
            raise SettingsError(f"--interrupt {item!r} is not of the form STEP=SECONDS")
    return found


def _declared(parameters: Any) -> Iterator[tuple[str, str]]:
    """List names and types; what is no parameter is for the run to refuse."""
    for item in parameters if isinstance(parameters, list) else ():
        if isinstance(item, dict) and isinstance(item.get("Name"), str):
            yield item["Name"], str(item.get("Type"))


def _split(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals or not names.PARAMETER_NAME.fullmatch(name):
        raise SettingsError(f"--parameter {item!r} is not of the form NAME=VALUE")
    return name, value
