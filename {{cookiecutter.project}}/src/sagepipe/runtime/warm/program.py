"""Turning a fork of the template into what a cold start would be."""

import atexit
import gc
import importlib
import io
import os
import runpy
import sys
import threading
import traceback
import weakref
from contextlib import suppress
from pathlib import Path
from types import ModuleType, TracebackType

from sagepipe.contract import paths
from sagepipe.runtime import supervisor
from sagepipe.runtime.warm import modules
from sagepipe.runtime.warm.request import Request


def run(request: Request) -> None:
    """Be the step's process: first the supervisor, which forks the step itself.

    Args:
        request: What it is to be.
    """
    before = set(sys.modules)
    first = os.getpid()
    _become(request)
    os.environ[supervisor.CHILD] = supervisor.FORK
    status = 1
    try:
        _run(request.command)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        traceback.print_exception(type(error), error, _outside(error.__traceback__))
    finally:
        if os.getpid() != first:
            modules.leave(request.imports, request.component, before)
    if os.getpid() != first:
        try:
            _end(before)
        finally:  # what goes wrong at a process's end does not change how it ended
            os._exit(status)
    # What libraries do at exit is the step's to do, and it has done it.
    _flush()
    os._exit(status)


def _end(before: set[str]) -> None:
    """Do what Python does at a process's end, but for taking the template's share apart.

    That would copy most of its memory first, only to give it back.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    # The collector may let go of the file under a text before the text is written to it.
    for kept in gc.get_objects():
        if issubclass(type(kept), io.TextIOBase):
            with suppress(OSError, ValueError):
                kept.flush()
    # What the step's modules hold goes: an archive gets its end, a temporary file is removed.
    imported = [sys.modules.pop(name) for name in list(sys.modules) if name not in before]
    # Not all are modules: libraries of cffi are not, and can't be held weakly.
    own = [weakref.ref(module) for module in imported if isinstance(module, ModuleType)]
    imported.clear()
    gc.collect()
    # What somebody still holds is emptied, the module that came last first: as Python does.
    for module in reversed(own):
        if left := module():
            vars(left).update(dict.fromkeys(vars(left)))
    gc.collect()
    _flush()


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def leave() -> None:
    """End the template. What libraries do at exit is done; taking all apart would take too long."""
    atexit._run_exitfuncs()
    os._exit(0)


def _become(request: Request) -> None:
    _mark(request.environment[paths.BASE_DIR_VARIABLE])
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    program = request.command[1:]
    sys.orig_argv = list(request.command)
    sys.argv = program[1:] if program[0] == "-m" else program
    if not sys.flags.safe_path:
        here = request.folder if program[0] == "-m" else os.path.dirname(program[0])
        sys.path.insert(0, here)
    importlib.invalidate_caches()
    # Python's own generator seeds itself anew after a fork; NumPy's global one does not.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _run(command: list[str]) -> None:
    if command[1] == "-m":
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(command[1], run_name="__main__")


def _mark(folder: str) -> None:
    """Write the step's folder to where this process's environment is seen from outside.

    The system shows the environment that a process was started with, and this one was forked. The
    template was started with a value that is long enough to be overwritten.
    """
    content = Path("/proc/self/environ").read_bytes()
    name = f"{paths.BASE_DIR_VARIABLE}=".encode()
    place = (b"\0" + content).index(b"\0" + name) + len(name)
    room = content.index(b"\0", place) - place
    # 50th: where the environment begins; the second field may hold blanks and parentheses.
    start = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[47])
    with suppress(OSError), open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start + place)
        memory.write(os.fsencode(folder).ljust(room, b"\0"))


def _outside(trace: TracebackType | None) -> TracebackType | None:
    """Skip the frames of this module and of ``runpy``."""
    own = (__file__, runpy.__file__, "<frozen runpy>")
    while trace is not None and trace.tb_frame.f_code.co_filename in own:
        trace = trace.tb_next
    return trace
