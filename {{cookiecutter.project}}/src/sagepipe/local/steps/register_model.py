"""RegisterModel steps."""

from sagepipe.local.events import SUCCEEDED
from sagepipe.local.steps.kind import StepResult, StepRun


def run(step: StepRun) -> StepResult:
    """Add a version to a model package group.

    Args:
        step: The step.

    Returns:
        How it went, with DescribeModelPackage's properties.
    """
    package = step.registry.register(step.request, step.execution.id, step.step.name)
    properties = {
        **step.request,
        "ModelPackageArn": package.arn,
        "ModelPackageVersion": package.version,
        "ModelPackageStatus": package.status,
        "ModelApprovalStatus": package.approval,
        "CreationTime": package.created.isoformat(),
    }
    return StepResult(SUCCEEDED, properties)
