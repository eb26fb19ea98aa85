"""Which step is next: what is ready starts, what failed stops the rest from starting.

Source: SageMaker SDK 3.27, step_dependency: an execution in which a step ran on a failed one ends
as CompletedWithFailures rather than Failed. Where SageMaker doesn't say what it does, this runner
does the following.

* After a failure nothing new starts, but for steps with a run condition (``Trigger`` Failed,
  Stopped or Any) and those behind them.
* A step that never starts any more is over as well: it lets steps run that wait for ``Any``.
* A Fail step makes the execution Failed, whatever else ran.
* When the execution is stopped nothing new starts, whatever it waits for.
* ``MaxConcurrency`` counts a loop's steps, as the SDK has it, and its rounds too: a round that has
  begun goes on before another begins.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from sagepipe.contract.language import ANY, COMPLETED
from sagepipe.local import graph
from sagepipe.local.events import COMPLETED_WITH_FAILURES, FAILED, STOPPED, SUCCEEDED
from sagepipe.local.rounds import Rounds
from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepResult

_NEVER = "Never"  # how a step ended that will not start


class Schedule:
    """The steps of one execution, and what became of them so far.

    Args:
        steps: By name, in the order of the definition.
        needs: For each step, what it waits for, and how that has to end.
    """

    def __init__(self, steps: Mapping[str, Step], needs: Mapping[str, Mapping[str, str]]) -> None:
        self._steps: dict[str, Step] = {}
        self._needs: dict[str, Mapping[str, str]] = {}
        self._dependents: dict[str, list[str]] = {}
        self._open: dict[str, int] = {}  # how much each waiting step still waits for
        self._started: set[str] = set()
        self._ends: dict[str, str] = {}
        self._results: dict[str, StepResult] = {}
        self._ready: deque[Step] = deque()
        self._loops: dict[str, Rounds] = {}
        self._in_spite: set[str] = set()  # what may start after a failure
        self._halted = self._stopped = False
        self._failed = self._failed_for_good = self._ran_on_failure = False
        self._add(steps.values(), needs, in_spite=False)

    @property
    def status(self) -> str:
        """How the execution ends if nothing else happens."""
        if not self._failed:
            return SUCCEEDED
        handled = self._ran_on_failure and not self._failed_for_good
        return COMPLETED_WITH_FAILURES if handled else FAILED

    def take(self) -> Step | None:
        """Take the next step to start.

        Returns:
            The step; ``None`` where nothing is ready, or nothing new may start.
        """
        step = self._next()
        if step is not None:
            self._started.add(step.name)
            self._ran_on_failure |= any(
                end != COMPLETED and self._ends[other] in (FAILED, STOPPED)
                for other, end in self._needs[step.name].items()
            )
        return step

    def ended(self, name: str, result: StepResult) -> None:
        """Let go what waited for a step.

        Args:
            name: The step.
            result: How it ended.
        """
        self._results[name] = result
        if result.status != SUCCEEDED:
            self._failed = True
            self._failed_for_good |= self._steps[name].type == "Fail"
            self._halt()
        self._settle(name, result.status)

    def leave_out(self, names: Iterable[str]) -> None:
        """Let steps never start.

        Args:
            names: The steps.
        """
        for name in names:
            self._settle(name, _NEVER)

    def expand(self, name: str, rounds: Sequence[Sequence[Step]]) -> None:
        """Let the rounds of a loop begin, which goes on until they have ended.

        Args:
            name: The ForEach step, which has been taken.
            rounds: The steps of each round.
        """
        self._loops[name] = Rounds(self._steps[name], rounds)
        for steps in rounds:
            self._add(steps, graph.among(steps), in_spite=name in self._in_spite)
        if self._halted:
            self._halt()

    def loop_over(self) -> Rounds | None:
        """Take a loop all of whose steps are over.

        Returns:
            The loop; ``None`` where none is.
        """
        for name, loop in self._loops.items():
            if loop.over:
                return self._loops.pop(name)
        return None

    def stop(self) -> None:
        """Let nothing start any more."""
        self._stopped = True
        self._halt()

    def _add(
        self, steps: Iterable[Step], needs: Mapping[str, Mapping[str, str]], in_spite: bool
    ) -> None:
        added = {step.name: step for step in steps}
        self._steps |= added
        self._needs |= needs
        self._dependents |= graph.reverse(needs)
        self._open |= {name: len(needs[name]) for name in added}
        self._in_spite |= set(added) if in_spite else _in_spite(needs, self._dependents)
        for name in added:
            if not self._open[name]:
                self._let(name)

    def _next(self) -> Step | None:
        while self._ready:
            step = self._ready.popleft()
            if step.name not in self._ends:
                return step
        taken = (loop.take() for loop in self._loops.values())
        return next((step for step in taken if step is not None), None)

    def _let(self, name: str) -> None:
        step = self._steps[name]
        if step.iteration:
            self._loops[step.iteration.loop].add(step)
        else:
            self._ready.append(step)

    def _halt(self) -> None:
        self._halted = True
        for name in list(self._steps):
            waits = name not in self._started and name not in self._ends
            if waits and not self._may_start(name):
                self._settle(name, _NEVER)

    def _may_start(self, name: str) -> bool:
        return not self._stopped and (not self._halted or name in self._in_spite)

    def _settle(self, name: str, end: str) -> None:
        """Note how a step ended, and how that ends others. Without recursion: chains are long."""
        news = deque([(name, end)])
        while news:
            name, end = news.popleft()
            if name in self._ends:
                continue
            self._ends[name] = end
            self._tell_loop(name, end)
            for other in self._dependents[name]:
                if other in self._ends:
                    continue
                if not self._lets(name, end, self._steps[other]):
                    news.append((other, _NEVER))
                    continue
                self._open[other] -= 1
                if self._open[other]:
                    continue
                if self._may_start(other):
                    self._let(other)
                else:
                    news.append((other, _NEVER))

    def _lets(self, name: str, end: str, other: Step) -> bool:
        """Say whether a step's end is one that lets another step run."""
        branch = other.branch
        if branch and branch.condition == name and end == SUCCEEDED:
            return branch.outcome == self._results[name].outcome
        wanted = self._needs[other.name][name]
        return wanted == ANY or end == (SUCCEEDED if wanted == COMPLETED else wanted)

    def _tell_loop(self, name: str, end: str) -> None:
        iteration = self._steps[name].iteration
        if iteration:
            cut_short = end == _NEVER and not self._may_start(name)
            self._loops[iteration.loop].ended(self._steps[name], self._results.get(name), cut_short)


def _in_spite(
    needs: Mapping[str, Mapping[str, str]], dependents: Mapping[str, Sequence[str]]
) -> set[str]:
    """List the steps that have a run condition, and all behind them."""
    found = {
        name for name, needed in needs.items() if any(end != COMPLETED for end in needed.values())
    }
    return found | graph.reachable(found, dependents)
