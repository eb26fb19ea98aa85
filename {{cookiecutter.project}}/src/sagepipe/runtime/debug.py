"""A component under Python's debugger: from its first line, and where it failed."""

import bdb
import pdb
import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType, TracebackType
from typing import Any

from sagepipe.runtime import failure
from sagepipe.runtime.errors import JobError

_HINT = "(n: next line, s: step into, c: go on, p NAME: print, q: end the step here)"
_ON = -1  # ``Bdb.stoplineno`` after ``c``


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
    debugger = _Debugger()
    debugger.reset()
    sys.settrace(debugger.trace_dispatch)
    try:
        return function(**arguments)
    finally:
        debugger.quitting = True
        sys.settrace(None)


class _Debugger(pdb.Pdb):
    """Python's debugger, but Ctrl-C leads to its prompt at once.

    Python's own waits for the end of the line, which may be a call of many minutes.
    """

    def sigint_handler(self, number: signal.Signals, frame: FrameType) -> None:
        """Stop where Ctrl-C was pressed."""
        super().sigint_handler(number, frame)
        sys.settrace(None)  # the debugger's own lines are none to stop at
        self.trace_dispatch(frame, "line", None)
        if self.breaks or self.stoplineno != _ON:
            sys.settrace(self.trace_dispatch)


def _own(trace: TracebackType | None, function: Callable[..., Any]) -> TracebackType | None:
    """Leave out the debugger's own frames above the function's."""
    found = trace
    while found is not None and found.tb_frame.f_code is not function.__code__:
        found = found.tb_next
    return found or trace
