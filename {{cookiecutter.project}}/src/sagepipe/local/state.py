"""The state of all runs of a project: one SQLite database in WAL mode.

Several processes may write at once. Only the process that runs an execution writes its rows.

A file of some size lies beside the database for the day when the disk is full. It is given up bit
by bit then, so that there is room to write down how the runs under way came to their ends, and
other programs don't take it all.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sagepipe.local import lock
from sagepipe.local.errors import LocalError

_BUSY_SECONDS = 30
_RESERVE = 512 * 1024
_BIT = 32 * 1024  # what a change of state takes, and some more
# Each makes the next version of the database of the one before it; what is written stays written.
_MIGRATIONS = (
    """
CREATE TABLE IF NOT EXISTS executions (
    id TEXT PRIMARY KEY,
    pipeline TEXT NOT NULL,
    runner TEXT NOT NULL,
    status TEXT NOT NULL,
    failure_reason TEXT,
    parameters TEXT NOT NULL,
    started REAL NOT NULL,
    ended REAL
);
CREATE TABLE IF NOT EXISTS steps (
    execution_id TEXT NOT NULL REFERENCES executions (id),
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    failure_reason TEXT,
    exit_message TEXT,
    job_name TEXT,
    outcome INTEGER,
    metrics TEXT,
    properties TEXT,
    started REAL NOT NULL,
    ended REAL,
    PRIMARY KEY (execution_id, name)
);
CREATE TABLE IF NOT EXISTS model_packages (
    group_name TEXT NOT NULL,
    version INTEGER NOT NULL,
    arn TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    approval_status TEXT NOT NULL,
    model_data_url TEXT,
    created REAL NOT NULL,
    execution_id TEXT NOT NULL,
    step TEXT NOT NULL,
    arguments TEXT NOT NULL,
    PRIMARY KEY (group_name, version)
);
CREATE INDEX IF NOT EXISTS executions_started ON executions (started);
""",
    """
ALTER TABLE executions ADD COLUMN selection TEXT;
ALTER TABLE steps ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE steps ADD COLUMN cache_key TEXT;
ALTER TABLE steps ADD COLUMN stored TEXT;
ALTER TABLE steps ADD COLUMN cached_from TEXT;
ALTER TABLE steps ADD COLUMN selected_from TEXT;
CREATE INDEX steps_by_cache_key ON steps (cache_key);
""",
)
_VERSION = len(_MIGRATIONS)


def connect(database: Path) -> sqlite3.Connection:
    """Open the database; make it where it isn't there.

    Args:
        database: Its file.

    Returns:
        A connection that commits each statement.

    Raises:
        LocalError: The file is another program's, or of a newer version of this library.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        database, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        if _version(connection) != _VERSION:
            with lock.exclusive(database.parent):
                _migrate(connection, database)
        # Enough in WAL mode for a consistent file after a crash, and no disk flush at each commit.
        connection.execute("PRAGMA synchronous = NORMAL")
        _keep_reserve(database)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise LocalError(f"{database} can't be used: {error}") from None
    except LocalError:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _migrate(connection: sqlite3.Connection, database: Path) -> None:
    version = _version(connection)
    if version > _VERSION:
        raise LocalError(
            f"{database} is of version {version}, this library knows {_VERSION}: "
            "update the library, or move the file away"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    for number, script in enumerate(_MIGRATIONS[version:], version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _reserve(database: Path) -> Path:
    return database.with_suffix(".reserve")


def _keep_reserve(database: Path) -> None:
    with suppress(OSError), open(_reserve(database), "ab") as file:
        if file.tell() < _RESERVE:
            file.write(os.urandom(_RESERVE - file.tell()))  # nothing that could be packed


def _write(connection: sqlite3.Connection, statement: str, values: list[Any]) -> sqlite3.Cursor:
    while True:
        try:
            return connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            full = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
            if connection.in_transaction or not full or not _give_up_a_bit(connection):
                raise


def _give_up_a_bit(connection: sqlite3.Connection) -> bool:
    place = Path(connection.execute("PRAGMA database_list").fetchone()["file"])
    try:
        size = _reserve(place).stat().st_size
        os.truncate(_reserve(place), max(0, size - _BIT))
    except OSError:
        return False
    return size > 0


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Make several statements one, against other processes too.

    Args:
        connection: The connection.

    Yields:
        Nothing.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def now() -> datetime:
    """Tell the time.

    Returns:
        The time in UTC.
    """
    return datetime.now(UTC)


def insert(
    connection: sqlite3.Connection, table: str, row: Mapping[str, Any], replace: bool = False
) -> None:
    """Add a row.

    Args:
        connection: The connection.
        table: The table's name.
        row: Values by column; times and mappings are stored as numbers and JSON.
        replace: Whether it takes the place of a row with the same key.
    """
    marks = ", ".join("?" * len(row))
    verb = "REPLACE" if replace else "INSERT"
    _write(
        connection,
        f"{verb} INTO {table} ({', '.join(row)}) VALUES ({marks})",
        [_stored(value) for value in row.values()],
    )


def update(
    connection: sqlite3.Connection, table: str, key: Mapping[str, Any], row: Mapping[str, Any]
) -> int:
    """Change the rows of a key.

    Args:
        connection: The connection.
        table: The table's name.
        key: The key's columns.
        row: The columns to change.

    Returns:
        How many rows there were.
    """
    assignments = ", ".join(f"{column} = ?" for column in row)
    condition = " AND ".join(f"{column} = ?" for column in key)
    cursor = _write(
        connection,
        f"UPDATE {table} SET {assignments} WHERE {condition}",
        [_stored(value) for value in (*row.values(), *key.values())],
    )
    return cursor.rowcount


def time(stored: float | None) -> datetime | None:
    """Read a time from a row.

    Args:
        stored: Seconds since 1970.

    Returns:
        The time in UTC, if there is one.
    """
    return None if stored is None else datetime.fromtimestamp(stored, UTC)


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Mapping):
        return json.dumps(value, default=str)
    return value
