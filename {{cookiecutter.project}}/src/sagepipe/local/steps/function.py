"""Lambda and Callback steps: a Python function of the project stands for what AWS would call.

Source: SageMaker Developer Guide, "Lambda step" and "Callback step". ``[functions]`` of
sagepipe.toml says which function, by a pattern of the Lambda's ARN or the queue's URL.

* Lambda: the function is called as a handler, ``function(event, context)``, with the step's inputs
  as event; ``context`` is ``None``. What it returns is an object that holds every output.
* Callback: the function is called with the message that the queue would get, ``{"token": …,
  "arguments": {…}}``, and returns the outputs that its consumer would send back.

It runs in a process of its own, with this machine's network and none of AWS's credentials.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sagepipe.contract import limits
from sagepipe.local import functions, identity
from sagepipe.local.errors import StepError
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs.job import HOST
from sagepipe.local.launch.launch import FUNCTION, Command, Launch
from sagepipe.local.launch.process import ProcessLauncher
from sagepipe.local.settings import REGION
from sagepipe.local.shapes import Shape, each, mapped, only, text
from sagepipe.local.steps import call
from sagepipe.local.steps.kind import StepResult, StepRun

_OUTPUTS = each(
    {"OutputName": text, "OutputType": only("String", "Integer", "Float", "Boolean")},
    at_most=0,
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
PROPERTIES = frozenset({"OutputParameters"})

# What stands beside a step's Arguments, and the Arguments, which are the author's own.
LAMBDA: Shape = {"FunctionArn": text, "OutputParameters": _OUTPUTS}
CALLBACK: Shape = {"SqsQueueUrl": text, "OutputParameters": _OUTPUTS}
INPUTS: Shape = {"Arguments": mapped}


def lambda_commands(request: Mapping[str, Any]) -> Iterator[Command]:
    """Name the Lambda function.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        What a function of the project stands for.
    """
    yield from _commands(request["FunctionArn"])


def callback_commands(request: Mapping[str, Any]) -> Iterator[Command]:
    """Name the queue.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        What a function of the project stands for.
    """
    yield from _commands(request["SqsQueueUrl"])


def run_lambda(step: StepRun) -> StepResult:
    """Call a Lambda's stand-in.

    Args:
        step: The step.

    Returns:
        Its outputs.
    """
    return _run(step, "FunctionArn", dict(step.request.get("Arguments") or {}), handler=True)


def run_callback(step: StepRun) -> StepResult:
    """Call a queue consumer's stand-in.

    Args:
        step: The step.

    Returns:
        Its outputs.
    """
    message = {
        "token": identity.random(32),
        "arguments": dict(step.request.get("Arguments") or {}),
    }
    return _run(step, "SqsQueueUrl", message, handler=False)


def _commands(wanted: Any) -> Iterator[Command]:
    if wanted is not PENDING:
        yield Command(str(wanted), (), (FUNCTION,))


def _run(step: StepRun, key: str, event: Mapping[str, Any], handler: bool) -> StepResult:
    assert step.log
    target = functions.find(step.request[key], step.settings)
    assert target is not None  # or it had been refused
    given, returned = step.folder / "event.json", step.folder / "returned.json"
    given.write_text(json.dumps(event, indent=2), encoding="utf-8")
    words = (str(call.__file__), target, str(given), str(returned), "2" if handler else "1")
    launch = Launch(
        command=Command("", ("python", *words), ()),
        environment={"AWS_REGION": REGION},
        folder=step.folder,
        log=step.log,
        host=HOST,
        hosts=(HOST,),
        job=step.job_name or "",
    )
    process = step.control.process(ProcessLauncher(step.settings))
    longest = limits.LAMBDA_SECONDS if handler else limits.DEFAULT_MAX_RUNTIME_SECONDS
    status = process.run(launch, float(longest), step.executing)
    if step.control.stopped:
        return StepResult(STOPPED)
    if process.stopped:
        reason = f"ClientError: {target} ran for more than {longest} s and was stopped"
        return StepResult(FAILED, failure_reason=reason)
    if status != 0:
        reason = f"ClientError: {target} failed: {_said(returned) or f'exit status {status}'}"
        return StepResult(FAILED, failure_reason=reason)
    return StepResult(SUCCEEDED, {"OutputParameters": _outputs(step, target, returned)})


def _outputs(step: StepRun, target: str, file: Path) -> dict[str, Any]:
    """Take what the step says that it gives."""
    found = json.loads(file.read_text(encoding="utf-8"))
    outputs: dict[str, Any] = {}
    for item in step.request.get("OutputParameters") or ():
        name, kind = item["OutputName"], item.get("OutputType") or "String"
        if not isinstance(found, dict) or name not in found:
            raise StepError(f"{target} returned no {name!r}, which the step says it gives")
        value = found[name]
        boolean = isinstance(value, bool) and kind != "Boolean"
        if boolean or not isinstance(value, _TYPES[kind]):
            raise StepError(f"{target} returned {value!r} as {name!r}, which is to be {kind}")
        outputs[name] = value
    return outputs


def _said(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
