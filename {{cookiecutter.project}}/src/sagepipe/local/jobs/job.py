"""What the kinds of job have in common: name, tree, environment, command, failure reasons."""

import codecs
import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sagepipe.contract import limits
from sagepipe.local import identity, state
from sagepipe.local.control import MAX_RUNTIME_EXCEEDED, JobProcess
from sagepipe.local.errors import StepError
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.launch.launch import Command, Launch
from sagepipe.local.settings import arn
from sagepipe.local.steps.kind import StepRun
from sagepipe.local.storage import Storage

HOST = "algo-1"


@dataclass(frozen=True)
class Job:
    """A job that is about to run.

    Attributes:
        name: Its name.
        kind: ``processing-job`` or ``training-job``, as in its ARN.
        request: The step's arguments, all expressions resolved.
        folder: The step's folder; ``opt/ml`` in it stands for ``/opt/ml``.
        log: Where standard output and error go.
        storage: The run's objects.
        process: Runs the process.
        executing: Called once the process runs.
        given: Which pipeline parameter a URI is the value of.
    """

    name: str
    kind: str
    request: Mapping[str, Any]
    folder: Path
    log: Path
    storage: Storage
    process: JobProcess
    executing: Callable[[], None]
    given: Mapping[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=state.now)

    @classmethod
    def of(cls, run: StepRun, kind: str) -> "Job":
        """Make the job that a step starts.

        Args:
            run: The step.
            kind: ``processing-job`` or ``training-job``.

        Returns:
            The job.
        """
        assert run.job_name and run.log
        return cls(
            name=run.job_name,
            kind=kind,
            request=run.request,
            folder=run.folder,
            log=run.log,
            storage=run.storage,
            process=run.control.process(),
            executing=run.executing,
            given=run.given,
        )

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(f"{self.kind}/{self.name}")

    def place(self, path: str) -> Path:
        """Say where a path of SageMaker's lies in this job.

        Args:
            path: A path under ``/opt/ml``.

        Returns:
            The same under the step's folder.
        """
        return self.folder / path.lstrip("/")

    def write_json(self, path: str, content: Any) -> None:
        """Write one of SageMaker's config files.

        Args:
            path: Its path under ``/opt/ml``.
            content: What it says.
        """
        place = self.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content, indent=2), encoding="utf-8")

    def download(self, uri: str, path: str, name: str) -> None:
        """Bring an input into the job.

        Args:
            uri: Where it lies.
            path: The folder under ``/opt/ml`` that it goes to.
            name: The input's or channel's name.

        Raises:
            StepError: Nothing lies there.
        """
        if not self.storage.download(uri, self.place(path)):
            place = self.storage.path(uri)
            parameter = f" (parameter {self.given[uri]})" if uri in self.given else ""
            if not uri.startswith("file://"):
                here = f" (on this machine: {place})"
            elif place.exists():
                here = f": no files in {place}"
            else:
                here = f": no such file: {place}"
            raise StepError(
                f'No S3 objects found under S3 URL "{uri}" given in input data source {name!r}'
                f"{parameter}{here}"
            )

    def run(self, command: Command, variables: Mapping[str, str]) -> int | None:
        """Run the job's process to its end.

        Args:
            command: What the container is told to run.
            variables: What the request and the platform set.

        Returns:
            The exit status; ``None`` if the job was stopped before it began.

        Raises:
            StepError: The program can't be started.
        """
        limit = (self.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")
        launch = Launch(command, variables, self.folder, self.log, HOST, (HOST,))
        return self.process.run(
            launch, float(limit or limits.DEFAULT_MAX_RUNTIME_SECONDS), self.executing
        )

    def ending(self, status: int | None, text: str) -> tuple[str, str | None]:
        """Say how the job ended, in SageMaker's words.

        Args:
            status: What ``run`` returned.
            text: What the job itself said of it.

        Returns:
            The step's status and its failure reason.
        """
        if self.process.stopped == MAX_RUNTIME_EXCEEDED:
            limit = self.request["StoppingCondition"]["MaxRuntimeInSeconds"]
            return FAILED, (
                f"ClientError: {MAX_RUNTIME_EXCEEDED}: the job ran for longer than "
                f"StoppingCondition.MaxRuntimeInSeconds ({limit} s) and was stopped"
            )
        if self.process.stopped or status is None:
            return STOPPED, None
        if status == 0:
            return SUCCEEDED, None
        code = status if status > 0 else 128 - status
        return FAILED, f"AlgorithmError: {text or _signal_text(code)}, exit code: {code}"

    def note(self, text: str) -> None:
        """Add a line of the runner's own to the job's log.

        Args:
            text: The line.
        """
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"[sagepipe] {text}\n")


def new_name(execution_id: str, step: str) -> str:
    """Name a job as SageMaker Pipelines does.

    Args:
        execution_id: The execution's id.
        step: The step's name.

    Returns:
        ``pipelines-<execution id>-<step>-<10 characters>``, the step cut to 20 characters.
    """
    short = step.replace("_", "-")[: limits.JOB_NAME_STEP].strip("-") or "step"
    return f"pipelines-{execution_id}-{short}-{identity.random(10, identity.MIXED)}"


def first_characters(path: Path, count: int) -> str:
    """Read the beginning of a file that a job may have left.

    Args:
        path: The file.
        count: How many characters.

    Returns:
        They, without blanks around; nothing where there is no such file.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(count).strip()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def first_bytes(path: Path, count: int) -> str:
    """Read the beginning of a UTF-8 file that a job may have left.

    Args:
        path: The file.
        count: How many bytes.

    Returns:
        Their text; nothing where there is no such file.

    Raises:
        UnicodeDecodeError: They are no UTF-8.
    """
    try:
        with open(path, "rb") as file:
            return codecs.getincrementaldecoder("utf-8")().decode(file.read(count))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def _signal_text(code: int) -> str:
    try:
        name = signal.Signals(code - 128).name
    except ValueError:
        return ""
    hint = ", often for lack of memory" if name == "SIGKILL" else ""
    return f"the process was killed by signal {code - 128} ({name}{hint})"


def known(words: Any) -> tuple[str, ...]:
    """Leave out of a command what isn't known yet.

    Args:
        words: ``ContainerEntrypoint`` or ``ContainerArguments``, if given.

    Returns:
        Its words; one that a step has yet to produce is shown as such.
    """
    return tuple(str(word) for word in words or ())
