"""What processing and training jobs share: parameters, environment, machines."""

from typing import Any

from sagepipe.compiler.context import Context
from sagepipe.compiler.expressions import Json, expression, parameter, text
from sagepipe.contract import names
from sagepipe.dsl import DslError, Task, wire
from sagepipe.dsl.pipelines.references import ArtifactRef, ImportedArtifact
from sagepipe.dsl.pipelines.values import Constant, Value
from sagepipe.dsl.resources import Resources


def parameters(task: Task, longest: int, left_out: tuple[str, ...] = ()) -> dict[str, Json]:
    """Write every parameter as text, defaults too: SageMaker's cache would not see one change.

    Args:
        task: The task.
        longest: How many characters a value may have.
        left_out: Parameters that come from elsewhere.

    Returns:
        Texts and expressions by parameter; those that are ``None`` are left out.

    Raises:
        DslError: A value is longer than SageMaker takes.
    """
    written: dict[str, Json] = {}
    for item in task.spec.parameters:
        if item.name in left_out:
            continue
        value: Any = task.parameters.get(item.name, item.default)
        if isinstance(value, Constant):
            value = value.value
        if value is None:
            continue
        if isinstance(value, Value):
            written[item.name] = text(value)
            continue
        encoded = wire.encode(float(value) if item.type is float else value)
        if len(encoded) > longest:
            raise DslError(
                f"{task.name!r}, {item.name}: {len(encoded)} characters; SageMaker takes at most "
                f"{longest} for a {task.spec.kind} job: pass a file",
                task.location,
            )
        written[item.name] = encoded
    return written


def environment(task: Task, context: Context, longest: int) -> Json:
    """Write a job's environment variables.

    Raises:
        DslError: A value is longer than SageMaker takes.
    """
    variables: dict[str, Json] = {
        names.TRACKING_URI_VARIABLE: parameter(names.TRACKING_URI),
        names.EXPERIMENT_VARIABLE: context.pipeline,
        names.STEP_VARIABLE: task.name,
        names.IMAGE_VARIABLE: parameter(names.IMAGE),
        **context.overrides.variables,
    }
    for name, value in task.environment.items():
        if isinstance(value, str) and len(value) > longest:
            raise DslError(
                f"{task.name!r}: environment variable {name!r} has {len(value)} characters; a "
                f"{task.spec.kind} job's has {longest} at most",
                task.location,
            )
        variables[name] = text(value)
    return variables


def machines(resources: Resources) -> Json:
    """Write ``ProcessingClusterConfig`` or ``ResourceConfig``."""
    return {
        "InstanceType": expression(resources.instance_type),
        "InstanceCount": expression(resources.instance_count),
        "VolumeSizeInGB": expression(resources.volume_size_gb),
        **_set("VolumeKmsKeyId", resources.volume_kms_key_id),
    }


def output_key(resources: Resources) -> Json:
    """Write the key that encrypts the outputs, where there is one."""
    return _set("KmsKeyId", resources.output_kms_key_id)


def vpc(resources: Resources) -> Json:
    """Write ``VpcConfig``, where there is one."""
    if not resources.subnets:
        return {}
    return {
        "VpcConfig": {
            "SecurityGroupIds": list(resources.security_group_ids),
            "Subnets": list(resources.subnets),
        }
    }


def distribution(artifact: ArtifactRef | ImportedArtifact) -> str:
    """Write whether each machine gets all files or a share of them."""
    return "ShardedByS3Key" if artifact.sharded else "FullyReplicated"


def max_runtime(task: Task, resources: Resources, most: int) -> Json:
    """Write after how many seconds SageMaker stops the job.

    Raises:
        DslError: It is longer than SageMaker lets such a job run.
    """
    seconds = resources.max_runtime_seconds
    if isinstance(seconds, int) and seconds > most:
        raise DslError(
            f"{task.name!r}: a {task.spec.kind} job runs {most} seconds at most, not {seconds}",
            task.location,
        )
    return expression(seconds)


def _set(key: str, value: Any) -> Json:
    return {} if value is None else {key: expression(value)}
