"""A component under Python's debugger: from its first line, and where it failed."""

import bdb
import pdb
import signal
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from sagepipe.runtime import failure
from sagepipe.runtime.errors import JobError

_HINT = "(n: next line, s: step into, c: go on, p NAME: print, q: end the step here)"


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function in the debugger, and go into it again where it raises.

    Args:
        function: The component's function.
        arguments: What it is called with.

    Returns:
        What it returns.

    Raises:
        JobError: The debugger was left before the function had returned.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C is the debugger's
    print(f"sagepipe: stopped at the first line of the component {_HINT}", flush=True)
    try:
        return _traced(function, arguments)
    except bdb.BdbQuit:
        raise JobError("the debugger was left before the component had ended") from None
    except Exception as error:
        print(f"sagepipe: {failure.reason(error)}")
        print("sagepipe: this is where; q ends the step", flush=True)
        pdb.post_mortem(_own(error.__traceback__, function))
        raise
    finally:
        sys.stdout.flush()


def _traced(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function so that its first line is stopped at.

    As ``Bdb.runcall`` does, which takes an end by ``q`` for a return of None.
    """
    debugger = pdb.Pdb()
    debugger.reset()
    sys.settrace(debugger.trace_dispatch)
    try:
        return function(**arguments)
    finally:
        debugger.quitting = True
        sys.settrace(None)


def _own(trace: TracebackType | None, function: Callable[..., Any]) -> TracebackType | None:
    """Leave out the debugger's own frames above the function's."""
    found = trace
    while found is not None and found.tb_frame.f_code is not function.__code__:
        found = found.tb_next
    return found or trace
