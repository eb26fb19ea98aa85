"""A signal that asks the job to end becomes an exception in the component."""

import _thread
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from sagepipe.runtime.errors import Stopped

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_MOMENT = 0.01  # seconds, until what swallowed an exception has ended


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first SIGTERM or SIGINT into ``Stopped``; later ones can't disturb the ending.

    A second one is usual: the job's process group and its supervisor both pass the signal on. At
    the end it is ignored by the system rather than here, as Python gives its handlers up before the
    process ends.

    Python may be at a place where no exception can be raised, such as a destructor or a weak
    reference's callback; importing has many. What is raised there is lost, so it is raised again.

    Yields:
        Nothing.

    Raises:
        Stopped: Anywhere inside.
    """
    asked = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise Stopped(number, signal.Signals(number).name)

    def ask_again(number: int) -> None:
        nonlocal asked
        time.sleep(_MOMENT)
        asked = False
        os.kill(os.getpid(), number)

    def lost(unraisable: Any) -> None:
        if isinstance(unraisable.exc_value, Stopped):
            # Not a Thread, whose locks the interrupted code may hold.
            _thread.start_new_thread(ask_again, (unraisable.exc_value.number,))
        else:
            hook(unraisable)

    hook, sys.unraisablehook = sys.unraisablehook, lost
    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, signal.SIG_IGN if asked else handler)
        if sys.unraisablehook is lost:
            sys.unraisablehook = hook
