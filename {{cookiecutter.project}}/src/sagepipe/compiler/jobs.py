"""Tasks as CreateProcessingJob and CreateTrainingJob requests."""

from typing import Any

from sagepipe.compiler.expressions import (
    Json,
    artifact_uri,
    expression,
    models_uri,
    output_uri,
    parameter,
    text,
)
from sagepipe.contract import limits, names, paths
from sagepipe.dsl import DslError, Metrics, Task, wire


def processing(task: Task, pipeline: str) -> Json:
    """Write a processing task's Arguments (CreateProcessingJob)."""
    arguments: list[Json] = [task.spec.entrypoint]
    for name, value in _parameters(task, limits.CONTAINER_ARGUMENT).items():
        arguments += [f"--{name}", value]
    outputs = [
        {
            "OutputName": output.name,
            "AppManaged": False,
            "S3Output": {
                "S3Uri": expression(task.output_uris[output.name])
                if output.name in task.output_uris
                else output_uri(pipeline, task.name, output.name),
                "LocalPath": f"{paths.PROCESSING_OUTPUT}/{output.name}",
                "S3UploadMode": "EndOfJob",
            },
        }
        for output in task.spec.outputs
    ]
    inputs = [
        {
            "InputName": name,
            "AppManaged": False,
            "S3Input": {
                "S3Uri": artifact_uri(artifact),
                "LocalPath": f"{paths.PROCESSING_INPUT}/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "S3DataDistributionType": "FullyReplicated",
                "S3CompressionType": "None",
            },
        }
        for name, artifact in task.inputs.items()
    ]
    return {
        "ProcessingResources": {"ClusterConfig": _machines(task)},
        "AppSpecification": {
            "ImageUri": parameter(names.IMAGE),
            "ContainerEntrypoint": ["python", "-m", "sagepipe.runtime"],
            "ContainerArguments": arguments,
        },
        "Environment": _environment(task, pipeline, limits.PROCESSING_ENVIRONMENT_VALUE),
        **({"ProcessingInputs": inputs} if inputs else {}),
        **({"ProcessingOutputConfig": {"Outputs": outputs}} if outputs else {}),
        "StoppingCondition": _stopping(task, limits.PROCESSING_MAX_RUNTIME_SECONDS),
        "RoleArn": parameter(names.ROLE),
    }


def training(task: Task, pipeline: str) -> Json:
    """Write a training task's Arguments (CreateTrainingJob).

    The image's own ``train`` command is left to start the job, because tuning jobs know no other;
    the component is named in the environment.
    """
    hyperparameters = _parameters(task, limits.HYPERPARAMETER_VALUE)
    channels = [
        {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": artifact_uri(artifact),
                    "S3DataDistributionType": "FullyReplicated",
                }
            },
        }
        for name, artifact in task.inputs.items()
    ]
    return {
        "AlgorithmSpecification": {
            "TrainingImage": parameter(names.IMAGE),
            "TrainingInputMode": "File",
        },
        **({"HyperParameters": hyperparameters} if hyperparameters else {}),
        **({"InputDataConfig": channels} if channels else {}),
        "OutputDataConfig": {"S3OutputPath": models_uri(pipeline)},
        "ResourceConfig": _machines(task),
        "StoppingCondition": _stopping(task, limits.TRAINING_MAX_RUNTIME_SECONDS),
        "Environment": {
            names.COMPONENT_VARIABLE: task.spec.entrypoint,
            **_environment(task, pipeline, limits.TRAINING_ENVIRONMENT_VALUE),
        },
        "RoleArn": parameter(names.ROLE),
    }


def property_files(task: Task) -> list[Json]:
    """Write the files of a processing task that conditions can read."""
    return [
        {
            "PropertyFileName": output.name,
            "OutputName": output.name,
            "FilePath": names.METRICS_FILE,
        }
        for output in task.spec.outputs
        if issubclass(output.type, Metrics) and task.spec.kind == "processing"
    ]


def _parameters(task: Task, longest: int) -> dict[str, Json]:
    """Write every parameter, defaults too: SageMaker's cache would not see a default change."""
    written: dict[str, Json] = {}
    for item in task.spec.parameters:
        value: Any = task.parameters.get(item.name, item.default)
        if _is_constant(value):
            value = wire.encode(float(value) if item.type is float else value)
            if len(value) > longest:
                raise DslError(
                    f"{task.name!r}, {item.name}: {len(value)} characters; SageMaker takes at most "
                    f"{longest} for a {task.spec.kind} job: pass a file",
                    task.location,
                )
        else:
            value = text(value)
        written[item.name] = value
    return written


def _is_constant(value: Any) -> bool:
    return isinstance(value, wire.PARAMETER_TYPES)


def _machines(task: Task) -> Json:
    resources = task.resources
    return {
        "InstanceType": expression(resources.instance_type),
        "InstanceCount": expression(resources.instance_count),
        "VolumeSizeInGB": expression(resources.volume_size_gb),
    }


def _stopping(task: Task, most: int) -> Json:
    seconds = task.resources.max_runtime_seconds
    if isinstance(seconds, int) and seconds > most:
        raise DslError(
            f"{task.name!r}: a {task.spec.kind} job runs {most} seconds at most, not {seconds}",
            task.location,
        )
    return {"MaxRuntimeInSeconds": expression(seconds)}


def _environment(task: Task, pipeline: str, longest: int) -> Json:
    variables: dict[str, Json] = {
        names.TRACKING_URI_VARIABLE: parameter(names.TRACKING_URI),
        names.EXPERIMENT_VARIABLE: pipeline,
        names.STEP_VARIABLE: task.name,
        names.IMAGE_VARIABLE: parameter(names.IMAGE),
    }
    for name, value in task.environment.items():
        if isinstance(value, str) and len(value) > longest:
            raise DslError(
                f"{task.name!r}: environment variable {name!r} has {len(value)} characters; a "
                f"{task.spec.kind} job's has {longest} at most",
                task.location,
            )
        variables[name] = expression(value)
    return variables
