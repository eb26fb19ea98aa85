"""What a Tuning step may ask for, and what others may refer to."""

from collections.abc import Mapping

from sagepipe.contract import limits
from sagepipe.local.arguments.training import ARGUMENTS as TRAINING
from sagepipe.local.shapes import Field, Shape, each, ignored, listed, only, text, used, within

_SCALING = only("Auto", "Linear", "Logarithmic", "ReverseLogarithmic")
_NUMBERS: Shape = {"Name": text, "MinValue": text, "MaxValue": text, "ScalingType": _SCALING}
_RANGES: Shape = {
    "ContinuousParameterRanges": each(_NUMBERS, limits.TUNING_RANGES),
    "IntegerParameterRanges": each(_NUMBERS, limits.TUNING_RANGES),
    "CategoricalParameterRanges": each(
        {"Name": text, "Values": Field(required=True, kind=list)}, limits.TUNING_RANGES
    ),
    "AutoParameters": listed,
}
_OBJECTIVE: Shape = {"Type": only("Maximize", "Minimize"), "MetricName": text}
# What a training job asks for, but for the name that it gets and the values that are searched.
_NOT_IN_A_DEFINITION = ("TrainingJobName", "HyperParameters", "Tags", "ExperimentConfig")
_DEFINITION: Mapping[str, Field] = {
    **{key: field for key, field in TRAINING.items() if key not in _NOT_IN_A_DEFINITION},
    "DefinitionName": ignored,
    "StaticHyperParameters": TRAINING["HyperParameters"],
}

# CreateHyperParameterTuningJob
ARGUMENTS: Shape = {
    "HyperParameterTuningJobName": ignored,  # pipelines drop it
    "HyperParameterTuningJobConfig": within(
        {
            "Strategy": Field(required=True, values=("Bayesian", "Random", "Grid")),
            "HyperParameterTuningJobObjective": within(_OBJECTIVE, required=True),
            "ResourceLimits": within(
                {
                    "MaxNumberOfTrainingJobs": used,
                    "MaxParallelTrainingJobs": used,
                    "MaxRuntimeInSeconds": used,
                },
                required=True,
            ),
            "ParameterRanges": within(_RANGES, required=True),
            "TrainingJobEarlyStoppingType": ignored,  # every job runs to its end
            "TuningJobCompletionCriteria": within(
                {
                    "TargetObjectiveMetricValue": used,
                    "BestObjectiveNotImproving": within(
                        {"MaxNumberOfTrainingJobsNotImproving": used}
                    ),
                    "ConvergenceDetected": ignored,
                }
            ),
            "RandomSeed": used,
        },
        required=True,
    ),
    "TrainingJobDefinition": within(_DEFINITION, required=True),
    "Tags": ignored,
}

# DescribeHyperParameterTuningJob
PROPERTIES = frozenset(
    {
        "BestTrainingJob",
        "CreationTime",
        "FailureReason",
        "HyperParameterTuningEndTime",
        "HyperParameterTuningJobArn",
        "HyperParameterTuningJobConfig",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
        "ObjectiveStatusCounters",
        "TrainingJobDefinition",
        "TrainingJobStatusCounters",
        "TrainingJobSummaries",  # ListTrainingJobsForHyperParameterTuningJob
    }
)
