"""Our side of the differential test: an example compiled, and run by the local runner."""

import importlib
import json
import os
import re
from collections import defaultdict
from pathlib import Path

from sagepipe import local
from sagepipe.compiler import compile_pipeline
from sagepipe.contract import names

HERE = Path(__file__).parent
PARAMETERS = {
    names.BUCKET: "local",
    names.ROLE: "arn:aws:iam::000000000000:role/local",
    names.IMAGE: "local",
    names.TRACKING_URI: names.TRACKING_OFF,
}
RECORDED = (names.METRICS_FILE, names.CLASSIFICATION_METRICS_FILE, names.METADATA_FILE)


def run(pipeline, arguments, folder, status="Succeeded"):
    """Run a pipeline, which has to end so; returns what each component's tasks came up with."""
    definition = compile_pipeline(pipeline)
    declared = {item["Name"] for item in definition["Parameters"]}
    values = {name: value for name, value in PARAMETERS.items() if name in declared}
    values |= {
        name: json.dumps(value) if isinstance(value, list | dict | bool) else str(value)
        for name, value in arguments.items()
    }
    path = os.pathsep.join(str(place) for place in (HERE, Path(local.__file__).parents[2]))
    settings = local.LocalSettings(
        project=folder, root=Path("ours"), environment={"PYTHONPATH": path}
    )
    execution = local.run(definition, values, settings)
    reasons = [
        f"{step.name}: {step.failure_reason}" for step in execution.steps if step.failure_reason
    ]
    assert execution.status == status, reasons
    components = _components(definition["Steps"])
    found = defaultdict(list)
    for step in execution.steps:
        name = step.name if step.name in components else re.sub(r"-\d+$", "", step.name)
        if name in components and step.status == "Succeeded":
            component = components[name]
            title = component.spec.name.replace("_", "-")  # as KFP calls its tasks
            found[title].append(_came_up_with(_folder(step, settings), component))
    return {name: sorted(tasks, key=repr) for name, tasks in found.items()}


def _components(steps):
    """Find each processing step's component."""
    found = {}
    for step in steps:
        arguments = step["Arguments"]
        for inside in ("IfSteps", "ElseSteps", "ForEachBody"):
            found |= _components(arguments.get(inside, []))
        if step["Type"] == "Processing":
            module, _, name = arguments["AppSpecification"]["ContainerArguments"][0].partition(":")
            found[step["Name"]] = getattr(importlib.import_module(module), name)
    return found


def _folder(step, settings):
    """Find the folder that holds a folder for each of a step's outputs."""
    (place,) = {
        Path(output["S3Output"]["S3Uri"].removeprefix("s3://")).parents[1]
        for output in step.properties["ProcessingOutputConfig"]["Outputs"]
    }
    return settings.s3 / place


def _came_up_with(folder, component):
    returned, artifacts = {}, {}
    for place in sorted(folder.glob(f"*/{names.OUTPUT_LEAF}")):
        name = place.parent.name
        if name == names.RETURNED:
            written = json.loads((place / names.RETURNED_FILE).read_text())
            returned = {
                # A list or dict travels as text.
                item.name: json.loads(written[item.name])
                if item.type in (list, dict)
                else written[item.name]
                for item in component.spec.returns
            }
            continue
        recorded = [place / file for file in RECORDED if (place / file).exists()]
        artifacts[name] = {
            "files": _files(place, name),
            "metadata": json.loads(recorded[0].read_text()) if recorded else {},
        }
    return {"returned": returned, "artifacts": artifacts}


def _files(place, name):
    from kfp_side import files

    own = [item for item in place.iterdir() if item.stem == name and item.name not in RECORDED]
    return files(own[0]) if own else None
