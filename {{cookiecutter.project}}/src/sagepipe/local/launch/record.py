"""What was started, on file: for a person who wants to do it again."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

LAUNCH_FILE = "launch.json"


def write(
    host: Path,
    *,
    runner: str,
    command: Sequence[str],
    inside: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    own: Sequence[str] = (),
) -> None:
    """Write down what is about to be started.

    Args:
        host: The host's folder, which gets the file.
        runner: How it is run.
        command: The command as this machine runs it.
        inside: The words before any other command that make it run in the same surroundings, such
            as ``bwrap`` with its options; none for a plain process.
        environment: Its variables.
        folder: Its working folder.
        own: What the job itself was told to run; the command without ``inside`` if empty.
    """
    content = {
        "runner": runner,
        "command": list(command),
        "inside": list(inside),
        "own": list(own or command[len(inside) :]),
        "environment": dict(environment),
        "folder": str(folder),
    }
    file = host / LAUNCH_FILE
    file.touch(mode=0o600)  # the environment may hold a password
    file.write_text(json.dumps(content, indent=2), encoding="utf-8")
