"""A step that is forked from the warm template gives what a cold start gives."""

import itertools
import json
import os
import re
import signal
import sys
import textwrap
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sagepipe import dsl, local
from sagepipe.local.launch import template, warm

LIBRARY = Path(dsl.__file__).parents[2]
IMPORTS = """\
import json, os, random, signal, sys, threading, time
from pathlib import Path
from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Model, Output
"""
TRAIN = "import sys\nfrom sagepipe import runtime\nsys.exit(runtime.main_training())\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")


class Steps:
    """Components of a project, each run as a step.

    Attributes:
        project: The project.
        last: The last execution.
    """

    def __init__(self, project: Any, **settings: Any) -> None:
        self.project = project
        self.settings_with(**settings)
        project.train.write_text(TRAIN)

    def settings_with(self, **settings: Any) -> None:
        """Change what the run is given; PYTHONPATH leads to the components."""
        path = os.pathsep.join([str(LIBRARY), str(self.project.folder)])
        self.settings = {"environment": {"PYTHONPATH": path}, **settings}
        self.project.settings_with(**self.settings)

    def write(self, source: str, module: str = "parts") -> None:
        """Write a module with components."""
        text = IMPORTS + textwrap.dedent(source)
        (self.project.folder / f"{module}.py").write_text(text)

    def step(self, name: str, component: str = "", **more: Any) -> dict[str, Any]:
        """Make a step of a component, as the compiler does; its one output is ``out``."""
        step = self.project.processing(name, outputs={"out": f"s3://b/{name}"}, **more)
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = [
            "python",
            "-m",
            "sagepipe.runtime",
            f"parts:{component or name}",
        ]
        return step

    def training(self, name: str) -> dict[str, Any]:
        """The same as a training job."""
        variables = {"SAGEPIPE_COMPONENT": f"parts:{name}"}
        self.project.put("s3://b/data/x")
        channels = {"data": "s3://b/data"}
        more = {"Environment": variables}
        step = self.project.training(name, channels=channels, more=more)
        self.project.train.write_text(TRAIN)
        return step

    def run(self, *steps: Any) -> local.Execution:
        """Run steps one after the other, given as such or by their components' names."""
        made = [self.step(item) if isinstance(item, str) else item for item in steps]
        for before, after in itertools.pairwise(made):
            after["DependsOn"] = [before["Name"]]
        self.last = self.project.run(*made)
        return self.last

    def said(self, step: str) -> Any:
        """What a step's ``out`` says, as JSON."""
        out = self.project.ml(self.last, step) / "processing/output/out/out"
        return json.loads(out.read_text())

    def forked(self, step: str) -> bool:
        """Whether a step was forked."""
        return (self.last.step(step).folder / warm.IMPORTS_FILE).exists()

    def log(self, step: str) -> str:
        return self.project.log(self.last, step)


@pytest.fixture(params=[False, True], ids=["warm", "cold"])
def steps(project: Any, request: pytest.FixtureRequest) -> Steps:
    """A project whose steps are forked, or not."""
    return Steps(project, cold=request.param)


@pytest.fixture
def warm_steps(project: Any) -> Steps:
    """A project whose steps are forked."""
    return Steps(project)


FACTS = '''
import gc, resource, warnings

def facts():
    """All that a process can see of itself."""
    main = sys.modules["__main__"]
    streams = (sys.stdin, sys.stdout, sys.stderr)
    parent = Path(f"/proc/{os.getppid()}/environ").read_bytes().split(b"\\0")
    own = Path("/proc/self/environ").read_bytes().split(b"\\0")
    place = os.environ["SAGEMAKER_BASE_DIR"]
    return {
        "command": [sys.argv, sys.orig_argv, sys.executable, sys.prefix, sys.path],
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "main": [main.__name__, main.__spec__ and main.__spec__.name, main.__file__],
        "signals": {
            number: getattr(signal.getsignal(number), "__qualname__", str(signal.getsignal(number)))
            for number in sorted(signal.valid_signals())
        },
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "streams": [[s.encoding, s.errors, s.line_buffering, s.isatty()] for s in streams],
        "files": sorted(os.readlink(f"/proc/self/fd/{n}") for n in range(64) if _is_open(n)),
        "session": [os.getsid(0) == os.getppid(), os.getpgrp() == os.getppid()],
        "threads": [threading.active_count(), len(os.listdir("/proc/self/task"))],
        "thread": threading.current_thread() is threading.main_thread(),
        "collector": [gc.isenabled(), gc.get_threshold(), gc.get_debug()],
        "flags": str(sys.flags),
        "warnings": str(warnings.filters),
        "limits": [resource.getrlimit(n) for n in range(10)],
        "umask": os.umask(0o22),
        "seen from outside": [f"SAGEMAKER_BASE_DIR={place}".encode() in e for e in (parent, own)],
    }

def _is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
'''


def test_processing_jobs_find_the_same_surroundings(project: Any) -> None:
    found = [surroundings(Steps(project, cold=cold), "processing") for cold in (True, False)]
    assert found[0] == found[1]
    assert found[0]["seen from outside"] == [True, True]


def test_training_jobs_find_the_same_surroundings(project: Any) -> None:
    found = [surroundings(Steps(project, cold=cold), "training") for cold in (True, False)]
    assert found[0] == found[1]
    assert found[0]["seen from outside"] == [True, True]


def surroundings(steps: Steps, kind: str) -> Any:
    """What a job of a kind finds, without what differs from run to run."""
    steps.write(
        FACTS
        + """
@dsl.component
def processing(out: Output[Dataset]) -> None:
    Path(out.path).write_text(json.dumps(facts()))

@dsl.component(kind="training")
def training(data: Input[Dataset], model: Output[Model]) -> None:
    Path(model.directory, "facts").write_text(json.dumps(facts()))
"""
    )
    made = steps.training(kind) if kind == "training" else steps.step(kind)
    execution = steps.run(made)
    assert execution.status == "Succeeded", steps.log(kind)
    assert steps.forked(kind) == (not steps.settings["cold"])
    file = "model/facts" if kind == "training" else "processing/output/out/out"
    text = (steps.project.ml(execution, kind) / file).read_text()
    job = execution.step(kind).job_name
    assert job
    text = re.sub(r"pipe:\[\d+\]", "pipe", text)
    return json.loads(text.replace(job, "JOB").replace(execution.id, "RUN"))


ENDINGS = {
    "return_": "return",
    "exit": "sys.exit()",
    "exit_3": "sys.exit(3)",
    "exit_text": "sys.exit('no flights')",
    "raise_": "raise ValueError('no such airport')",
    "interrupt": "raise KeyboardInterrupt",
    "leave_5": "os._exit(5)",
    "leave_0": "os._exit(0)",
    "kill": "os.kill(os.getpid(), signal.SIGKILL)",
    "crash": "os.kill(os.getpid(), signal.SIGSEGV)",
    "stop": "os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)",
    "kill_supervisor": "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)",
    "at_exit": "import atexit; atexit.register(print, 'goodbye', flush=True)",
    "thread": "threading.Timer(0.1, print, ('late',)).start()",
    "unflushed": "os.write(1, b'first '); sys.stdout.write('second')",
    "bad_output": "out.metadata['x'] = object()",
}


def test_steps_end_in_the_same_ways(project: Any) -> None:
    """Status, reason, exit message and log are equal, however a step ends."""
    found = [
        {name: ending(Steps(project, cold=cold), name) for name in ENDINGS}
        for cold in (True, False)
    ]
    for name, cold in found[0].items():
        assert found[1][name] == cold, name
    succeeded = {name for name, facts in found[0].items() if facts[0] == "Succeeded"}
    assert succeeded == {"return_", "exit", "leave_0", "at_exit", "thread", "unflushed"}


def ending(steps: Steps, name: str) -> tuple[Any, ...]:
    """How a step ends, without what differs from run to run."""
    steps.write(
        "".join(
            f"""
            @dsl.component
            def {name}(out: Output[Dataset]) -> None:
                print("begins")
                {ending}
            """
            for name, ending in ENDINGS.items()
        )
    )
    step = steps.run(name).step(name)
    log = steps.log(name).replace(step.job_name or "", "JOB").replace(steps.last.id, "RUN")
    log = re.sub(r"after \d+\.\d s", "after a while", log)
    return step.status, step.failure_reason, step.exit_message, log


def test_a_train_file_that_fails_by_itself_shows_its_own_lines(steps: Steps) -> None:
    steps.write("")
    step = steps.training("fit")
    steps.project.train.write_text("import sys\n\nraise RuntimeError('not this image')\n")
    steps.run(step)
    log = steps.log("fit")
    assert log.startswith(
        f'Traceback (most recent call last):\n  File "{steps.project.train}", line 3, in <module>\n'
    )
    assert "runtime/warm" not in log
    assert (steps.last.step("fit").failure_reason or "").endswith("exit code: 1")


class TestFreshness:
    def test_the_authors_modules_are_as_they_were_written(self, steps: Steps) -> None:
        steps.write(
            """
            SEEN = []

            @dsl.component
            def one(out: Output[Dataset]) -> None:
                SEEN.append(1)
                json.SEEN = SEEN
                os.environ.get("HOME")
                Path(out.path).write_text("1")

            @dsl.component
            def two(out: Output[Dataset]) -> None:
                Path(out.path).write_text(json.dumps([SEEN, hasattr(json, "SEEN")]))
            """
        )
        steps.run("one", "two")
        assert steps.said("two") == [[], False]

    def test_a_module_that_changes_during_the_run_is_read_anew(self, steps: Steps) -> None:
        steps.write(
            """
            @dsl.component
            def rewrite(out: Output[Dataset]) -> None:
                import extra
                Path(extra.__file__).write_text("VALUE = 22")
                Path(out.path).write_text(str(extra.VALUE))

            @dsl.component
            def read(out: Output[Dataset]) -> None:
                import extra
                Path(out.path).write_text(str(extra.VALUE))
            """
        )
        (steps.project.folder / "extra.py").write_text("VALUE = 1")
        steps.run("rewrite", "read")
        assert (steps.said("rewrite"), steps.said("read")) == (1, 22)


def test_chance_differs_from_step_to_step(steps: Steps) -> None:
    source = """
        import numpy, uuid

        def chance() -> str:
            numbers = [random.random(), numpy.random.rand(), numpy.random.default_rng().random()]
            return json.dumps([*numbers, str(uuid.uuid4()), os.urandom(4).hex()])
        """
    for name in ("one", "two"):
        source += f"""
        @dsl.component
        def {name}(out: Output[Dataset]) -> None:
            Path(out.path).write_text(chance())
        """
    steps.write(source)
    steps.run("one", "two")  # the template learns that they need numpy
    seen = []
    for _ in range(2):
        steps.run("one", "two")
        seen += [steps.said("one"), steps.said("two")]
    for drawn in zip(*seen, strict=True):
        assert len(set(drawn)) == len(drawn), drawn


def test_libraries_with_threads_and_processes_of_their_own_work_alike(project: Any) -> None:
    """OpenBLAS, OpenMP and multiprocessing, imported before the fork and used after it."""
    source = """
        import hashlib, multiprocessing

        def double(number: int) -> int:
            return 2 * number

        @dsl.component
        def use(out: Output[Dataset]) -> None:
            import numpy
            import threadpoolctl
            from sklearn.ensemble import HistGradientBoostingClassifier

            table = numpy.random.default_rng(1).random((600, 600))
            labels = table[:, 0] > 0.5
            model = HistGradientBoostingClassifier(max_iter=5).fit(table, labels)
            found = [
                hashlib.sha256((table @ table).tobytes()).hexdigest(),
                model.predict_proba(table)[:, 1].sum(),
                sorted([pool["internal_api"], pool["num_threads"]]
                       for pool in threadpoolctl.threadpool_info()),
                {name: value for name, value in os.environ.items() if name.startswith("KMP")},
            ]
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    found.append(pool.map(double, [1, 2]))
            Path(out.path).write_text(json.dumps(found))
        """
    found = []
    for cold in (True, False, False):  # the template learns, and then has all of it
        steps = Steps(project, cold=cold)
        steps.write(source)
        assert steps.run("use").status == "Succeeded", steps.log("use")
        assert steps.forked("use") == (not cold)
        found.append(steps.said("use"))
    assert found[0] == found[1] == found[2]


class TestWhatStartsCold:
    SAY = """
        @dsl.component
        def say(out: Output[Dataset]) -> None:
            Path(out.path).write_text(json.dumps(os.environ.get("OMP_NUM_THREADS")))
        """

    def test_a_step_with_variables_of_its_own(self, warm_steps: Steps) -> None:
        warm_steps.write(self.SAY)
        other = warm_steps.step("other", "say", environment={"OMP_NUM_THREADS": "1"})
        warm_steps.run("say", other, warm_steps.step("again", "say"))
        forked = {name: warm_steps.forked(name) for name in ("say", "other", "again")}
        assert forked == {"say": True, "other": False, "again": True}
        assert warm_steps.said("other") == "1"
        assert warm_steps.said("again") is None

    def test_steps_that_have_the_same_variables_are_forked(self, warm_steps: Steps) -> None:
        warm_steps.write(self.SAY)
        made = [warm_steps.step(name, "say", environment={"OMP_NUM_THREADS": "1"}) for name in "ab"]
        warm_steps.run(*made)
        assert warm_steps.forked("a") and warm_steps.forked("b")
        assert warm_steps.said("b") == "1"

    @pytest.mark.parametrize(
        "line",
        [
            "os.environ['OMP_NUM_THREADS'] = '2'",
            "os.environ.setdefault('OMP_NUM_THREADS', '2')",
            "os.environ |= {'OMP_NUM_THREADS': '2'}",
        ],
    )
    def test_a_component_that_sets_variables(self, warm_steps: Steps, line: str) -> None:
        warm_steps.write(
            f"""
            @dsl.component
            def say(out: Output[Dataset]) -> None:
                {line}
                Path(out.path).write_text(json.dumps(os.environ["OMP_NUM_THREADS"]))
            """
        )
        warm_steps.run("say")
        assert not warm_steps.forked("say")
        assert warm_steps.said("say") == "2"

    def test_any_other_program(self, warm_steps: Steps) -> None:
        warm_steps.run(warm_steps.project.processing("script", "print('here')"))
        assert not warm_steps.forked("script")
        assert warm_steps.log("script") == "here\n"

    def test_everything_where_it_is_asked_for(self, warm_steps: Steps) -> None:
        warm_steps.settings_with(cold=True)
        warm_steps.write(self.SAY)
        warm_steps.run("say")
        assert not warm_steps.forked("say")
        assert not (warm_steps.project.settings.root / template.LOG_FILE).exists()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with packages of its own."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    notes_its_process = "import os, pathlib\nPROCESS = os.getpid()\n"
    (packages / "slow_one.py").write_text(notes_its_process)
    (packages / "threaded.py").write_text(
        notes_its_process + "import threading\nstop = threading.Event()\n"
        "threading.Thread(target=stop.wait, daemon=True).start()\n"
    )
    (packages / "sets_variables.py").write_text(
        notes_its_process + "os.environ['SET_BY_IMPORT'] = '1'\n"
    )
    (packages / "endless.py").write_text(
        notes_its_process + "import time\nif not os.environ.get('SAGEPIPE_STEP'):\n"
        "    pathlib.Path(__file__ + '.reached').touch()\n    time.sleep(600)\n"
    )
    (packages / "broken.py").write_text(notes_its_process + "import nothing_of_this_name\n")
    return folder / "bin" / "python"


class TestLearning:
    SAY = """
        @dsl.component
        def say(out: Output[Dataset]) -> None:
            import {module} as module
            here = module.PROCESS == os.getpid()
            variable = os.environ.get("SET_BY_IMPORT")
            Path(out.path).write_text(json.dumps([here, variable]))
        """

    @pytest.fixture
    def learn(self, warm_steps: Steps, installed: Path) -> Callable[[str], Any]:
        """Run a step that imports a module."""

        def run(module: str) -> Any:
            warm_steps.settings_with(python=installed)
            warm_steps.write(self.SAY.format(module=module))
            assert warm_steps.run("say").status == "Succeeded", warm_steps.log("say")
            return warm_steps.said("say")

        return run

    def test_what_a_component_imported_is_there_in_the_next_run(self, learn: Any) -> None:
        assert learn("slow_one") == [True, None]
        assert learn("slow_one") == [False, None]

    def test_what_a_component_imported_is_there_for_a_later_step(
        self, warm_steps: Steps, learn: Any
    ) -> None:
        learn("slow_one")
        (warm_steps.project.settings.root / template.RECORD_FILE).unlink()
        warm_steps.run("say", warm_steps.step("again", "say"), warm_steps.step("third", "say"))
        assert warm_steps.said("say") == [True, None]
        assert warm_steps.said("third") == [False, None]

    def test_variables_that_an_import_sets_are_there(self, learn: Any) -> None:
        assert learn("sets_variables") == [True, "1"]
        assert learn("sets_variables") == [False, "1"]

    def test_a_module_that_starts_a_thread_is_imported_by_each_step(
        self, warm_steps: Steps, learn: Any
    ) -> None:
        for _ in range(3):  # learned, found out, known
            assert learn("threaded")[0]
        assert warm_steps.forked("say")
        record = json.loads((warm_steps.project.settings.root / template.RECORD_FILE).read_text())
        assert record["late"] == {"threaded": "starts a thread that a fork would lose (python)"}

    def test_a_module_that_can_no_longer_be_imported_is_the_steps_own_affair(
        self, warm_steps: Steps, learn: Any, installed: Path
    ) -> None:
        learn("slow_one")
        record = warm_steps.project.settings.root / template.RECORD_FILE
        record.write_text(record.read_text().replace('"slow_one"', '"broken"'))
        assert learn("slow_one") == [True, None]
        assert warm_steps.forked("say")

    def test_a_step_can_be_stopped_while_the_template_still_imports(
        self, warm_steps: Steps, installed: Path, elsewhere: Any
    ) -> None:
        """The module ends its import in a step, and in the template it never does."""
        warm_steps.settings_with(python=installed)
        warm_steps.write(self.SAY.format(module="endless"))
        made = warm_steps.step("say", environment={"SAGEPIPE_STEP": "say"})
        assert warm_steps.run(made).status == "Succeeded", warm_steps.log("say")
        (module,) = installed.parent.parent.glob("lib/python*/site-packages/endless.py")
        reached = module.with_name("endless.py.reached")
        reached.unlink(missing_ok=True)
        runner = elsewhere(made, **{**warm_steps.settings, "python": str(installed)})
        warm_steps.project.until(reached.exists)
        warm_steps.project.until(
            lambda: any(
                step.status == "Executing" for step in warm_steps.project.history.get().steps
            )
        )
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"python": 1}', '{"modules": 3}'])
    def test_a_record_that_is_no_record_is_forgotten(
        self, warm_steps: Steps, learn: Any, text: str
    ) -> None:
        learn("slow_one")
        (warm_steps.project.settings.root / template.RECORD_FILE).write_text(text)
        assert learn("slow_one") == [True, None]
        assert learn("slow_one") == [False, None]

    def test_the_authors_own_packages_are_not_learned(self, warm_steps: Steps) -> None:
        (warm_steps.project.folder / "helper.py").write_text("")
        warm_steps.write(
            """
            import helper

            @dsl.component
            def say(out: Output[Dataset]) -> None:
                Path(out.path).write_text("1")
            """
        )
        warm_steps.run("say")
        record = (warm_steps.project.settings.root / template.RECORD_FILE).read_text()
        assert "parts:say" in record
        assert "helper" not in record


WAIT = """
    @dsl.component
    def wait(out: Output[Dataset]) -> None:
        {leave_pid}
        time.sleep(600)
"""


def template_of(pid: int) -> int:
    """The process that a step was forked from: its supervisor's parent."""
    supervisor = _parent(pid)
    return _parent(supervisor)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class TestEnds:
    @pytest.fixture
    def waiting(self, warm_steps: Steps, elsewhere: Any) -> Any:
        """A runner in a process of its own, with a step that goes on for ever."""
        warm_steps.write(WAIT.format(leave_pid=warm_steps.project.leave_pid("pid")))
        settings = {**warm_steps.settings, "stop_grace": 600}
        runner = elsewhere(warm_steps.step("wait"), warm_steps.step("next", "wait"), **settings)
        return runner, warm_steps.project.pid("pid")

    def test_a_killed_runner_leaves_no_process(self, warm_steps: Steps, waiting: Any) -> None:
        runner, pid = waiting
        template = template_of(pid)
        assert b"sagepipe.runtime.warm" in Path(f"/proc/{template}/cmdline").read_bytes()
        runner.kill()
        runner.wait()
        for process in (pid, template):
            warm_steps.project.until(lambda process=process: warm_steps.project.gone(process))

    def test_a_stopped_run_ends_its_steps_as_sagemaker_does(
        self, warm_steps: Steps, waiting: Any
    ) -> None:
        runner, pid = waiting
        template = template_of(pid)
        runner.send_signal(signal.SIGINT)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err
        assert warm_steps.project.gone(pid)
        assert warm_steps.project.gone(template)
        assert "Stopped: the job was asked to stop (SIGTERM)" in warm_steps.project.history.log(
            out.split()[0], "wait"
        )

    def test_without_its_template_a_step_fails_and_says_what_to_do(
        self, warm_steps: Steps, waiting: Any
    ) -> None:
        runner, pid = waiting
        os.kill(template_of(pid), signal.SIGKILL)
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Failed"], err
        reason = warm_steps.project.history.get().step("wait").failure_reason
        assert "warm template process" in reason and "--cold" in reason
        warm_steps.project.until(lambda: warm_steps.project.gone(pid))

    def test_a_step_that_starts_after_its_template_is_gone_starts_cold(
        self, warm_steps: Steps
    ) -> None:
        warm_steps.write(
            """
            @dsl.component
            def say(out: Output[Dataset]) -> None:
                Path(out.path).write_text(json.dumps(os.getpid()))
            """
        )
        killed = []

        def kill(event: local.Event) -> None:
            warm_steps.project.events.append(event)
            if event.step == "say" and event.status == "Succeeded":
                for task in Path("/proc/self/task").iterdir():
                    for child in (task / "children").read_text().split():
                        if b"sagepipe.runtime.warm" in Path(f"/proc/{child}/cmdline").read_bytes():
                            os.kill(int(child), signal.SIGKILL)
                            killed.append(child)

        steps = [warm_steps.step("say"), warm_steps.step("cold", "say", DependsOn=["say"])]
        project = warm_steps.project
        warm_steps.last = local.run(project.define(*steps), {}, project.settings, kill)
        assert killed
        assert warm_steps.last.status == "Succeeded"
        assert warm_steps.forked("say") and not warm_steps.forked("cold")
        assert "[sagepipe] the warm template process is gone" in warm_steps.log("cold")
