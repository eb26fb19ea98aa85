"""Forks of one template beside each other, asked for as the runner does."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sagepipe import dsl
from sagepipe.contract import paths
from sagepipe.local.launch.template import Forked, Request, Template

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")

LIBRARY = Path(dsl.__file__).parents[2]
PROGRAM = """\
import os, pathlib, sys, time
here, name = pathlib.Path(sys.argv[1]), sys.argv[2]
(here / f"{name}~").write_text(str(os.getpid()))
(here / f"{name}~").rename(here / f"{name}.began")
while not (here / f"{name}.may-end").exists():
    time.sleep(0.01)
sys.exit(7)
"""


class Forks:
    """Forks that begin and end when they are told to.

    Args:
        project: The project.
        template: What they are forked from.
    """

    def __init__(self, project: Any, template: Template) -> None:
        self._project = project
        self._template = template
        self._program = project.folder / "program.py"
        self._program.write_text(PROGRAM)

    def start(self, name: str) -> Forked:
        """Ask for one."""
        folder = os.fspath(self._project.folder)
        request = Request(
            command=[sys.executable, os.fspath(self._program), folder, name],
            component="program:main",
            environment={**os.environ, paths.BASE_DIR_VARIABLE: folder},
            folder=folder,
            imports=os.path.join(folder, f"{name}.json"),
        )
        return self._template.fork(request, self._project.folder / f"{name}.log", _cold)

    def pid(self, name: str) -> int:
        """The number of one that has begun."""
        return int(self._project.pid(f"{name}.began"))

    def may_end(self, name: str) -> None:
        """Tell one to end."""
        (self._project.folder / f"{name}.may-end").touch()


def _cold() -> Any:
    raise AssertionError("it was to be a fork")


@pytest.fixture
def forks(project: Any) -> Iterator[Forks]:
    """Forks of one template."""
    shared = {**os.environ, "PYTHONPATH": os.fspath(LIBRARY)}
    template = Template(sys.executable, shared, project.folder)
    yield Forks(project, template)
    template.close()


@pytest.fixture
def in_background() -> Iterator[Callable[[Callable[[], None]], threading.Thread]]:
    """Do something that waits."""
    threads = []

    def start(what: Callable[[], None]) -> threading.Thread:
        threads.append(threading.Thread(target=what, daemon=True))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join(60)


def test_letting_go_of_a_fork_leaves_alone_who_got_its_descriptors_number(
    forks: Forks, project: Any, in_background: Any
) -> None:
    """The first has ended, which closes its descriptor; the number is the second's by then."""
    first = forks.start("first")
    forks.may_end("first")
    first.wait()
    gone = forks.pid("first")

    second = forks.start("second")
    waits = in_background(second.wait)
    forks.pid("second")
    assert first.close() == 7
    project.until(lambda: not Path(f"/proc/{gone}").exists())  # the template has let go of it
    forks.may_end("second")
    waits.join(60)

    assert second.close() == 7


def test_forks_that_are_let_go_in_any_order_end_as_they_do(
    forks: Forks, in_background: Any
) -> None:
    late: list[Forked] = []
    for number in range(12):
        fork = forks.start(f"fork{number}")
        waits = in_background(fork.wait)
        if number % 3 == 0:
            forks.pid(f"fork{number}")
            for other in late:
                assert other.close() == 7
            late.clear()
        forks.may_end(f"fork{number}")
        waits.join(60)
        late.append(fork)
    assert [fork.close() for fork in late] == [7] * len(late)
