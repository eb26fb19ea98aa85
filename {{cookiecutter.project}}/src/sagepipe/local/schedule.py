"""Which step is next: what is ready starts, what failed stops the rest from starting."""

from collections import deque

from sagepipe.local.events import SUCCEEDED
from sagepipe.local.plan import Plan
from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepResult


class Schedule:
    """The steps of one execution that have yet to start.

    Args:
        plan: What runs.

    Attributes:
        failed: Whether a step has failed.
    """

    def __init__(self, plan: Plan) -> None:
        self._steps = plan.definition.steps
        self._dependents = plan.graph.dependents
        self._waits_for = {name: len(needs) for name, needs in plan.graph.needs.items()}
        self._ready = deque(name for name in self._steps if not self._waits_for[name])
        self.failed = False

    def take(self) -> Step | None:
        """Take the next step to start.

        Returns:
            The step; ``None`` where nothing is ready, or nothing new may start.
        """
        return self._steps[self._ready.popleft()] if self._ready and not self.failed else None

    def ended(self, name: str, result: StepResult) -> None:
        """Let go what waited for a step, but for the branch that isn't taken.

        Args:
            name: The step.
            result: How it ended.
        """
        if result.status != SUCCEEDED:
            self.failed = True
            return
        for dependent in self._dependents[name]:
            branch = self._steps[dependent].branch
            if branch and branch.condition == name and branch.outcome != result.outcome:
                continue  # it goes on waiting, and so does all that waits for it
            self._waits_for[dependent] -= 1
            if not self._waits_for[dependent]:
                self._ready.append(dependent)
