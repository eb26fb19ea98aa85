"""What SageMaker tells a job about itself, read from its own config files."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sagepipe.contract import names, paths
from sagepipe.dsl.hosts import Hosts
from sagepipe.dsl.record import record
from sagepipe.runtime.errors import JobError


@record
class Place:
    """Where an artifact lies: its folder here, and its URI where the job is told of it."""

    directory: Path
    uri: str = ""


@record
class Job:
    """One job, whatever kind.

    Attributes:
        name: SageMaker's name for the job.
        component: The entrypoint, ``module:function``.
        parameters: Text by name, as it came over the wire.
        inputs: Places by input or channel name.
        outputs: Places by output name; those that are not named lie in ``output_root``.
        hosts: The job's machines.
        output_root: The parent of outputs that SageMaker has no entry for (training jobs).
        model: Where a training job's model goes.
    """

    name: str
    component: str
    parameters: Mapping[str, str]
    inputs: Mapping[str, Place]
    outputs: Mapping[str, Place]
    hosts: Hosts = Hosts()
    output_root: Path | None = None
    model: Path | None = None

    @property
    def step(self) -> str:
        """The pipeline step's name; the component's function outside a pipeline."""
        return os.environ.get(names.STEP_VARIABLE) or self.component.rpartition(":")[2]

    @property
    def execution_id(self) -> str:
        """The pipeline execution's id; the job's name outside a pipeline."""
        return names.execution_id(self.name)


def processing_job(arguments: Sequence[str]) -> Job:
    """Read a processing job.

    Args:
        arguments: ``MODULE:FUNCTION --name value …``.

    Returns:
        The job.

    Raises:
        JobError: The arguments or the config file are not as they should be.
    """
    if not arguments or ":" not in arguments[0]:
        raise JobError(
            "no component is named; start a processing job with "
            "python -m sagepipe.runtime MODULE:FUNCTION --name value …"
        )
    described = _read(paths.PROCESSING_JOB_CONFIG_FILE)
    outputs = (described.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    return Job(
        name=described.get("ProcessingJobName") or "",
        component=arguments[0],
        parameters=_pairs(arguments[1:]),
        inputs={
            item["InputName"]: _place(item.get("S3Input"))
            for item in described.get("ProcessingInputs") or ()
        },
        outputs={item["OutputName"]: _place(item.get("S3Output")) for item in outputs},
        hosts=_hosts(paths.PROCESSING_RESOURCE_CONFIG_FILE),
    )


def training_job() -> Job:
    """Read a training job.

    Returns:
        The job.

    Raises:
        JobError: ``SAGEPIPE_COMPONENT`` is not set, or a config file is not as it should be.
    """
    component = os.environ.get(names.COMPONENT_VARIABLE, "")
    if ":" not in component:
        raise JobError(
            f"no component is named; set {names.COMPONENT_VARIABLE}=MODULE:FUNCTION "
            "in the training job's environment"
        )
    data = paths.relocate(paths.INPUT_DATA)
    parameters = {
        name: value
        for name, value in _read(paths.HYPERPARAMETERS_FILE).items()
        if not name.startswith(("_", "sagemaker_"))  # tuning jobs and the toolkit add their own
    }
    return Job(
        name=os.environ.get("TRAINING_JOB_NAME", ""),
        component=component,
        parameters=parameters,
        inputs={name: Place(data / name) for name in _read(paths.INPUT_DATA_CONFIG_FILE)},
        outputs={},
        hosts=_hosts(paths.TRAINING_RESOURCE_CONFIG_FILE),
        output_root=paths.relocate(paths.OUTPUT_DATA),
        model=paths.relocate(paths.MODEL),
    )


def _hosts(path: str) -> Hosts:
    """Read the job's machines; a job that is started by hand may have no such file."""
    if not paths.relocate(path).is_file():
        return Hosts()
    described = _read(path)
    return Hosts(
        current=described.get("current_host") or Hosts().current,
        all=tuple(described.get("hosts") or Hosts().all),
        network_interface=described.get("network_interface_name"),
    )


def _read(path: str) -> dict[str, Any]:
    """Read one of SageMaker's config files."""
    place = paths.relocate(path)
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise JobError(
            f"{place} is not there; a job's container holds it, and `sagepipe run` writes it on "
            "a laptop"
        ) from None
    except ValueError as error:
        raise JobError(f"{place} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise JobError(f"{place} holds no JSON object")
    return content


def _place(described: Mapping[str, Any] | None) -> Place:
    """Make a place of an S3Input or S3Output."""
    described = described or {}
    return Place(paths.relocate(described.get("LocalPath") or ""), described.get("S3Uri") or "")


def _pairs(arguments: Sequence[str]) -> dict[str, str]:
    """Read ``--name value`` pairs."""
    pairs: dict[str, str] = {}
    for index in range(0, len(arguments), 2):
        flag = arguments[index]
        if not flag.startswith("--") or len(flag) == 2:
            raise JobError(f"argument {flag!r} is no parameter; write --name value")
        if index + 1 == len(arguments):
            raise JobError(f"parameter {flag[2:]!r} has no value; write {flag} value")
        if flag[2:] in pairs:
            raise JobError(f"parameter {flag[2:]!r} is given twice")
        pairs[flag[2:]] = arguments[index + 1]
    return pairs
