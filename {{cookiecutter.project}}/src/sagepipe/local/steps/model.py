"""Model steps."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.local import state
from sagepipe.local.errors import StepError
from sagepipe.local.events import SUCCEEDED
from sagepipe.local.jobs.job import new_name
from sagepipe.local.models import Models, container_of
from sagepipe.local.settings import arn
from sagepipe.local.steps.kind import StepResult, StepRun


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check that there is one container.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The fault as one line.
    """
    if not container_of(request):
        yield "a model needs PrimaryContainer, or Containers with one container"


def run(step: StepRun) -> StepResult:
    """Create a model.

    Args:
        step: The step.

    Returns:
        How it went, with DescribeModel's properties.

    Raises:
        StepError: Its data isn't there.
    """
    url = container_of(step.request)["ModelDataUrl"]
    if not step.storage.path(url).is_file():
        raise StepError(f"Could not find model data at {url}")
    name = new_name(step.execution.id, step.step.name)
    Models(step.settings.models).add(name, step.request)
    properties = {
        **step.request,
        "ModelName": name,
        "ModelArn": arn(f"model/{name}"),
        "CreationTime": state.now().isoformat(),
    }
    return StepResult(SUCCEEDED, properties)
