"""From a step's arguments to what SageMaker would be asked for: every expression replaced."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from sagepipe.contract.language import GET
from sagepipe.local import plan, state
from sagepipe.local.errors import StepError
from sagepipe.local.expressions import Scope, resolve
from sagepipe.local.launch.launch import Launcher
from sagepipe.local.records import Execution
from sagepipe.local.settings import arn
from sagepipe.local.step import Step
from sagepipe.local.steps.table import KINDS
from sagepipe.local.storage import Storage

_URI_KEYS = ("S3Uri", "S3OutputPath", "ModelDataUrl")


class Requests:
    """Makes the requests of one execution's steps.

    Args:
        planned: What runs.
        execution: The execution.
        storage: Its objects.
        launcher: Starts the hosts of its jobs.

    Attributes:
        properties: What steps that have ended may be referred to for, by step name.
    """

    def __init__(
        self, planned: plan.Plan, execution: Execution, storage: Storage, launcher: Launcher
    ) -> None:
        self._experiment = planned.definition.experiment
        self._steps = dict(planned.definition.steps)
        self._execution = execution
        self._storage = storage
        self._launcher = launcher
        self.properties: dict[str, Mapping[str, Any]] = {}

    def add(self, steps: Iterable[Step]) -> None:
        """Take note of steps that a loop has made.

        Args:
            steps: The steps of a round.
        """
        self._steps |= {step.name: step for step in steps}

    def request(self, step: Step, job_name: str | None) -> dict[str, Any]:
        """Resolve a step's arguments.

        Args:
            step: The step.
            job_name: Its job's name, if it has a job.

        Returns:
            The request.

        Raises:
            StepError: A reference leads nowhere, or the values don't make a request.
        """
        request = self._with_uris(resolve(step.arguments, self._scope(step, job_name)))
        for fault in plan.request_faults(step, request, self._launcher):
            raise StepError(fault)
        assert isinstance(request, dict)
        return request

    def given(self, step: Step) -> dict[str, str]:
        """Find the URIs that are a pipeline parameter's value, and the parameter's name.

        Args:
            step: The step.

        Returns:
            Names by URI.
        """
        return dict(self._given(step.arguments))

    def measured(self, step: Step, request: Mapping[str, Any]) -> dict[str, float]:
        """Show the numbers in a step's property files as its metrics.

        Args:
            step: The step, which has succeeded.
            request: Its request.

        Returns:
            Numbers by their path in the file.
        """
        if not step.property_files:
            return {}
        outputs = _output_uris(request)
        found: dict[str, float] = {}
        for file in step.property_files.values():
            with suppress(StepError):
                document = self._json_object(f"{outputs[file.output].rstrip('/')}/{file.path}")
                found.update(_numbers(document))
        return found

    def _scope(self, step: Step, job_name: str | None) -> Scope:
        execution = self._execution
        variables: dict[str, Any] = {
            "PipelineName": execution.pipeline,
            "PipelineArn": arn(f"pipeline/{execution.pipeline}"),
            "PipelineExecutionId": execution.id,
            "PipelineExecutionArn": arn(f"pipeline/{execution.pipeline}/execution/{execution.id}"),
            "StartDateTime": execution.started.isoformat(),
            "CurrentDateTime": state.now().isoformat(),
        }
        variable = KINDS[step.type].job_variable
        if variable and job_name:
            variables[variable] = job_name
        return Scope(
            parameters=execution.parameters,
            execution=variables,
            experiment=self._experiment,
            steps=self.properties,
            property_file=self._property_file,
            json_object=self._json_object,
            item=step.iteration.item if step.iteration else None,
        )

    def _with_uris(self, value: Any) -> Any:
        """Make file:// URIs of local paths that stand for S3 URIs."""
        if isinstance(value, list):
            return [self._with_uris(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self._storage.uri(item)
            if key in _URI_KEYS and isinstance(item, str)
            else self._with_uris(item)
            for key, item in value.items()
        }

    def _given(self, value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, list):
            for item in value:
                yield from self._given(item)
        elif isinstance(value, dict):
            for key, item in value.items():
                if key in _URI_KEYS and isinstance(item, dict):
                    root, _, name = str(item.get(GET)).partition(".")
                    if root == "Parameters":
                        yield self._storage.uri(self._execution.parameters[name]), name
                yield from self._given(item)

    def _property_file(self, step: str, name: str) -> Any:
        file = self._steps[step].property_files[name]
        outputs = _output_uris(self.properties.get(step) or {})
        if file.output not in outputs:
            raise StepError(f"step {step!r} has not run, so there is no property file {name!r}")
        uri = outputs[file.output]
        return self._json_object(f"{uri.rstrip('/')}/{file.path}")

    def _json_object(self, uri: str) -> Any:
        path = self._storage.path(uri)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StepError(f"there is no {uri} (on this machine: {path})") from None
        except (ValueError, OSError) as error:
            raise StepError(f"{uri} can't be read as JSON: {error}") from None


def _output_uris(request: Mapping[str, Any]) -> dict[str, str]:
    outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    return {item["OutputName"]: item["S3Output"]["S3Uri"] for item in outputs}


def _numbers(document: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _numbers(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(document, int | float) and not isinstance(document, bool) and prefix:
        yield prefix, float(document)
