"""``sagepipe logs``: what jobs print, afterwards or while they run."""

import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from sagepipe.cli import settings
from sagepipe.cli.definitions import of_run
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import Execution, History, StepExecution

_POLL_SECONDS = 0.25


class UnknownStepError(SagepipeError):
    """A step that the run doesn't have."""


def logs(reference: str, step: str, follow: bool) -> None:
    """Print the logs of a run.

    Args:
        reference: The run.
        step: The step's name; all that have a job if empty.
        follow: Whether to go on until the run, or the step, has ended.

    Raises:
        SagepipeError: There is no such run or step, or the step has no job.
    """
    history = History(settings.load().state)
    run = history.get(reference)
    printer = _Printer(titled=not step)
    if follow:
        _check_name(run, step)
        with suppress(KeyboardInterrupt):
            while not _ended(run, step):
                printer.print(_with_log(run, step))
                time.sleep(_POLL_SECONDS)
                run = history.get(run.id)
    if step:
        history.log_path(run.id, step)  # there has to be one
    printer.print(_with_log(run, step))


class _Printer:
    """Prints what has not been printed yet.

    Args:
        titled: Whether to say whose log it is.
    """

    def __init__(self, titled: bool) -> None:
        self._titled = titled
        self._last: Path | None = None
        self._whole_line = True
        self._printed: dict[Path, int] = {}

    def print(self, steps: list[StepExecution]) -> None:
        """Print what their logs say beyond what was printed already."""
        for step in steps:
            if step.log and step.log.is_file():
                self._log(step.name, step.log)

    def _log(self, name: str, file: Path) -> None:
        with open(file, "rb") as log:
            size = log.seek(0, 2)
            if size == self._printed.get(file):
                return
            begin = self._printed.get(file, 0)
            log.seek(begin if begin <= size else 0)  # a shorter one was begun anew
            self._title(name, file)
            sys.stdout.flush()
            shutil.copyfileobj(log, sys.stdout.buffer)
            self._printed[file] = log.tell()
            if log.tell():
                log.seek(-1, 1)
                self._whole_line = log.read(1) == b"\n"
        sys.stdout.flush()

    def _title(self, name: str, file: Path) -> None:
        if self._last == file:
            return
        if not self._whole_line:
            print()
            self._whole_line = True
        if self._titled:
            print(f"── {name} " + "─" * max(0, 70 - len(name)))
        self._last = file


def _with_log(run: Execution, step: str) -> list[StepExecution]:
    return [item for item in run.steps if item.log and step in ("", item.name)]


def _ended(run: Execution, step: str) -> bool:
    return run.finished or any(item.name == step and item.ended for item in run.steps)


def _check_name(run: Execution, step: str) -> None:
    """Refuse a step that would never come.

    Raises:
        UnknownStepError: The run's definition has no such step.
    """
    if not step or any(item.name == step for item in run.steps):
        return
    from sagepipe.compiler import reading

    names = [item.name for item in reading.steps(of_run(run.folder) or {})]
    # The body of a loop runs under names that begin with those of its steps.
    if names and not any(step.startswith(name) for name in names):
        raise UnknownStepError(
            f"run {run.id} has no step {step!r}; its definition has: {', '.join(names)}"
        )
