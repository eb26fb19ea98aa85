"""Running one component from a job's start to its end."""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from sagepipe import tracking
from sagepipe.contract import debugging
from sagepipe.dsl.artifacts import Artifact
from sagepipe.runtime import binding, failure, identity, outputs
from sagepipe.runtime.component import resolve
from sagepipe.runtime.config import Job
from sagepipe.runtime.errors import Stopped
from sagepipe.runtime.stopping import stoppable


def run(read_job: Callable[[], Job], failure_file: str) -> int:
    """Run a job's component.

    Args:
        read_job: Reads the job from SageMaker's config files.
        failure_file: Where SageMaker reads the reason of a failure.

    Returns:
        The exit status: 0, 1 for a failure, n for the component's ``sys.exit(n)``, 128 + n where
        signal n asked the job to stop.
    """
    _live_output()
    report = _Reporter(failure_file)
    try:
        with stoppable():
            job = read_job()
            with _recording(job) as run, report:
                _run(job, report, recorded=run is not None)
    except BaseException as error:
        report.once(error)
        return _status(error)
    return 0


def _recording(job: Job) -> AbstractContextManager[object]:
    """Open the job's run in MLflow, if it has one."""
    if not identity.is_recorded(job):
        return nullcontext()
    return tracking.step_run(identity.of(job), describe=failure.reason)


def _status(error: BaseException) -> int:
    """Return the exit status that tells of a failure."""
    if isinstance(error, Stopped):
        return 128 + error.number
    asked = error.code if isinstance(error, SystemExit) else None
    return asked if isinstance(asked, int) and 0 < asked < 256 else 1


class _Reporter:
    """Reports a failure once, as close to it as can be.

    SageMaker's file is written before MLflow is told: a tracking server may take its time, and a
    job that is being stopped may not have that time.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._done = False

    def once(self, error: BaseException) -> None:
        if not self._done:
            self._done = True
            failure.write(failure.reason(error), self._file)
            failure.show(error)

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self.once(error)


def _run(job: Job, report: _Reporter, *, recorded: bool) -> None:
    started = time.monotonic()
    component = resolve(job.component)
    spec = component.spec
    values = binding.parameters(spec, job)
    read = binding.inputs(spec, job)
    written = binding.outputs(spec, job)
    print(f"sagepipe: {job.step} starts ({job.name or 'no job name'})")
    for name, value in values.items():
        print(f"sagepipe:   {name} = {value!r}")
    if recorded:
        tracking.log_step(values, job.component, Path(spec.source.file), _data(read))
    try:
        with report:
            hosts = {spec.hosts: job.hosts} if spec.hosts else {}
            given = {**read, **written, **values, **hosts}
            returned = _call(component.python_func, given)
            outputs.save(written.values())
            outputs.save_returned(spec, returned, job)
        outputs.show_metrics(spec, written.values())
        if recorded:
            outputs.record_metrics(written.values())
    finally:
        if recorded:
            outputs.record_pages(written.values())
    print(f"sagepipe: {job.step} ended after {time.monotonic() - started:.1f} s")


def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call the component; ``sys.exit()`` without a status is an ordinary return."""
    try:
        if debugging.is_on():
            from sagepipe.runtime import debug

            return debug.call(function, arguments)
        return function(**arguments)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
        return None


def _data(artifacts: Mapping[str, Artifact | list[Artifact] | None]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, given in artifacts.items():
        for index, artifact in enumerate(given if isinstance(given, list) else [given]):
            if artifact is not None:
                key = f"{name}.{index}" if isinstance(given, list) else name
                found[key] = Path(artifact.directory)
    return found


def _live_output() -> None:
    """Write the log line by line, also where it goes to a pipe or file."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)
