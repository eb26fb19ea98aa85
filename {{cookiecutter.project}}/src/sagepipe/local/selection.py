"""Selective execution: some steps run, what they need of others is taken from an earlier execution.

Source: the API reference, SelectiveExecutionConfig, and the Developer Guide, "Selective execution
of pipeline steps". What comes after the selected steps and isn't selected itself does not run.

Where SageMaker doesn't say what it does, this runner does the following. The earlier execution may
have ended in any way, as long as the needed steps succeeded in it. A branch's step is selected by
its own name. What is decided in a condition that isn't selected is as it was decided there, and a
step on its other side is refused.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sagepipe.contract import limits
from sagepipe.local.errors import LocalError
from sagepipe.local.events import SUCCEEDED
from sagepipe.local.graph import reachable, reverse
from sagepipe.local.plan import Plan
from sagepipe.local.records import Execution, StepExecution
from sagepipe.local.settings import arn


@dataclass(frozen=True)
class Selection:
    """What is to run of a pipeline.

    Attributes:
        source: The execution whose results stand for the steps that don't run.
        start: The step from which on everything runs; empty where ``only`` says what runs.
        only: The steps that run.
    """

    source: Execution
    start: str = ""
    only: Sequence[str] = ()


@dataclass(frozen=True)
class Selected:
    """What runs, and what need not.

    Attributes:
        steps: What runs.
        reused: The records of the steps that they need, by name.
        source: The execution that those are of.
    """

    steps: frozenset[str]
    reused: Mapping[str, StepExecution]
    source: Execution

    @property
    def config(self) -> dict[str, Any]:
        """What StartPipelineExecution would be given as SelectiveExecutionConfig."""
        source = f"pipeline/{self.source.pipeline}/execution/{self.source.id}"
        return {
            "SourcePipelineExecutionArn": arn(source),
            "SelectedSteps": [{"StepName": name} for name in sorted(self.steps)],
        }

    def records(self, execution: Execution) -> list[StepExecution]:
        """Make the records of the steps that don't run in a new execution.

        Args:
            execution: The new one.

        Returns:
            Their records; they took no time, and had no job of their own.
        """
        return [
            replace(
                record,
                started=execution.started,
                ended=execution.started,
                folder=execution.folder / name,
                job_name=None,
                log=None,
                attempts=1,
                cached_from=None,
                selected_from=self.source.id,
            )
            for name, record in self.reused.items()
        ]


def choose(planned: Plan, selection: Selection) -> Selected:
    """Work out what runs.

    Args:
        planned: The whole pipeline.
        selection: What is wanted of it.

    Returns:
        The steps that run, and the results that they need.

    Raises:
        LocalError: There is no such step, a step between two others was left out, or the earlier
            execution has not got what is needed.
    """
    needs = planned.graph.needs
    dependents = reverse(needs)
    wanted = [selection.start] if selection.start else list(dict.fromkeys(selection.only))
    for name in wanted:
        _known(name, needs)
    steps = set(wanted)
    if selection.start:
        steps |= reachable(wanted, dependents)
    if len(steps) > limits.SELECTED_STEPS:
        raise LocalError(
            f"{len(steps)} steps are selected; SageMaker allows {limits.SELECTED_STEPS}"
        )
    behind, before = reachable(steps, dependents), reachable(steps, needs)
    if gaps := (behind & before) - steps:
        raise LocalError(
            f"steps between selected ones have to be selected too: {', '.join(sorted(gaps))}"
        )
    reused = _reused(planned, steps, before - steps, selection.source)
    return Selected(frozenset(steps), reused, selection.source)


def _known(name: str, names: Iterable[str]) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(names)}"
        raise LocalError(f"there is no step {name!r} ({hint})")


def _reused(
    planned: Plan, steps: set[str], before: set[str], source: Execution
) -> dict[str, StepExecution]:
    had = {step.name: step for step in source.steps if step.status == SUCCEEDED}
    for name in sorted(steps):
        for other in sorted(set(planned.graph.needs[name]) - steps):
            if other not in had:
                raise LocalError(
                    f"step {name!r} needs {other!r}, which did not succeed in execution "
                    f"{source.id}: select it too, or name another execution"
                )
        branch = planned.definition.steps[name].branch
        if branch and branch.condition not in steps:
            outcome = had[branch.condition].outcome
            if outcome != branch.outcome:
                raise LocalError(
                    f"step {name!r} stands on the side of condition {branch.condition!r} that was "
                    f"not taken in execution {source.id} ({outcome}): select the condition too"
                )
    return {name: had[name] for name in planned.definition.steps if name in before and name in had}
