"""MLflow's SQLite file, and transactions in it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

REVISION = "dc11669786a5"  # of MLflow 3.17's schema, in its table alembic_version
_PATIENCE = 20  # seconds for which MLflow waits for another process's transaction


class Database:
    """Transactions in a store's file.

    Each has a connection of its own: nothing is left open that a fork could inherit.

    Args:
        file: The file, which has to be there.
    """

    def __init__(self, file: Path) -> None:
        self._place = f"{file.as_uri()}?mode=rw"
        self._thread = threading.local()

    def revision(self) -> str:
        """Say which schema it has; nothing where it has none."""
        try:
            with closing(self._connect()) as connection:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.Error:  # no file, a new one, or none of MLflow's
            return ""
        return str(found[0][0]) if len(found) == 1 else ""

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do several things at once, or none of them; within another transaction, as part of it.

        Yields:
            The connection.
        """
        outer = getattr(self._thread, "connection", None)
        if outer is not None:
            with _part(outer):
                yield outer
            return
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE")
            self._thread.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                self._thread.connection = None  # closing it takes back what was not committed

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._place, _PATIENCE, isolation_level=None, uri=True)


@contextmanager
def _part(connection: sqlite3.Connection) -> Iterator[None]:
    """Take back what was done in the block, and no more, if it fails."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk ends it all
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")
