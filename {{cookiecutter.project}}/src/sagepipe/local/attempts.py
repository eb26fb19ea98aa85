"""Running one step to its end: from the cache, or by as many attempts as its policies allow.

A retry policy speaks of the service's own faults. Here that is an InternalServerError: what this
runner could not do for the step, such as writing to a full disk. A job's own failure, a missing
input and a faulty request are never tried again, as on SageMaker. Nor is a step without a job, for
which the others would have to wait.
"""

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace

from sagepipe.local import cache, folders, note, policies
from sagepipe.local.cache import Cache
from sagepipe.local.control import Control
from sagepipe.local.errors import StepError
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.records import Execution, StepExecution
from sagepipe.local.registry import ModelRegistry
from sagepipe.local.requests import Requests
from sagepipe.local.settings import LocalSettings
from sagepipe.local.step import Step
from sagepipe.local.steps.kind import StepResult, StepRun
from sagepipe.local.steps.table import KINDS
from sagepipe.local.storage import Storage


class Attempts:
    """Runs steps of one execution, each in the thread that calls it.

    Args:
        execution: The execution.
        settings: The run's settings.
        requests: Makes the steps' requests.
        storage: The run's objects.
        registry: The model packages.
        found: What earlier runs left.
    """

    def __init__(
        self,
        execution: Execution,
        settings: LocalSettings,
        requests: Requests,
        storage: Storage,
        registry: ModelRegistry,
        found: Cache,
    ) -> None:
        self._execution = execution
        self._settings = settings
        self._requests = requests
        self._storage = storage
        self._registry = registry
        self._cache = found

    def run(
        self, step: Step, record: StepExecution, control: Control, executing: Callable[[], None]
    ) -> StepResult:
        """Run a step to its end, whatever happens.

        Args:
            step: The step.
            record: Its record, as it starts.
            control: Starts its processes, and stops them.
            executing: Called once its job runs.

        Returns:
            How it ended.
        """
        pauses = policies.pauses(step.retries)
        attempts = record.attempts
        while True:
            result = self._attempt(step, record, control, executing)
            retried = result.internal and record.log is not None
            pause = next(pauses, None) if retried and not control.stopped else None
            if pause is None or not control.pause(pause):
                return replace(result, attempts=attempts)
            attempts += 1

    def _attempt(
        self, step: Step, record: StepExecution, control: Control, executing: Callable[[], None]
    ) -> StepResult:
        try:
            result = self._run(step, record, control, executing)
        except StepError as error:
            result = StepResult(STOPPED if control.stopped else FAILED, failure_reason=str(error))
        except PermissionError as error:
            refused = StepError(f"this user may not use {error.filename}: {error.strerror}")
            result = StepResult(FAILED, failure_reason=str(refused))
        except Exception as error:
            fault = f"InternalServerError: {type(error).__name__}: {error}"
            result = StepResult(FAILED, failure_reason=fault, internal=True)
            if not isinstance(error, OSError):
                traceback.print_exc(file=sys.stderr)
        reason = result.failure_reason
        if record.log and reason:
            note.failed(record.log, reason)
            result = replace(result, properties={**result.properties, "FailureReason": reason})
        return result

    def _run(
        self, step: Step, record: StepExecution, control: Control, executing: Callable[[], None]
    ) -> StepResult:
        if record.log:
            folders.fresh(record.folder)
            record.log.touch()
        request = self._requests.request(step, record.job_name)
        debugged = step.name == self._settings.debug
        if hit := None if debugged else self._cache.find(step, request):
            if record.log:
                note.add(record.log, f"cache hit: the outputs are of execution {hit.cached_from}")
            return hit
        result = KINDS[step.type].run(
            StepRun(
                step=step,
                request=request,
                execution=self._execution,
                folder=record.folder,
                job_name=record.job_name,
                log=record.log,
                settings=self._settings,
                storage=self._storage,
                registry=self._registry,
                control=control,
                executing=executing,
                given=self._requests.given(step),
                properties=self._requests.properties,
            )
        )
        if result.status != SUCCEEDED:
            return result
        return replace(
            result,
            metrics={**result.metrics, **self._requests.measured(step, request)},
            cache_key=cache.key(step, request),
            stored=self._cache.stored(step, result.properties),
        )
