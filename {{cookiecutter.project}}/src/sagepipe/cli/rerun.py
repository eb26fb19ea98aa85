"""``sagepipe run`` with --from, --only, --of or --resume: on what an earlier run has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagepipe import tracking
from sagepipe.cli import output
from sagepipe.cli.settings import SettingsError
from sagepipe.contract import names
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import Execution, History, LocalSettings, Selection, recover


@dataclass(frozen=True)
class Rerun:
    """What of an earlier run is to be used, as it was asked for.

    Attributes:
        start: The step from which on everything runs.
        only: The steps that run, with commas between them.
        of: The run whose results stand for the other steps.
        resume: The run that is gone on with.
    """

    start: str = ""
    only: str = ""
    of: str = ""
    resume: str = ""

    def check(self, pipeline: str, given: Sequence[str]) -> None:
        """Refuse options that don't go together.

        Args:
            pipeline: The pipeline that is named beside them.
            given: Parameters that are given beside them.

        Raises:
            SettingsError: They don't.
        """
        if self.resume and (self.start or self.only or self.of or pipeline or given):
            raise SettingsError(
                "--resume goes on with a run as it was started: it takes no pipeline, parameter or "
                "step; to change something, run --from STEP --of RUN"
            )
        if self.start and self.only:
            raise SettingsError("--from and --only exclude each other")
        if self.of and not (self.start or self.only):
            raise SettingsError("--of says whose results to use: it needs --from or --only")

    def selection(self, history: History, pipeline: str) -> Selection | None:
        """Find the run whose results are used.

        Args:
            history: The project's runs.
            pipeline: The name of the pipeline that is about to run.

        Returns:
            What runs; ``None`` where everything does.

        Raises:
            SagepipeError: There is no such run, it is another pipeline's, or it is under way.
        """
        if not (self.start or self.only):
            return None
        source = history.get(self.of) if self.of else history.latest(pipeline)
        if source is None:
            raise SagepipeError(
                f"{pipeline} has no run yet whose results could be used: run all of it first"
            )
        if source.pipeline != pipeline:
            raise SagepipeError(f"run {source.id} is one of {source.pipeline}, not of {pipeline}")
        if not source.finished:
            raise SagepipeError(f"run {source.id} is still under way")
        only = [name.strip() for name in self.only.split(",") if name.strip()]
        return Selection(source, self.start, only)


def values(
    source: Execution,
    definition: Mapping[str, Any],
    given: Sequence[str],
    collected: dict[str, str],
) -> dict[str, str]:
    """Put the values of an earlier run in the place of those that are not given.

    Args:
        source: That run.
        definition: The definition of the new one.
        given: ``NAME=VALUE`` texts.
        collected: The values that the new one would have otherwise.

    Returns:
        Values by name, as text.
    """
    chosen = {item.partition("=")[0] for item in given}
    declared = {item["Name"] for item in definition.get("Parameters") or ()}
    kept = {
        name: str(value)
        for name, value in source.parameters.items()
        if name in declared and name not in chosen
    }
    return {**collected, **kept}


def settle(settings: LocalSettings) -> None:
    """Tell MLflow of runs whose process was killed, which could not do so themselves.

    Args:
        settings: The project's.
    """
    for execution in recover(settings):
        fail(execution, output.failure(execution))


def fail(
    execution: Execution, reason: str, steps: Mapping[str, str] | None = None, uri: str = ""
) -> None:
    """Tell MLflow that a run did not succeed.

    Args:
        execution: The run.
        reason: Why.
        steps: What is known of single steps, by name.
        uri: The store; the one that the run had if empty.
    """
    uri = uri or str(execution.parameters.get(names.TRACKING_URI, names.TRACKING_OFF))
    if uri != names.TRACKING_OFF:
        stopped = execution.status == "Stopped"
        tracking.fail_execution(
            uri, execution.pipeline, execution.id, reason, steps, stopped=stopped
        )
