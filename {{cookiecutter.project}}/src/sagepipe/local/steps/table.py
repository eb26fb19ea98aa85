"""The types of step that run here."""

from collections.abc import Mapping

from sagepipe.local.arguments import model as model_arguments
from sagepipe.local.arguments import processing as processing_arguments
from sagepipe.local.arguments import register_model as register_model_arguments
from sagepipe.local.arguments import training as training_arguments
from sagepipe.local.arguments import transform as transform_arguments
from sagepipe.local.arguments import tuning as tuning_arguments
from sagepipe.local.jobs import processing, training, transform, tuning
from sagepipe.local.steps import cleanup, condition, fail, foreach, function, model, register_model
from sagepipe.local.steps.kind import Kind

KINDS: Mapping[str, Kind] = {
    "Processing": Kind(
        arguments=processing_arguments.ARGUMENTS,
        properties=processing_arguments.PROPERTIES,
        run=processing.run,
        job_variable="ProcessingJobName",
        faults=processing.faults,
        commands=processing.commands,
    ),
    "Training": Kind(
        arguments=training_arguments.ARGUMENTS,
        properties=training_arguments.PROPERTIES,
        run=training.run,
        job_variable="TrainingJobName",
        faults=training.faults,
        commands=training.commands,
    ),
    "Tuning": Kind(
        arguments=tuning_arguments.ARGUMENTS,
        properties=tuning_arguments.PROPERTIES,
        run=tuning.run,
        job_variable="HyperParameterTuningJobName",
        faults=tuning.faults,
        commands=tuning.commands,
    ),
    "Transform": Kind(
        arguments=transform_arguments.ARGUMENTS,
        properties=transform_arguments.PROPERTIES,
        run=transform.run,
        job_variable="TransformJobName",
        faults=transform.faults,
        commands=transform.commands,
    ),
    "Model": Kind(
        arguments=model_arguments.ARGUMENTS,
        properties=model_arguments.PROPERTIES,
        run=model.run,
        faults=model.faults,
    ),
    "Lambda": Kind(
        arguments={**function.LAMBDA, **function.INPUTS},
        envelope=function.LAMBDA,
        properties=function.PROPERTIES,
        run=function.run_lambda,
        job_variable="LambdaName",
        commands=function.lambda_commands,
    ),
    "Callback": Kind(
        arguments={**function.CALLBACK, **function.INPUTS},
        envelope=function.CALLBACK,
        properties=function.PROPERTIES,
        run=function.run_callback,
        job_variable="CallbackName",
        commands=function.callback_commands,
    ),
    "Condition": Kind(
        arguments=condition.ARGUMENTS,
        properties=condition.PROPERTIES,
        run=condition.run,
    ),
    "RegisterModel": Kind(
        arguments=register_model_arguments.ARGUMENTS,
        properties=register_model_arguments.PROPERTIES,
        run=register_model.run,
    ),
    "ForEach": Kind(
        arguments=foreach.ARGUMENTS,
        properties=foreach.PROPERTIES,
        run=foreach.run,
        faults=foreach.faults,
    ),
    "Cleanup": Kind(
        arguments=cleanup.ARGUMENTS,
        properties=frozenset(),
        run=cleanup.run,
        faults=cleanup.faults,
    ),
    "Fail": Kind(
        arguments=fail.ARGUMENTS,
        properties=frozenset(),
        run=fail.run,
        faults=fail.faults,
    ),
}
