"""What happens on bad days: full disks, closed files, much output, long histories, odd clocks."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sagepipe import local
from sagepipe.local import state

MB = 1024 * 1024


@pytest.fixture
def small_disk(project):
    """The project's state on a disk of four megabytes."""
    place = project.folder / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    project.settings_with(root=place / "state")
    yield place
    # Lazily: a guardian's child that was killed may still be on its way out, with a file of it.
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.once
class TestAFullDisk:
    # Leaves not a single block.
    FILL = """
        try:
            with open({place!r}, "wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
        except OSError:
            pass
    """

    def fill(self, small_disk):
        return self.FILL.format(place=str(small_disk / "fill"))

    def test_fails_the_step_that_finds_it_and_all_is_on_record(self, project, small_disk):
        first = project.processing("a", "(OUT / 'o/a').write_text('a')", outputs={"o": "s3://b/a"})
        body = f"(OUT / 'o/b').write_bytes(bytes({5 * MB}))"
        second = project.processing("b", body, outputs={"o": "s3://b/b"}, DependsOn=["a"])
        execution = project.run(first, second)
        assert [step.status for step in execution.steps] == ["Succeeded", "Failed"]
        assert project.history.get() == execution
        assert project.s3("s3://b/a/a").read_text() == "a"
        assert not project.s3("s3://b/b").exists()

    def test_outputs_that_find_no_room_appear_not_at_all(self, project, small_disk):
        body = f"""
            for n in range(7):
                (OUT / "o" / str(n)).write_bytes(bytes({MB // 3}))
        """
        execution = project.run(project.processing("a", body, outputs={"o": "s3://b/o"}))
        reason = execution.step("a").failure_reason
        assert reason.startswith("InternalServerError: OSError: [Errno 28] No space left on device")
        assert not project.s3("s3://b/o").exists()
        assert not list(project.settings.s3.glob(".uploads/*"))

    def test_once_there_is_room_the_execution_goes_on(self, project, small_disk):
        body = f"(OUT / 'o/b').write_bytes(bytes({MB}))"
        execution = project.run(
            project.processing("fill", self.fill(small_disk)),
            project.processing("b", body, outputs={"o": "s3://b/b"}, DependsOn=["fill"]),
        )
        assert [step.status for step in execution.steps] == ["Succeeded", "Failed"]
        assert project.history.get() == execution
        (small_disk / "fill").unlink()
        again = local.resume(execution.id, project.settings)
        assert again.status == "Succeeded"
        assert project.s3("s3://b/b/b").stat().st_size == MB

    def test_a_run_that_can_not_even_begin_says_so_in_a_line(self, project, small_disk):
        project.run(project.processing("a"))
        with open(small_disk / "fill", "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        with pytest.raises(local.LocalError, match=r"state can't be written to .*small/state"):
            project.run(project.processing("a"))
        (small_disk / "fill").unlink()
        assert project.run(project.processing("a")).status == "Succeeded"


@pytest.mark.parametrize("where", ["file", "folder"])
def test_an_input_that_may_not_be_read_fails_its_step_and_is_named(project, elsewhere, where):
    folder = project.folder / "data"
    folder.mkdir()
    (folder / "a.csv").write_text("x")
    closed = folder if where == "folder" else folder / "a.csv"
    closed.chmod(0)
    try:
        runner = elsewhere(project.processing("a", inputs={"i": str(folder)}), unprivileged=True)
        out, err = runner.communicate(timeout=60)
    finally:
        closed.chmod(0o700)
    assert out.split()[1:] == ["Failed"], err
    reason = project.history.get().step("a").failure_reason
    assert reason.startswith("ClientError: ")
    assert str(closed) in reason


@pytest.mark.parametrize("kind", ["Pipe", "FastFile", "manifest", "checkpoint"])
def test_a_training_job_whose_input_may_not_be_read_fails_and_names_it(project, elsewhere, kind):
    closed = project.put("s3://b/in/a.csv")
    step = project.training("t", "open(ML / 'input/data/d_0').read()", channels={"d": "s3://b/in"})
    (channel,) = step["Arguments"]["InputDataConfig"]
    if kind == "manifest":
        closed = project.put("s3://b/list.json")
        source = {"S3DataType": "ManifestFile", "S3Uri": "s3://b/list.json"}
        channel["DataSource"]["S3DataSource"] = source
    elif kind == "checkpoint":
        closed = project.put("s3://b/checkpoints/1")
        step["Arguments"]["CheckpointConfig"] = {"S3Uri": "s3://b/checkpoints"}
    else:
        channel["InputMode"] = kind
    closed.chmod(0)
    out, err = elsewhere(step, unprivileged=True).communicate(timeout=120)
    assert out.split()[1:] == ["Failed"], err
    reason = project.history.get().step("t").failure_reason
    assert reason.startswith("ClientError: ")
    assert str(closed) in reason
    assert "Permission denied" in reason


@pytest.mark.once
@pytest.mark.slow
def test_a_step_may_print_a_gigabyte(project, elsewhere):
    """All of it is in the log, and the runner's memory doesn't grow with it."""
    body = """
        lines = (b"x" * 99 + b"\\n") * 10_000
        for _ in range(1000):
            os.write(1, lines)
        print("the last line")
    """
    runner = elsewhere(project.processing("a", body))
    _, err = runner.communicate(timeout=300)
    execution = project.history.get()
    log = execution.step("a").log
    try:
        assert execution.status == "Succeeded"
        assert log.stat().st_size > 1_000_000_000
        with open(log, "rb") as file:
            file.seek(-14, os.SEEK_END)
            assert file.read() == b"the last line\n"
        if sys.platform == "linux":
            kilobytes = int(err.split("VmHWM:")[1].split()[0])
            assert kilobytes < 100 * 1024
    finally:
        log.unlink()


@pytest.mark.once
class TestAThousandRuns:
    @pytest.fixture
    def thousand(self, project):
        project.run(project.processing("a"))
        with closing(sqlite3.connect(project.settings.database)) as database:
            database.row_factory = sqlite3.Row
            columns = "pipeline, runner, status, failure_reason, parameters, started, ended"
            database.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                f"INSERT INTO executions (id, {columns}) "
                f"SELECT printf('run%09d', i), {columns} FROM executions, n"
            )
            columns = "type, status, job_name, metrics, properties, started, ended"
            database.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) "
                f"INSERT INTO steps (execution_id, name, {columns}) "
                f"SELECT id, 'step' || i, {', '.join('s.' + c for c in columns.split(', '))} "
                "FROM executions, n, (SELECT * FROM steps) AS s WHERE id LIKE 'run%'"
            )
            database.commit()

    def test_are_listed_and_shown_at_once(self, project, thousand):
        started = time.process_time()
        latest = project.history.executions(limit=20)
        shown = project.history.get("last")
        found = project.history.get("run000000500")
        took = time.process_time() - started
        assert [latest[0].id, shown.id, found.id] == ["run000001000"] * 2 + ["run000000500"]
        assert len(shown.steps) == 10
        assert took < 0.1

    def test_all_of_them_can_be_read(self, project, thousand):
        assert len(project.history.executions()) == 1001

    def test_do_not_slow_the_next_one_down(self, project, thousand):
        step = project.processing("a", CacheConfig={"Enabled": True})
        project.run(step)
        started = time.process_time()
        local.recover(project.settings)
        assert project.run(step).step("a").cached_from
        assert time.process_time() - started < 0.2


class TestAClockThatJumps:
    @pytest.fixture(params=[-3600, 3600], ids=["back", "forward"])
    def jumps(self, request, monkeypatch):
        """A clock that is set by an hour whenever somebody looks."""
        looks = iter(range(1, 10**6))
        true = state.now
        monkeypatch.setattr(
            state, "now", lambda: true() + timedelta(seconds=request.param * next(looks))
        )

    def test_steps_take_the_time_that_they_take(self, project, jumps):
        execution = project.run(
            project.processing("a", "time.sleep(0.1)"),
            project.training("t", DependsOn=["a"]),
        )
        assert 0.1 <= execution.step("a").seconds < 60
        assert 0 <= execution.step("t").seconds < 60
        assert execution.seconds >= 0
        assert project.history.get() == execution

    def test_the_order_of_runs_and_steps_stays(self, project, jumps):
        names = ["a", "b", "c"]
        steps = [
            project.processing(name, DependsOn=names[:place][-1:])
            for place, name in enumerate(names)
        ]
        first, second = project.run(*steps), project.run(*steps)
        assert [item.id for item in project.history.executions()] == [second.id, first.id]
        assert project.history.get("last").id == second.id
        assert [step.name for step in project.history.get().steps] == names


class TestAnOldDatabase:
    # What version 1 of the database was like.
    SCHEMA = """
        CREATE TABLE executions (
            id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, runner TEXT NOT NULL,
            status TEXT NOT NULL, failure_reason TEXT, parameters TEXT NOT NULL,
            started REAL NOT NULL, ended REAL
        );
        CREATE TABLE steps (
            execution_id TEXT NOT NULL REFERENCES executions (id), name TEXT NOT NULL,
            type TEXT NOT NULL, status TEXT NOT NULL, failure_reason TEXT, exit_message TEXT,
            job_name TEXT, outcome INTEGER, metrics TEXT, properties TEXT, started REAL NOT NULL,
            ended REAL, PRIMARY KEY (execution_id, name)
        );
        CREATE TABLE model_packages (
            group_name TEXT NOT NULL, version INTEGER NOT NULL, arn TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL, approval_status TEXT NOT NULL, model_data_url TEXT,
            created REAL NOT NULL, execution_id TEXT NOT NULL, step TEXT NOT NULL,
            arguments TEXT NOT NULL, PRIMARY KEY (group_name, version)
        );
        CREATE INDEX executions_started ON executions (started);
        INSERT INTO executions VALUES
            ('abc', 'p', 'process', 'Failed', 'why', '{"n": 1}', 1000.5, 1001.5);
        INSERT INTO steps VALUES
            ('abc', 's', 'Processing', 'Succeeded', NULL, NULL, 'job', NULL, '{"auc": 0.5}',
             '{}', 1000.5, 1001.5);
        PRAGMA user_version = 1;
    """

    @pytest.fixture
    def old(self, project):
        project.settings.root.mkdir()
        with closing(sqlite3.connect(project.settings.database)) as database:
            database.executescript(self.SCHEMA)

    def test_is_brought_up_to_date_and_keeps_what_it_holds(self, project, old):
        execution = project.history.get("abc")
        assert (execution.status, execution.parameters) == ("Failed", {"n": 1})
        step = execution.step("s")
        assert (step.metrics, step.attempts, step.cached_from) == ({"auc": 0.5}, 1, None)
        assert project.run(project.processing("a")).status == "Succeeded"
        assert len(project.history.executions()) == 2

    def test_of_a_later_library_is_refused_and_left_alone(self, project):
        project.run(project.fail("f"))
        with closing(sqlite3.connect(project.settings.database)) as database:
            database.execute("PRAGMA user_version = 999")
        with pytest.raises(local.LocalError, match="is of version 999, this library knows"):
            project.history.executions()


class TestWhatAKilledRunLeftOfItsUploads:
    # Is killed while it uploads.
    KILLED = """
import os, signal, sys
from pathlib import Path
from sagepipe.local.storage import Storage
with Storage(Path(sys.argv[1]), Path(sys.argv[2])).staged(sys.argv[3]) as staged:
    (staged / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""

    @pytest.fixture(params=["s3://b/out", "results/out"], ids=["s3", "own"])
    def left(self, project, request):
        """A folder that a killed process left, for S3's stand-in or beside one's own files."""
        project.run(project.fail("f"))
        settings = project.settings
        places = [str(settings.s3), str(project.folder), request.param]
        killed = subprocess.run([sys.executable, "-c", self.KILLED, *places], timeout=60)
        assert killed.returncode == -signal.SIGKILL
        (half,) = project.folder.rglob("half")
        return half.parent

    def test_is_cleared_up(self, project, left):
        (project.folder / "results").mkdir(exist_ok=True)
        (project.folder / "results/mine").touch()
        local.recover(project.settings)
        assert not left.exists()
        assert not list(project.settings.s3.glob(".uploads/*"))
        assert (project.folder / "results/mine").exists()

    def test_but_not_while_a_run_is_under_way_that_it_might_be_of(self, project, left, elsewhere):
        runner = elsewhere(project.processing("a", f"{project.leave_pid('pid')}; time.sleep(600)"))
        pid = project.pid("pid")
        local.recover(project.settings)
        assert left.exists()
        runner.kill()
        runner.wait()
        project.until(lambda: project.gone(pid))
        local.recover(project.settings)
        assert not left.exists()

    def test_is_nobody_elses_folder(self, project):
        project.run(project.fail("f"))
        mine = project.folder / "mine"
        mine.mkdir()
        uploads = project.settings.s3 / ".uploads"
        uploads.mkdir(parents=True)
        (uploads / ".sagepipe-odd").symlink_to(mine)
        local.recover(project.settings)
        assert mine.exists()


def test_a_deleted_run_folder_harms_nothing(project):
    execution = project.run(project.processing("a"))
    shutil.rmtree(execution.folder)
    assert project.history.get().id == execution.id
    assert local.recover(project.settings) == []
    assert not Path(execution.folder).exists()
