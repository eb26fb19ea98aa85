"""The rounds of a ForEach step under way."""

from bisect import insort
from collections.abc import Sequence

from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepResult


class Rounds:
    """What a loop made: at most ``MaxConcurrency`` steps, of at most so many rounds, run at once.

    Args:
        loop: The ForEach step.
        rounds: The steps of each round.

    Attributes:
        loop: The ForEach step.
        rounds: The steps of each round.
        results: How the steps ended that were started, by name.
        cut_short: Whether some were not, as nothing may start any more.
    """

    def __init__(self, loop: Step, rounds: Sequence[Sequence[Step]]) -> None:
        self.loop = loop
        self.rounds = rounds
        self.results: dict[str, StepResult] = {}
        self.cut_short = False
        self._most: int = loop.arguments["MaxConcurrency"]
        self._places = {
            step.name: (index, place)
            for index, steps in enumerate(rounds)
            for place, step in enumerate(steps)
        }
        self._left = [len(steps) for steps in rounds]
        self._ready: list[tuple[int, int]] = []
        self._begun: set[int] = set()
        self._taken: set[tuple[int, int]] = set()
        self._running = 0

    @property
    def over(self) -> bool:
        """Whether all its steps have ended, or never will start."""
        return not any(self._left)

    def add(self, step: Step) -> None:
        """Note that a step may start.

        Args:
            step: One of a round's.
        """
        insort(self._ready, self._places[step.name])

    def take(self) -> Step | None:
        """Take the next step to start.

        Returns:
            The step; ``None`` where none is ready, or as many run as may.
        """
        if self._running == self._most:
            return None
        for index, place in self._ready:
            if index in self._begun or len(self._begun) < self._most:
                self._ready.remove((index, place))
                self._begun.add(index)
                self._taken.add((index, place))
                self._running += 1
                return self.rounds[index][place]
        return None

    def ended(self, step: Step, result: StepResult | None, cut_short: bool) -> None:
        """Note that a step is over.

        Args:
            step: One of a round's.
            result: How it ended; ``None`` where it never started.
            cut_short: Whether that is because nothing may start any more.
        """
        index, place = self._places[step.name]
        if result is not None:
            self.results[step.name] = result
        if (index, place) in self._taken:
            self._running -= 1
        elif (index, place) in self._ready:
            self._ready.remove((index, place))
        self.cut_short |= cut_short
        self._left[index] -= 1
        if not self._left[index]:
            self._begun.discard(index)
