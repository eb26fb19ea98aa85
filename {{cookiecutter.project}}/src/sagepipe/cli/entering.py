"""``sagepipe shell``: into a step's tree, with the environment that its job had."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.cli import settings
from sagepipe.contract import paths
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import History, StepExecution
from sagepipe.local.launch import machine
from sagepipe.local.launch.record import LAUNCH_FILE

_HOSTS = "algo-*"
# A tree's folder is where /opt/ml lies: elsewhere for a plain process, which a variable says.
_ENTER = f'cd "${{{paths.BASE_DIR_VARIABLE}:-{paths.ML_ROOT}}}" && exec "$@"'
# An image may have no bash; start-up files would change the environment.
_SHELL = 'export PS1="$0 \\$ "; command -v bash >/dev/null && exec bash --noprofile --norc; exec sh'


class NotLaunchedError(SagepipeError):
    """A step in which nothing was started."""


@dataclass(frozen=True)
class Launched:
    """What was started for a host of a step.

    Attributes:
        own: The job's own command.
        inside: The words before any other command that make it run in the same surroundings.
        environment: All its variables.
        folder: Its working folder.
    """

    own: tuple[str, ...]
    inside: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path


def enter(reference: str, step: str, command: str, host: str) -> None:
    """Replace this process by a shell, or a command, in a step's tree.

    Args:
        reference: The run.
        step: The step's name.
        command: What to run; a shell if empty.
        host: The host's name; the first one if empty.

    Raises:
        SagepipeError: There is no such run or step, nothing was started in it, or what it ran in
            is gone.
    """
    run = History(settings.load().state).get(reference)
    launched = read(run.id, run.step(step), host)
    inside = list(launched.inside)
    if command:
        words = ["sh", "-c", command]
    else:
        words = ["sh", "-c", _SHELL, f"({step})"]
        print(f"The tree of {step} in run {run.id}; what is changed here stays. `exit` leaves.")
        print(f"Its command: {shlex.join(launched.own)}", flush=True)
        inside = _at_terminal(inside)
    program = [*inside, "sh", "-c", _ENTER, "sh", *words]
    environment = {**machine.terminal(), **launched.environment}
    try:
        os.chdir(launched.folder)
        sys.stdout.flush()
        os.execvpe(program[0], program, environment)
    except OSError as error:
        named = error.filename or program[0]
        raise NotLaunchedError(
            f"can't enter step {step!r} of run {run.id}: {named}: {error.strerror}; run it again"
        ) from None


def _at_terminal(inside: list[str]) -> list[str]:
    """Let a sandbox or a container have the terminal, which no job has."""
    if not sys.stdin.isatty():
        return inside
    kept = [word for word in inside if word != "--new-session"]  # of bwrap: it would be without
    if "--interactive" in kept:  # of docker run and podman run
        kept.insert(kept.index("--interactive"), "--tty")
    return kept


def read(run: str, step: StepExecution, host: str) -> Launched:
    """Read what was started for a host of a step.

    Args:
        run: The run's id.
        step: The step.
        host: The host's name; the first one if empty.

    Returns:
        What was started.

    Raises:
        NotLaunchedError: Nothing was, or not on that host.
    """
    where = f"step {step.name!r} of run {run}"
    if source := step.cached_from or step.selected_from:
        raise NotLaunchedError(f"{where} took its outputs from run {source}; enter it there")
    if step.job_name is None:
        raise NotLaunchedError(f"{where} is of type {step.type}: it has no job to enter")
    files = {file.parent.name: file for file in sorted(step.folder.glob(f"{_HOSTS}/{LAUNCH_FILE}"))}
    if (own := step.folder / LAUNCH_FILE).is_file():
        files = {"algo-1": own, **files}
    if not files:
        raise NotLaunchedError(
            f"{where} has no {LAUNCH_FILE}: it ended before its job was started"
            f"{_reason(step)}, or was run by an older version; run it again"
        )
    if host and host not in files:
        raise NotLaunchedError(f"{where} has no host {host!r} (it has: {', '.join(files)})")
    file = files[host] if host else next(iter(files.values()))
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Launched(
            tuple(content.get("own") or content["command"]),
            tuple(content.get("inside") or ()),
            {str(name): str(value) for name, value in content["environment"].items()},
            Path(content["folder"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotLaunchedError(f"{file} can't be read: {error}; run the pipeline again") from None


def _reason(step: StepExecution) -> str:
    return f" ({step.failure_reason})" if step.failure_reason else ""
