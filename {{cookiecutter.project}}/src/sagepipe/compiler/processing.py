"""Processing tasks as CreateProcessingJob requests."""

from collections.abc import Iterator

from sagepipe.compiler import jobs
from sagepipe.compiler.context import Context
from sagepipe.compiler.expressions import Json, artifact_uri, expression, parameter
from sagepipe.contract import limits, names, paths
from sagepipe.dsl import DslError, Metrics, Task
from sagepipe.dsl.pipelines.references import Reference


def arguments(task: Task, context: Context) -> Json:
    """Write a processing task's Arguments.

    Raises:
        DslError: SageMaker could not run it as written.
    """
    resources = context.resources(task, task.resources)
    if resources.max_wait_seconds is not None:
        raise DslError(
            f"{task.name!r}: SageMaker has no spot machines for processing", task.location
        )
    command: list[Json] = [task.spec.entrypoint]
    for name, value in jobs.parameters(task, limits.CONTAINER_ARGUMENT).items():
        command += [f"--{name}", value]
    inputs, outputs = list(_inputs(task)), list(_outputs(task, context))
    if len(inputs) > limits.PROCESSING_INPUTS:
        raise DslError(
            f"{task.name!r}: {len(inputs)} inputs; a processing job has at most "
            f"{limits.PROCESSING_INPUTS}: let a step before put several into one folder",
            task.location,
        )
    network = {
        **({"EnableNetworkIsolation": True} if resources.network_isolation else {}),
        **jobs.vpc(resources),
    }
    config = {"Outputs": outputs, **jobs.output_key(resources)}
    return {
        "ProcessingResources": {"ClusterConfig": jobs.machines(resources)},
        "AppSpecification": {
            "ImageUri": parameter(names.IMAGE),
            "ContainerEntrypoint": ["python", "-m", "sagepipe.runtime"],
            "ContainerArguments": command,
        },
        "Environment": jobs.environment(task, context, limits.PROCESSING_ENVIRONMENT_VALUE),
        **({"ProcessingInputs": inputs} if inputs else {}),
        **({"ProcessingOutputConfig": config} if outputs else {}),
        **({"NetworkConfig": network} if network else {}),
        "StoppingCondition": {
            "MaxRuntimeInSeconds": jobs.max_runtime(
                task, resources, limits.PROCESSING_MAX_RUNTIME_SECONDS
            )
        },
        **({"Tags": context.tags()} if context.tags() else {}),
        "RoleArn": parameter(names.ROLE),
    }


def property_files(task: Task) -> list[Json]:
    """Write the files that conditions and other steps can read values from."""
    found = [
        (output.name, names.METRICS_FILE)
        for output in task.spec.outputs
        if issubclass(output.type, Metrics)
    ]
    if task.spec.returns:
        found.append((names.RETURNED, names.RETURNED_FILE))
    return [
        {"PropertyFileName": name, "OutputName": name, "FilePath": file} for name, file in found
    ]


def _inputs(task: Task) -> Iterator[Json]:
    for name, given in task.inputs.items():
        if isinstance(given, tuple):
            for index, artifact in enumerate(given):
                yield _input(f"{name}-{index}", f"{name}/{index}", artifact)
        else:
            yield _input(name, name, given)


def _input(name: str, place: str, artifact: Reference) -> Json:
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": artifact_uri(artifact),
            "LocalPath": f"{paths.PROCESSING_INPUT}/{place}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": jobs.distribution(artifact),
            "S3CompressionType": "None",
        },
    }


def _outputs(task: Task, context: Context) -> Iterator[Json]:
    found = [output.name for output in task.spec.outputs]
    if task.spec.returns:
        found.append(names.RETURNED)
    for name in found:
        own = task.output_uris.get(name)
        if own is not None and context.in_loop and not own.loops:
            raise DslError(
                f"{task.name!r}: every round of the loop would write to the same place; send "
                f"{name!r} to dsl.bucket_uri(..., item)",
                task.location,
            )
        yield {
            "OutputName": name,
            "AppManaged": False,
            "S3Output": {
                "S3Uri": expression(own) if own is not None else context.output_uri(task, name),
                "LocalPath": f"{paths.PROCESSING_OUTPUT}/{name}",
                "S3UploadMode": "EndOfJob",
            },
        }
