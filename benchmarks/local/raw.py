"""Run a definition whose steps are the shortest process that there is, ``python -c pass``.

python raw.py chain-10      # or wide-10; in a folder that takes the run
"""

import sys
from pathlib import Path
from typing import Any

from sagepipe.local import LocalSettings, run


def step(name: str, after: list[str]) -> dict[str, Any]:
    """Make one step."""
    specification = {"ImageUri": "train:1", "ContainerEntrypoint": ["python", "-c", "pass"]}
    arguments = {"AppSpecification": specification}
    return {"Name": name, "Type": "Processing", "Arguments": arguments, "DependsOn": after}


def chain(count: int) -> list[dict[str, Any]]:
    """Put so many steps in a row."""
    return [step(f"noop-{n}", [f"noop-{n - 1}"] if n else []) for n in range(count)]


def wide(count: int) -> list[dict[str, Any]]:
    """Put so many steps beside each other, between one before and two after them."""
    names = [f"noop-{number}" for number in range(count)]
    steps = [step(name, ["first"]) for name in names]
    return [step("first", []), *steps, step("join", names), step("last", ["join"])]


def main(name: str) -> None:
    """Run one of them and name the steps that succeeded."""
    shape, _, count = name.partition("-")
    steps = {"chain": chain, "wide": wide}[shape](int(count))
    definition = {"Version": "2020-12-01", "Parameters": [], "Steps": steps}
    execution = run(definition, {}, LocalSettings(project=Path.cwd()), pipeline=name)
    for done in execution.steps:
        print(f"{done.name} {done.status}")
    if execution.status != "Succeeded":
        sys.exit(str(execution))


if __name__ == "__main__":
    main(sys.argv[1])
