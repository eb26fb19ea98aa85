"""When an execution was last heard of: the end of one whose process was killed."""

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_LOGS = "*/log.txt"
_KNOWN = """
SELECT max(started, coalesce((
    SELECT max(max(started, coalesce(ended, 0))) FROM steps WHERE execution_id = executions.id
), 0)) FROM executions WHERE id = ?
"""


def of(database: sqlite3.Connection, folder: Path) -> datetime:
    """Find the last thing that an execution wrote.

    Args:
        database: Where it is on record.
        folder: Its folder, which bears its name; it may be gone.

    Returns:
        The time of its last change of state, or of the last line of one of its logs.
    """
    (last,) = database.execute(_KNOWN, (folder.name,)).fetchone()
    for log in folder.glob(_LOGS):
        with suppress(OSError):
            last = max(last, log.stat().st_mtime)
    return datetime.fromtimestamp(last, UTC)
