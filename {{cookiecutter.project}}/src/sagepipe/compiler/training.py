"""Training and tuning tasks as CreateTrainingJob and CreateHyperParameterTuningJob requests."""

import re
from collections.abc import Mapping

from sagepipe.compiler import jobs
from sagepipe.compiler.context import Context
from sagepipe.compiler.expressions import Json, artifact_uri, expression, parameter
from sagepipe.contract import limits, names, paths
from sagepipe.dsl import Categorical, Continuous, Integer, Task, wire
from sagepipe.dsl.pipelines.tuning import Range, Tune


def arguments(task: Task, context: Context) -> Json:
    """Write a training task's Arguments.

    The image's own ``train`` command is left to start the job, because tuning jobs know no other;
    the component is named in the environment.

    Raises:
        DslError: SageMaker could not run it as written.
    """
    hyperparameters = jobs.parameters(task, limits.HYPERPARAMETER_VALUE)
    return {
        "AlgorithmSpecification": _algorithm(task),
        **({"HyperParameters": hyperparameters} if hyperparameters else {}),
        **_job(task, context),
        **({"Tags": context.tags()} if context.tags() else {}),
    }


def tuning(task: Tune, context: Context) -> Json:
    """Write a tuning task's Arguments.

    Raises:
        DslError: SageMaker could not run it as written.
    """
    search = task.search
    static = jobs.parameters(task, limits.HYPERPARAMETER_VALUE, tuple(search.ranges))
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": search.strategy,
            "HyperParameterTuningJobObjective": {
                "Type": search.goal,
                "MetricName": search.objective,
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": expression(search.max_jobs),
                "MaxParallelTrainingJobs": expression(search.max_parallel_jobs),
            },
            "ParameterRanges": _ranges(search.ranges),
            **({"RandomSeed": search.seed} if search.seed is not None else {}),
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": _algorithm(task),
            **({"StaticHyperParameters": static} if static else {}),
            **_job(task, context),
        },
        **({"Tags": context.tags()} if context.tags() else {}),
    }


def _algorithm(task: Task) -> Json:
    metrics = [{"Name": name, "Regex": metric_regex(name)} for name in task.spec.metrics]
    return {
        "TrainingImage": parameter(names.IMAGE),
        "TrainingInputMode": "File",
        **({"MetricDefinitions": metrics} if metrics else {}),
    }


def metric_regex(name: str) -> str:
    """Write the expression that finds a number in the log that the runtime writes."""
    number = r"([-+0-9.eE]+)"
    before, after = names.METRIC_LINE.format(name=name, value="\0").split("\0")
    return re.escape(before).replace(r"\ ", " ").replace(r"\=", "=") + number + re.escape(after)


def _job(task: Task, context: Context) -> Json:
    """Write what training jobs and tuning jobs' training jobs share."""
    resources = context.resources(task, task.resources)
    channels = [
        {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": artifact_uri(artifact),
                    "S3DataDistributionType": jobs.distribution(artifact),
                }
            },
        }
        for name, artifact in task.inputs.items()
        if not isinstance(artifact, tuple)
    ]
    spot = resources.max_wait_seconds is not None
    stopping = {
        "MaxRuntimeInSeconds": jobs.max_runtime(
            task, resources, limits.TRAINING_MAX_RUNTIME_SECONDS
        ),
        **({"MaxWaitTimeInSeconds": expression(resources.max_wait_seconds)} if spot else {}),
    }
    checkpoints = {
        "CheckpointConfig": {
            "S3Uri": context.checkpoints_uri(task),
            "LocalPath": paths.CHECKPOINTS,
        }
    }
    return {
        **({"InputDataConfig": channels} if channels else {}),
        "OutputDataConfig": {
            "S3OutputPath": context.models_uri(),
            **jobs.output_key(resources),
        },
        "ResourceConfig": jobs.machines(resources),
        "StoppingCondition": stopping,
        **({"EnableManagedSpotTraining": True} if spot else {}),
        **(checkpoints if resources.checkpoints else {}),
        **({"EnableNetworkIsolation": True} if resources.network_isolation else {}),
        **jobs.vpc(resources),
        "Environment": {
            names.COMPONENT_VARIABLE: task.spec.entrypoint,
            **jobs.environment(task, context, limits.TRAINING_ENVIRONMENT_VALUE),
        },
        "RoleArn": parameter(names.ROLE),
    }


def _ranges(ranges: Mapping[str, Range]) -> Json:
    """Write ``ParameterRanges``, the values as text."""
    written: dict[str, list[Json]] = {}
    for name, span in ranges.items():
        if isinstance(span, Categorical):
            entry = {"Name": name, "Values": [wire.encode(value) for value in span.values]}
            written.setdefault("CategoricalParameterRanges", []).append(entry)
            continue
        kind = "Integer" if isinstance(span, Integer) else "Continuous"
        number = float if isinstance(span, Continuous) else int
        entry = {
            "Name": name,
            "MinValue": wire.encode(number(span.low)),
            "MaxValue": wire.encode(number(span.high)),
            "ScalingType": span.scaling,
        }
        written.setdefault(f"{kind}ParameterRanges", []).append(entry)
    return written
