"""Starting an execution, the whole of a pipeline or some of its steps, and going on with one."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from sagepipe.local import identity, lock, plan, recovery, selection, state
from sagepipe.local.errors import LocalError
from sagepipe.local.events import EXECUTING, FAILED, FINISHED, SUCCEEDED, OnEvent
from sagepipe.local.history import History
from sagepipe.local.jobs import spot
from sagepipe.local.launch.choose import ChosenLauncher
from sagepipe.local.ledger import Ledger
from sagepipe.local.records import Execution
from sagepipe.local.runner import Run
from sagepipe.local.selection import Selection
from sagepipe.local.settings import LocalSettings

DEFINITION = "definition.json"


def run(
    definition: Mapping[str, Any],
    parameters: Mapping[str, Any],
    settings: LocalSettings,
    on_event: OnEvent | None = None,
    *,
    pipeline: str = "pipeline",
    select: Selection | None = None,
    cache: bool = True,
) -> Execution:
    """Run a compiled pipeline definition on this machine.

    Args:
        definition: The definition's JSON as a dict, whoever compiled it.
        parameters: Values of pipeline parameters by name, as text.
        settings: This machine and this project.
        on_event: Called at each change of state, in this thread.
        pipeline: The pipeline's name, which a definition doesn't hold.
        select: Which of the steps run; all where not given.
        cache: Whether steps that allow it may take the outputs of an earlier run.

    Returns:
        The execution at its end: Succeeded, Failed, Stopped or CompletedWithFailures.

    Raises:
        LocalError: This machine lacks what the runner needs, or the selected steps need what is
            not there; nothing was started or written.
        DefinitionError: The definition can't run here; the same.
        ParameterError: The parameters are not what it declares; the same.
    """
    launcher = ChosenLauncher(settings)
    planned = plan.make(definition, parameters, launcher)
    spot.check(planned.definition.steps, settings.interrupt)
    selected = selection.choose(planned, select) if select else None
    name = identity.random(12)
    execution = Execution(
        id=name,
        pipeline=pipeline,
        status=EXECUTING,
        parameters=planned.parameters,
        started=state.now(),
        folder=settings.runs / name,
        runner=launcher.name,
        selection=selected.config if selected else {},
    )
    try:
        execution.folder.mkdir(parents=True)
        content = json.dumps(definition, indent=2)
        (execution.folder / DEFINITION).write_text(content, encoding="utf-8")
    except OSError as error:
        raise _unwritable(settings, error) from error
    with closing(launcher), _under_way(execution, settings) as database:
        ledger = Ledger(database, execution, on_event)
        ledger.begin(selected.records(execution) if selected else ())
        steps = selected.steps if selected else None
        return Run(planned, settings, launcher, database, ledger, steps, cache).go()


def resume(
    reference: str,
    settings: LocalSettings,
    on_event: OnEvent | None = None,
    *,
    cache: bool = True,
) -> Execution:
    """Go on with an execution that failed, was stopped or was killed. (RetryPipelineExecution)

    It keeps its id, its definition and its parameters. Steps that succeeded keep their results; a
    step that did not is run again from its beginning.

    Args:
        reference: The execution's id, the beginning of its id, or ``last``.
        settings: This machine and this project.
        on_event: Called at each change of state, in this thread.
        cache: As for ``run``.

    Returns:
        The execution at its end, as for ``run``.

    Raises:
        LocalError: It can't be gone on with: it runs, it succeeded, or a Fail step ended it.
        UnknownExecutionError: None or several are meant.
    """
    history = History(settings.root, settings.project)
    execution = history.get(reference)
    _refuse(execution)
    launcher = ChosenLauncher(settings)
    try:
        definition = json.loads((execution.folder / DEFINITION).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LocalError(f"the definition of execution {execution.id} is gone: {error}") from None
    planned = plan.make(definition, execution.parameters, launcher)
    spot.check(planned.definition.steps, settings.interrupt)
    with closing(launcher), _under_way(execution, settings) as database:
        recovery.mark(database, execution.folder)
        execution = history.get(execution.id)
        _refuse(execution)  # someone else may have gone on with it while this waited for the lock
        ledger = Ledger(database, execution, on_event)
        ledger.reopen(launcher.name, planned.graph.needs)
        only = execution.selection.get("SelectedSteps")
        steps = [item["StepName"] for item in only] if only else None
        return Run(planned, settings, launcher, database, ledger, steps, cache).go()


@contextmanager
def _under_way(execution: Execution, settings: LocalSettings) -> Iterator[sqlite3.Connection]:
    try:
        with lock.held(execution.folder), closing(state.connect(settings.database)) as database:
            yield database
    except sqlite3.OperationalError as error:
        raise _unwritable(settings, error) from error


def _unwritable(settings: LocalSettings, error: Exception) -> LocalError:
    return LocalError(f"the run's state can't be written to {settings.root}: {error}")


def _refuse(execution: Execution) -> None:
    if execution.status not in FINISHED:
        raise LocalError(f"execution {execution.id} is still under way")
    if execution.status == SUCCEEDED:
        raise LocalError(f"execution {execution.id} has succeeded: there is nothing to go on with")
    ended = [step.name for step in execution.steps if (step.type, step.status) == ("Fail", FAILED)]
    if ended:
        raise LocalError(
            f"execution {execution.id} was ended by Fail step {ended[0]!r}; SageMaker does not "
            "retry such an execution: start a new one, or one from a certain step on"
        )
