"""The types of step that run here."""

from collections.abc import Mapping

from sagepipe.local.arguments import processing as processing_arguments
from sagepipe.local.arguments import register_model as register_model_arguments
from sagepipe.local.arguments import training as training_arguments
from sagepipe.local.jobs import processing, training
from sagepipe.local.steps import condition, fail, register_model
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
    "Fail": Kind(
        arguments=fail.ARGUMENTS,
        properties=frozenset(),
        run=fail.run,
        faults=fail.faults,
    ),
}
