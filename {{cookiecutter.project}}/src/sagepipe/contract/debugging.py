"""The variable that asks a job to run its component under the debugger, at the terminal.

It is no part of a definition: only a local run sets it, for one step. Apart from the other names,
as the process that supervises a job asks for it and is to import next to nothing.
"""

import os

VARIABLE = "SAGEPIPE_DEBUG"


def is_on() -> bool:
    """Say whether this job was asked to."""
    return bool(os.environ.get(VARIABLE))
