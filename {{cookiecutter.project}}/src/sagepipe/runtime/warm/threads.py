"""Which threads of this process a fork would lose. Linux only."""

import os
from contextlib import suppress

# Threads whose library starts them anew in the fork by itself, by the names they bear.
_SURVIVING = {"jemalloc_bg_thd"}  # jemalloc, in Arrow: background_thread_postfork_child
_TASKS = "/proc/self/task"


def count() -> int:
    """Count this process's threads."""
    return len(os.listdir(_TASKS))


def lost_by_fork() -> str:
    """Find a thread that has nobody to end it before a fork and start it anew after it.

    Libraries that know of fork do that by themselves, such as OpenBLAS: its threads are gone once
    this process has forked. What is there after a fork is what is unaware of it.

    Returns:
        Such a thread, by its name; empty if there is none.
    """
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    for task in os.listdir(_TASKS):
        name = ""
        with suppress(OSError), open(f"{_TASKS}/{task}/comm", encoding="utf-8") as file:
            name = file.read().strip()
        if int(task) != os.getpid() and name and name not in _SURVIVING:
            return name
    return ""
