"""One host, in each runner: what it sees, what it may do, how it ends."""

import json
import os
import signal
import socket
import subprocess
import tempfile
from dataclasses import replace

import pytest

from sagepipe.local.errors import StepError
from sagepipe.local.jobs.endpoint import free_port
from sagepipe.local.launch import orphans


class TestWhatItSees:
    def test_the_paths_of_its_command_line(self, hosts):
        body = "print(json.dumps(Path(__file__).exists()))"
        assert hosts.said(body) is True

    def test_opt_ml_where_it_is_true_and_a_variable_where_it_is_not(self, hosts):
        found = hosts.said('print(json.dumps([os.environ.get("SAGEMAKER_BASE_DIR"), str(ML)]))')
        if hosts.isolated:
            assert found == [None, "/opt/ml"]
        else:
            folder = str(hosts.project.folder / "job/algo-1/opt/ml")
            assert found == [folder, folder]

    def test_no_variable_of_the_callers_and_those_of_its_request(self, hosts, monkeypatch):
        monkeypatch.setenv("A_SECRET", "of the caller")
        monkeypatch.setenv("AWS_PROFILE", "of the caller")
        found = hosts.said("print(json.dumps(dict(os.environ)))", environment={"MODE": "a = b\nc"})
        assert found["MODE"] == "a = b\nc"
        assert not {"A_SECRET", "AWS_PROFILE"} & set(found)
        assert not [name for name in found if name.startswith("SM_")]

    def test_a_variable_that_the_engine_itself_knows_is_the_requests(self, container):
        found = container.said("print(json.dumps(os.environ['USER']))", environment={"USER": "me"})
        assert found == "me"

    def test_a_variable_that_would_lead_the_engine_astray(self, container):
        given = {"DOCKER_HOST": "tcp://nowhere:1", "CONTAINERS_CONF": "/nowhere", "TMPDIR": "/x"}
        body = "print(json.dumps({name: os.environ[name] for name in sys.argv[1:]}))"
        launch = container.launch(body, environment=given)
        command = replace(launch.command, arguments=tuple(given))
        status, log = container.run(replace(launch, command=command))
        assert (status, json.loads(log)) == (0, given)

    def test_what_its_image_sets_and_nothing_of_this_machine(self, container):
        found = container.said("print(json.dumps(dict(os.environ)))")
        assert found["FROM_IMAGE"] == "yes"
        assert found["PATH"].startswith("/usr/local/bin")
        assert not {"PYTHONPATH", "LOGNAME", "SSL_CERT_FILE"} & set(found)

    def test_its_own_name_and_those_of_all_hosts(self, isolated):
        names = ("algo-1", "algo-2", "algo-3")
        body = "print(json.dumps([socket.gethostname(), [socket.gethostbyname(n) for n in NAMES]]))"
        found, addresses = isolated.said(f"NAMES = {names}\n{body.strip()}", hosts=names)
        assert found == "algo-1"
        assert len(set(addresses)) == 3

    def test_its_own_name_where_it_is_alone(self, isolated):
        body = "print(json.dumps([socket.gethostname(), socket.gethostbyname('algo-1')]))"
        found, address = isolated.said(body)
        assert found == "algo-1"
        assert address.startswith("127.")

    def test_the_projects_programs(self, sandbox, tmp_path):
        (tmp_path / "docker").mkdir()
        (tmp_path / "docker/train.py").touch()
        sandbox.settle(train=tmp_path / "docker/train.py")
        body = "print(json.dumps([sorted(os.listdir('/opt/program')), os.environ['PATH']]))"
        found, search = sandbox.said(body)
        assert found == ["train.py"]
        assert search.startswith("/opt/program:")

    def test_a_tmp_and_a_home_of_its_own(self, sandbox):
        with tempfile.NamedTemporaryFile(dir="/tmp") as file:
            body = f"print(json.dumps([Path({file.name!r}).exists(), os.environ['HOME']]))"
            assert sandbox.said(body) == [False, "/tmp"]

    def test_folders_of_its_image_beside_those_of_sagemaker(self, container):
        body = "print(json.dumps(sorted(os.listdir('/opt/ml'))))"
        assert container.said(body) == ["output", "processing"]


class TestWhatItMayDo:
    def test_write_to_opt_ml_to_where_it_starts_and_to_tmp(self, hosts):
        body = """
            for place in (ML / "output", Path.cwd(), Path("/tmp")):
                (place / "sagepipe-test").write_text("x")
                (place / "sagepipe-test").rename(place / "sagepipe-test-2")
                (place / "sagepipe-test-2").unlink()
            (ML / "output/kept").write_text("kept")
        """
        launch = hosts.launch(body)
        assert hosts.run(launch) == (0, "")
        kept = launch.folder / "opt/ml/output/kept"
        assert kept.read_text() == "kept"
        kept.unlink()

    def test_write_nowhere_else(self, sandbox, tmp_path):
        body = f"""
            refused = []
            for place in ("/etc", "/usr", {str(tmp_path)!r}, "/opt", "/"):
                try:
                    Path(place, "sagepipe-test").write_text("x")
                except OSError as error:
                    refused.append(place)
            print(json.dumps(refused))
        """
        found = sandbox.said(body)
        assert set(found) >= {"/etc", "/usr", str(tmp_path)}
        assert not (tmp_path / "sagepipe-test").exists()

    def test_read_and_not_write_what_streams_from_s3(self, isolated):
        channel = "/opt/ml/input/data/train"
        launch = isolated.launch(
            f"""
            file = Path({channel!r}, "a.csv")
            print(file.read_text())
            file.write_text("mine")
            """,
            read_only=(channel,),
        )
        place = launch.folder / channel.lstrip("/")
        place.mkdir(parents=True)
        (place / "a.csv").write_text("theirs")
        status, log = isolated.run(launch)
        assert status == 1
        assert log.startswith("theirs\n")
        assert "Read-only file system" in log
        assert (place / "a.csv").read_text() == "theirs"

    def test_write_to_links_without_altering_what_they_lead_to(self, hosts):
        channel = "/opt/ml/input/data/train"
        launch = hosts.launch(
            """
            channel = ML / "input/data/train"
            with open(channel / "own", "a") as file:
                file.write(" and more")
            (channel / "new").write_text("new")
            print(json.dumps([(channel / "own").read_text(), sorted(os.listdir(channel))]))
            """,
            overlaid=(channel,),
        )
        hosts.settings.root.mkdir()
        if not hosts.launcher.overlays(launch.command):
            pytest.skip("no overlays here")
        own = hosts.project.folder / "own"
        own.write_text("own")
        folder = launch.folder / channel.lstrip("/")
        folder.mkdir(parents=True)
        os.link(own, folder / "own")
        status, text = hosts.run(launch)
        assert status == 0, text
        assert json.loads(text) == ["own and more", ["new", "own"]]
        assert own.read_text() == "own"
        assert os.listdir(folder) == ["own"]

    def test_reach_no_network_unless_it_is_asked_for(self, isolated):
        body = "print(json.dumps([name for _, name in socket.if_nameindex()]))"
        assert isolated.said(body) == ["lo"]

    def test_reach_the_network_where_that_is_asked_for(self, isolated):
        isolated.settle(network=True)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            body = f"""
                names = [name for _, name in socket.if_nameindex()]
                try:
                    socket.create_connection(("127.0.0.1", {port}), timeout=5)
                    names.append("this machine")
                except OSError:
                    pass
                print(json.dumps(names))
            """
            found = isolated.said(body)
        assert len(found) > 1

    def test_reach_no_network_where_its_request_is_isolated(self, isolated):
        isolated.settle(network=True)
        body = "print(json.dumps([name for _, name in socket.if_nameindex()]))"
        assert isolated.said(body, network=False) == ["lo"]

    def test_use_its_own_loopback(self, hosts):
        body = """
            server = socket.create_server(("127.0.0.1", 0))
            socket.create_connection(server.getsockname(), timeout=5).close()
        """
        assert hosts.run(hosts.launch(body)) == (0, "")

    def test_serve_to_this_machine(self, hosts):
        port = free_port()
        body = """
            port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", 8080))
            server = socket.create_server((os.environ.get("SAGEPIPE_SERVE_HOST", ""), port))
            ready()
            while True:
                connection, _ = server.accept()
                if connection.recv(5) == b"hello":
                    connection.sendall(b"from inside")
                connection.close()
        """
        launch = hosts.launch(body, port=port)
        started = hosts.start(launch)
        hosts.wait(launch)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"hello")
            assert connection.recv(100) == b"from inside"
        started.signal(signal.SIGKILL)
        started.wait()
        started.close()


class TestSeveralHosts:
    def test_reach_each_other_by_their_names_and_nobody_else(self, isolated):
        names = ("algo-1", "algo-2")
        listening = """
            server = socket.create_server((socket.gethostname(), 5000))
            ready()
            connection, _ = server.accept()
            print(connection.recv(100).decode())
        """
        first = isolated.launch(listening, hosts=names)
        started = isolated.start(first)
        isolated.wait(first)
        calling = """
            with socket.create_connection(("algo-1", 5000), timeout=60) as connection:
                connection.sendall(b"hello from " + socket.gethostname().encode())
            try:
                socket.create_connection(("192.0.2.1", 80), timeout=5)
            except OSError as error:
                print("nobody else")
        """
        second = isolated.launch(calling, hosts=names, host="algo-2", job=first.job)
        assert isolated.run(second) == (0, "nobody else\n")
        started.wait()
        assert started.close() == 0
        assert first.log.read_text() == "hello from algo-2\n"

    def test_leave_no_network_behind(self, container, engine):
        launch = container.launch(hosts=("algo-1", "algo-2"))
        assert container.run(launch) == (0, "")
        assert launch.job not in engine("network", "ls").stdout


class TestHowItEnds:
    @pytest.mark.parametrize("status", [0, 3])
    def test_with_its_exit_status(self, hosts, status):
        assert hosts.run(hosts.launch(f"sys.exit({status})"))[0] == status

    def test_by_a_signal(self, hosts):
        started = hosts.start(
            hosts.launch("subprocess.run(['sh', '-c', 'kill -9 $$'], check=True)")
        )
        started.wait()
        assert started.close() == 1

    def test_sigterm_reaches_it_and_it_may_end_by_itself(self, hosts):
        body = """
            def end(*_):
                (ML / "output/saved").write_text("saved")
                sys.exit(5)
            signal.signal(signal.SIGTERM, end)
            ready()
            while True:
                signal.pause()
        """
        launch = hosts.launch(body)
        started = hosts.start(launch)
        hosts.wait(launch)
        started.signal(signal.SIGTERM)
        started.wait()
        assert started.close() == 5
        assert (launch.folder / "opt/ml/output/saved").read_text() == "saved"

    def test_sigkill_ends_it_whatever_it_does(self, hosts, gone):
        body = """
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            ready()
            while True:
                signal.pause()
        """
        launch = hosts.launch(body)
        started = hosts.start(launch)
        hosts.wait(launch)
        started.signal(signal.SIGTERM)
        started.signal(signal.SIGKILL)
        started.wait()
        assert started.close() in (-9, 137)
        assert gone(launch)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_before_it_has_begun(self, hosts, number):
        launch = hosts.launch("ready()\nsignal.pause()")
        started = hosts.start(launch)
        started.signal(number)
        # It may just have begun; a container's first process lives through SIGTERM.
        started.signal(signal.SIGKILL)
        started.wait()
        assert started.close() != 0

    def test_by_the_mark_that_all_of_its_processes_carry(self, hosts, gone):
        if hosts.runner == "container":
            pytest.skip("a container ends by its name")
        launch = hosts.launch("ready()\nsignal.pause()")
        started = hosts.start(launch)
        hosts.wait(launch)
        orphans.end(f"SAGEMAKER_BASE_DIR={launch.folder}/opt/ml")
        started.wait()
        assert started.close() != 0
        assert gone(launch)

    def test_with_the_children_that_it_leaves(self, isolated, gone):
        body = """
            ready()
            subprocess.Popen(["sleep", "600"], close_fds=False, start_new_session=True)
        """
        launch = isolated.launch(body)
        started = isolated.start(launch)
        isolated.wait(launch)
        started.wait()
        assert started.close() == 0
        assert gone(launch)

    def test_a_stopped_container_is_gone(self, container, engine):
        launch = container.launch("ready()\nsignal.pause()")
        started = container.start(launch)
        started.signal(signal.SIGTERM)
        started.signal(signal.SIGKILL)
        started.wait()
        started.close()
        assert launch.job not in engine("ps", "--all").stdout

    def test_that_the_engine_cannot_start_is_said(self, container):
        launch = container.launch(host="no name")
        status, log = container.run(launch)
        assert status == 125
        assert "could not start the container" in log

    def test_without_a_container_left(self, container, engine):
        launch = container.launch("print('done')")
        assert container.run(launch) == (0, "done\n")
        assert launch.job not in engine("ps", "--all").stdout

    def test_a_program_that_is_not_there_is_named(self, hosts):
        launch = hosts.launch()
        command = replace(launch.command, entrypoint=("no-such-program",))
        launch = replace(launch, command=command)
        try:
            status, log = hosts.run(launch)
        except StepError as error:
            assert "'no-such-program' is not to be found" in str(error)
        else:
            assert status == 127
            assert "no-such-program" in log


class TestTheRecord:
    def test_its_command_can_be_run_again(self, hosts):
        launch = hosts.launch("print('again')")
        assert hosts.run(launch) == (0, "again\n")
        record = json.loads((launch.folder / "launch.json").read_text())
        assert record["runner"].startswith(hosts.runner)
        done = subprocess.run(
            record["command"],
            env=record["environment"],
            cwd=record["folder"],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (0, "again\n"), done.stderr

    def test_another_command_can_be_run_in_its_place(self, hosts):
        launch = hosts.launch(environment={"MODE": "debug"})
        hosts.run(launch)
        (launch.folder / "opt/ml/output/kept").write_text("kept")
        record = json.loads((launch.folder / "launch.json").read_text())
        script = 'cd "${SAGEMAKER_BASE_DIR:-/opt/ml}/output" && echo $MODE $(cat kept)'
        done = subprocess.run(
            [*record["inside"], "sh", "-c", script],
            env=record["environment"],
            cwd=record["folder"],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (0, "debug kept\n"), done.stderr

    def test_names_what_the_job_itself_was_told_to_run(self, hosts):
        launch = hosts.launch()
        hosts.run(launch)
        record = json.loads((launch.folder / "launch.json").read_text())
        python, script = record["own"]
        assert python.endswith("python3")
        assert script.endswith("/opt/ml/processing/input/code/script.py")

    def test_is_for_the_users_eyes_only(self, hosts):
        launch = hosts.launch()
        hosts.run(launch)
        assert (launch.folder / "launch.json").stat().st_mode & 0o077 == 0
