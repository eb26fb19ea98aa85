"""The words of a pipeline definition that more than one room reads or writes.

Sources: SageMaker Developer Guide, "Pipeline parameters", "Step properties" and "Retry policy for
pipeline steps"; SageMaker SDK 3.27, ``workflow``.
"""

GET, JOIN, JSON_GET = FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")
CURRENT_ITEM = "ForEach.CurrentItem"
EXECUTION_VARIABLES = (
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
    "TrainingJobName",
    "ProcessingJobName",
)

# How a step has to end for one that waits for it to run. (step_dependency: TriggerCondition)
COMPLETED, FAILED, STOPPED, ANY = TRIGGERS = ("Completed", "Failed", "Stopped", "Any")
FOR_EACH_REFUSES = ("Condition", "Fail", "ForEach")  # what may not stand in a body: for_each_step

# The faults of the infrastructure after which a step can be tried again: of any, of jobs alone.
CALL_FAULTS = ("Step.SERVICE_FAULT", "Step.THROTTLING")
JOB_FAULTS = (
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)
