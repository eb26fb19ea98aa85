"""Records that MLflow's server did not take: an MLflow store of its own in the job's output.

So all of MLflow's functions work there too, autologging and models included. A store that is
opened elsewhere than it was made has artifact locations that no longer hold; ``artifacts`` says
where they are.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sagepipe.contract import names
from sagepipe.tracking import store
from sagepipe.tracking.errors import TrackingError
from sagepipe.tracking.identity import StepIdentity

NAME = names.SPOOL
ADVICE = "`sagepipe mlflow sync` uploads them once the server is back"
SYNCED = "synced"  # the file that says where a spool went


def of(identity: StepIdentity) -> StepIdentity | None:
    """Say how a step is recorded in its job's output.

    Args:
        identity: The step.

    Returns:
        The same step in that store; None where the job has no output.
    """
    if identity.spool is None:
        return None
    return replace(identity, tracking_uri=uri(identity.spool))


def uri(folder: Path) -> str:
    """Return the tracking URI of a spool."""
    return f"sqlite:///{folder.absolute() / names.SPOOL_DATABASE}"


def exists(identity: StepIdentity) -> bool:
    """Say whether a step has records in its job's output."""
    return identity.spool is not None and (identity.spool / names.SPOOL_DATABASE).is_file()


def find(folders: Iterable[Path]) -> Iterator[Path]:
    """Find spools, each with its folder.

    Args:
        folders: Where to look, however deep.

    Yields:
        Their folders, in order; links are not followed.
    """
    for root in folders:
        for folder, below, files in os.walk(root):
            below.sort()
            if Path(folder).name == names.SPOOL:
                below.clear()
                if names.SPOOL_DATABASE in files:
                    yield Path(folder)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the spools in an archive, such as a training job's ``output.tar.gz``.

    Args:
        archive: The archive.
        folder: Where to.

    Raises:
        TrackingError: It is no archive, or is cut short.
    """
    import tarfile

    try:
        with tarfile.open(archive) as packed:
            for member in packed:
                if names.SPOOL in Path(member.name).parts and (member.isfile() or member.isdir()):
                    packed.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise TrackingError(
            f"{archive} can't be read: {error}; name a job's output.tar.gz, or a folder"
        ) from error


def artifacts(folder: Path, recorded: str) -> Path:
    """Say where artifacts lie that a spool's store knows under the path of the job.

    Args:
        folder: The spool, where it is now.
        recorded: The location that the store has: a ``file://`` URI or a path.
    """
    _, _, rest = recorded.partition(f"/{store.ARTIFACTS}/")
    return folder / store.ARTIFACTS / rest
