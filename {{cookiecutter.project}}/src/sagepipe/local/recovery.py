"""Executions whose process is gone: it was killed, or the machine went down."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sagepipe.local import last_sign, lock, staging, state
from sagepipe.local.events import FAILED, FINISHED, STOPPED
from sagepipe.local.history import GONE, History
from sagepipe.local.records import Execution
from sagepipe.local.settings import LocalSettings

_MARKS = ", ".join("?" * len(FINISHED))


def recover(settings: LocalSettings) -> list[Execution]:
    """Write down the end of executions that could not do so themselves, and clear up after them.

    Args:
        settings: The project's.

    Returns:
        They, as failed.
    """
    if not settings.database.exists():
        return []
    # Listed before the runs are: what is under way by then is not cleared up.
    uploads = staging.under_way(settings.s3)
    query = f"SELECT id FROM executions WHERE status NOT IN ({_MARKS})"
    with closing(state.connect(settings.database)) as database:
        found = [row["id"] for row in database.execute(query, FINISHED)]
        ended = [name for name in found if _end(database, settings.runs / name)]
    if ended == found:
        staging.clear(uploads)
    history = History(settings.root, settings.project)
    return [history.get(name) for name in ended]


def _end(database: sqlite3.Connection, folder: Path) -> bool:
    try:
        with lock.held(folder, wait=False):
            return mark(database, folder)
    except BlockingIOError:
        return False  # it is under way
    except FileNotFoundError:
        return mark(database, folder)  # its folder was deleted


def mark(database: sqlite3.Connection, folder: Path) -> bool:
    """Write down that an execution's process is gone, if it has not come to its end.

    Args:
        database: Where it is on record.
        folder: The execution's folder, whose lock the caller holds.

    Returns:
        Whether that was so.
    """
    execution = folder.name
    with state.transaction(database):
        ended = last_sign.of(database, folder)
        if not _unfinished(database, "UPDATE executions SET status = ?", FAILED, "id", execution):
            return False
        _unfinished(database, "UPDATE steps SET status = ?", STOPPED, "execution_id", execution)
        state.update(database, "executions", {"id": execution}, {"ended": ended})
    return True


def _unfinished(
    database: sqlite3.Connection, change: str, status: str, column: str, execution: str
) -> int:
    query = f"{change}, failure_reason = ? WHERE {column} = ? AND status NOT IN ({_MARKS})"
    return database.execute(query, (status, GONE, execution, *FINISHED)).rowcount
