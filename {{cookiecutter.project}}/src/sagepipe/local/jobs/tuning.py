"""Tuning jobs: training jobs with other hyperparameters each, until the best is known.

Source: CreateHyperParameterTuningJob; SageMaker Developer Guide, "Best practices for hyperparameter
tuning". A training job of its own fails alone; its values count as tried.

Where SageMaker doesn't say what it does: the job fails when the first ``_HOPELESS`` training jobs
gave no objective, or none did; no training job is ended early; one that is given less than its own
MaxRuntimeInSeconds by the tuning job's is started all the same.
"""

import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sagepipe.contract import limits
from sagepipe.local import identity, state
from sagepipe.local.errors import StepError
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.history import LOG
from sagepipe.local.jobs import search, training
from sagepipe.local.launch.launch import Command
from sagepipe.local.settings import arn
from sagepipe.local.steps.kind import StepResult, StepRun

_HOPELESS = 5
_SHORT = 8  # characters of the step in the job's name
_STATUS = {SUCCEEDED: "Completed", FAILED: "Failed", STOPPED: "Stopped"}
_CONFIG, _DEFINITION = "HyperParameterTuningJobConfig", "TrainingJobDefinition"


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Find what can't be done.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    config, definition = request[_CONFIG], request[_DEFINITION]
    yield from search.faults(config)
    for fault in training.faults(_training(request, {})):
        yield f"{_DEFINITION}: {fault}"
    objective = config["HyperParameterTuningJobObjective"]["MetricName"]
    defined = definition["AlgorithmSpecification"].get("MetricDefinitions") or ()
    known = [item["Name"] for item in defined]
    if PENDING not in (objective, *known) and objective not in known:
        yield f"no metric {objective!r} is defined (there is: {', '.join(known) or 'none'})"
    most = config["ResourceLimits"]
    for key in ("MaxNumberOfTrainingJobs", "MaxParallelTrainingJobs"):
        count = most.get(key)
        if count is not None and count is not PENDING and not _is_count(count):
            yield f"ResourceLimits.{key} has to be a whole number from 1, not {count!r}"
    if most.get("MaxNumberOfTrainingJobs") is None and config["Strategy"] != "Grid":
        yield "ResourceLimits.MaxNumberOfTrainingJobs is missing"


def commands(request: Mapping[str, Any]) -> Iterator[Command]:
    """List what the training jobs run.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        The one command.
    """
    yield from training.commands(request[_DEFINITION])


def run(step: StepRun) -> StepResult:
    """Run a tuning job.

    Args:
        step: The step.

    Returns:
        How it ended, with DescribeHyperParameterTuningJob's properties.
    """
    created = state.now()
    # At most 32 characters (HyperParameterTuningJobName), 14 less than other jobs' names take.
    short = step.step.name.replace("_", "-")[:_SHORT].strip("-") or "step"
    name = f"{step.execution.id}-{short}-{identity.random(10, identity.MIXED)}"
    tuning = _Tuning(step, name)
    tuning.go()
    best = tuning.best
    status, reason = tuning.ending()
    properties = {
        **step.request,
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobArn": arn(f"hyper-parameter-tuning-job/{name}"),
        "HyperParameterTuningJobStatus": _STATUS[status],
        "CreationTime": created.isoformat(),
        "HyperParameterTuningEndTime": state.now().isoformat(),
        "TrainingJobStatusCounters": tuning.counters(),
        "ObjectiveStatusCounters": {
            "Succeeded": sum(trial.value is not None for trial in tuning.ended),
            "Pending": 0,
            "Failed": sum(trial.value is None for trial in tuning.ended),
        },
    }
    if best is None:
        return StepResult(status, properties, reason)
    properties["BestTrainingJob"] = tuning.described(best)
    # What the SDK's get_top_model_s3_uri refers to: the best first.
    properties["TrainingJobSummaries"] = [tuning.described(trial) for trial in tuning.ranked()]
    assert best.value is not None
    return StepResult(status, properties, reason, metrics={tuning.objective: best.value})


@dataclass(frozen=True)
class _Trial:
    """A training job of a tuning job.

    Attributes:
        name: Its name.
        asked: What the search has to be told of it with.
        values: Its tuned hyperparameters.
        started: When.
        result: How it ended, if it has.
        value: Its objective, if it has one.
    """

    name: str
    asked: Any
    values: Mapping[str, str]
    started: datetime
    result: StepResult | None = None
    value: float | None = None


class _Tuning:
    """One tuning job under way."""

    def __init__(self, step: StepRun, name: str) -> None:
        config = step.request[_CONFIG]
        self._step = step
        self._name = name
        self._search = search.Search(config)
        self._limits = config["ResourceLimits"]
        self._criteria = config.get("TuningJobCompletionCriteria") or {}
        self._maximize = config["HyperParameterTuningJobObjective"]["Type"] == "Maximize"
        self.objective: str = config["HyperParameterTuningJobObjective"]["MetricName"]
        self.ended: list[_Trial] = []
        self.best: _Trial | None = None

    def go(self) -> None:
        """Run training jobs until there are enough."""
        most = min(
            int(self._limits.get("MaxNumberOfTrainingJobs") or limits.TUNING_JOBS),
            self._search.combinations or limits.TUNING_JOBS,
        )
        parallel = min(int(self._limits["MaxParallelTrainingJobs"]), self._step.settings.parallel)
        longest = limits.TUNING_MAX_RUNTIME_SECONDS
        seconds = float(self._limits.get("MaxRuntimeInSeconds") or longest)
        end = time.monotonic() + seconds
        started = 0
        running: set[Future[_Trial]] = set()
        with ThreadPoolExecutor(parallel) as pool:
            while True:
                while len(running) < parallel and started < most and self._goes_on(end):
                    started += 1
                    running.add(pool.submit(self._train, self._next(started)))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._note(future.result())

    def ending(self) -> tuple[str, str | None]:
        """Say how the tuning job ended."""
        if self._step.control.stopped:
            return STOPPED, None
        if self.best:
            return SUCCEEDED, None
        first = next((trial.result for trial in self.ended if trial.result), None)
        reason = first.failure_reason if first else None
        missing = f"no training job reported metric {self.objective!r}"
        return FAILED, (
            f"ClientError: {missing} in {len(self.ended)} attempts"
            f"{f'; the first said: {reason}' if reason else ''}"
        )

    def counters(self) -> dict[str, int]:
        """Count the training jobs by how they ended."""
        ends = [trial.result.status for trial in self.ended if trial.result]
        return {
            "Completed": ends.count(SUCCEEDED),
            "InProgress": 0,
            "RetryableError": 0,
            "NonRetryableError": ends.count(FAILED),
            "Stopped": ends.count(STOPPED),
        }

    def ranked(self) -> list[_Trial]:
        """List the training jobs that reported the objective, the best first."""
        rated = [trial for trial in self.ended if trial.value is not None]
        return sorted(rated, key=lambda trial: trial.value or 0, reverse=self._maximize)

    def described(self, trial: _Trial) -> dict[str, Any]:
        """Describe a training job as HyperParameterTrainingJobSummary does."""
        assert trial.result
        kept = ("CreationTime", "TrainingStartTime", "TrainingEndTime", "TrainingJobStatus")
        return {
            "TrainingJobName": trial.name,
            "TrainingJobArn": arn(f"{training.KIND}/{trial.name}"),
            **{key: trial.result.properties[key] for key in kept},
            "TunedHyperParameters": dict(trial.values),
            "FinalHyperParameterTuningJobObjectiveMetric": {
                "Type": "Maximize" if self._maximize else "Minimize",
                "MetricName": self.objective,
                "Value": trial.value,
            },
            "ObjectiveStatus": "Succeeded",
        }

    def _goes_on(self, end: float) -> bool:
        if self._step.control.stopped or time.monotonic() > end:
            return False
        if self.best is None:
            return len(self.ended) < _HOPELESS
        target = self._criteria.get("TargetObjectiveMetricValue")
        if target is not None and not self._better(float(target), self.best.value):
            return False
        patience = (self._criteria.get("BestObjectiveNotImproving") or {}).get(
            "MaxNumberOfTrainingJobsNotImproving"
        )
        return patience is None or len(self.ended) - self.ended.index(self.best) <= int(patience)

    def _next(self, number: int) -> _Trial:
        asked, values = self._search.ask()
        name = f"{self._name}-{number:03d}-{identity.random(8, identity.HEXADECIMAL)}"
        return _Trial(name, asked, values, state.now())

    def _train(self, trial: _Trial) -> _Trial:
        step = self._step
        folder = step.folder / trial.name.removeprefix(f"{self._name}-")
        folder.mkdir()
        values = {**trial.values, "_tuning_objective_metric": self.objective}
        run = replace(
            step,
            request=_training(step.request, values),
            folder=folder,
            job_name=trial.name,
            log=folder / LOG,
        )
        (folder / LOG).touch()
        try:
            result = training.run(run)
        except StepError as error:
            result = StepResult(STOPPED if step.control.stopped else FAILED, {}, str(error))
        value = result.metrics.get(self.objective) if result.status == SUCCEEDED else None
        if value is not None and math.isnan(value):
            value = None  # neither more nor less than any other
        return replace(trial, result=result, value=value)

    def _note(self, trial: _Trial) -> None:
        """Learn from a training job; say a line of it in the step's log."""
        assert trial.result and self._step.log
        self.ended.append(trial)
        self._search.tell(trial.asked, trial.value)
        if trial.value is not None and (
            self.best is None or self._better(trial.value, self.best.value)
        ):
            self.best = trial
        values = "  ".join(f"{name}={value}" for name, value in trial.values.items())
        came = trial.result.failure_reason or f"{self.objective}={trial.value}"
        best = "  (best so far)" if trial is self.best else ""
        with open(self._step.log, "a", encoding="utf-8") as log:
            log.write(f"[sagepipe] {trial.name}  {values}  {trial.result.status}  {came}{best}\n")

    def _better(self, value: float, than: float | None) -> bool:
        assert than is not None
        return value > than if self._maximize else value < than


def _training(request: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Make the request of one training job."""
    made = dict(request[_DEFINITION])
    static = made.pop("StaticHyperParameters", None) or {}
    made.pop("DefinitionName", None)
    return {**made, "HyperParameters": {**static, **values}}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
