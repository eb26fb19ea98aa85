"""A step that is forked from the warm template gives what a cold start gives."""

import json
import re
import sys
import zipfile
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's forks are safe")

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


def test_processing_jobs_find_the_same_surroundings(made: Any) -> None:
    found = [surroundings(made(cold), "processing") for cold in (True, False)]
    assert found[0] == found[1]
    assert found[0]["seen from outside"] == [True, True]


def test_training_jobs_find_the_same_surroundings(made: Any) -> None:
    found = [surroundings(made(cold), "training") for cold in (True, False)]
    assert found[0] == found[1]
    assert found[0]["seen from outside"] == [True, True]


def surroundings(steps: Any, kind: str) -> Any:
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
    "no_module": "sys.modules['lib of cffi'] = 5",
    "bad_output": "out.metadata['x'] = object()",
}


def test_steps_end_in_the_same_ways(made: Any) -> None:
    """Status, reason, exit message and log are equal, however a step ends."""
    found = [{name: ending(made(cold), name) for name in ENDINGS} for cold in (True, False)]
    for name, cold in found[0].items():
        assert found[1][name] == cold, name
    succeeded = {name for name, facts in found[0].items() if facts[0] == "Succeeded"}
    assert succeeded == {
        "return_",
        "exit",
        "leave_0",
        "at_exit",
        "thread",
        "unflushed",
        "no_module",
    }


def ending(steps: Any, name: str) -> tuple[Any, ...]:
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


def test_what_a_step_leaves_open_is_written_at_its_end(made: Any) -> None:
    found = []
    for cold in (True, False):
        steps = made(cold)
        steps.write("""
            import tempfile, zipfile

            class Kept:
                def __del__(self):
                    print("kept until the end", flush=True)

            @dsl.component
            def leave(out: Output[Dataset]) -> None:
                global kept, text, archive, scratch
                kept = Kept()
                text = Path(out.directory, "text").open("w")
                text.write("in the buffer")
                archive = zipfile.ZipFile(Path(out.directory, "archive"), "w")
                archive.writestr("flights.csv", "late")
                scratch = tempfile.NamedTemporaryFile(dir=out.directory)
        """)
        execution = steps.run("leave")
        assert execution.status == "Succeeded", steps.log("leave")
        assert steps.forked("leave") == (not cold)
        folder = steps.project.ml(execution, "leave") / "processing/output/out"
        assert sorted(file.name for file in folder.iterdir()) == ["archive", "text"]
        found.append((folder / "text").read_text())
        found.append(zipfile.ZipFile(folder / "archive").read("flights.csv"))
        assert "kept until the end" in steps.log("leave")
    assert found == ["in the buffer", b"late"] * 2


def test_a_train_file_that_fails_by_itself_shows_its_own_lines(steps: Any) -> None:
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
    def test_the_authors_modules_are_as_they_were_written(self, steps: Any) -> None:
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

    def test_a_module_that_changes_during_the_run_is_read_anew(self, steps: Any) -> None:
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


def test_chance_differs_from_step_to_step(steps: Any) -> None:
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


def test_libraries_with_threads_and_processes_of_their_own_work_alike(made: Any) -> None:
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
        steps = made(cold)
        steps.write(source)
        assert steps.run("use").status == "Succeeded", steps.log("use")
        assert steps.forked("use") == (not cold)
        found.append(steps.said("use"))
    assert found[0] == found[1] == found[2]
