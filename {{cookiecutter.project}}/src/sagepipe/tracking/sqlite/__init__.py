"""What a step records, written into MLflow's SQLite store without MLflow's client.

That client costs a step three times what all the rest of its records does: it reads some seventy
migrations to open the store, and SQLAlchemy prepares each query anew in each process. What is
written is what MLflow would write, row for row, as a test makes sure; a store with any schema but
the one that this was written for is left to MLflow.
"""

from sagepipe.tracking.sqlite.client import SqliteClient, fits

__all__ = ["SqliteClient", "fits"]
