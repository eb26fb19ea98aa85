"""The command as a user runs it, each verb a process in a small project."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sagepipe


def succeeded(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def refused(result, status=2):
    """The message of a refusal: one, and no traceback."""
    assert result.returncode == status, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("error: ") == 1, result.stderr
    return result.stderr[result.stderr.index("error: ") :].rstrip("\n")


class TestList:
    def test_it_names_pipelines_and_their_parameters(self, sagepipe_command):
        printed = succeeded(sagepipe_command("list"))

        assert "numbers  →  small-numbers" in printed
        assert "-p data_uri: str (from sagepipe.toml)" in printed
        assert "-p least: float = 5.0" in printed

    def test_machines_get_json(self, sagepipe_command):
        found = json.loads(succeeded(sagepipe_command("list", "--json")))

        assert [item["name"] for item in found] == ["small-numbers"]
        assert found[0]["parameters"][1] == {
            "name": "least",
            "type": "float",
            "required": False,
            "default": 5.0,
        }


class TestCompile:
    def test_it_writes_the_definition_into_build(self, sagepipe_command, project):
        printed = succeeded(sagepipe_command("compile"))

        assert "wrote build/small-numbers.json" in printed
        definition = json.loads((project / "build" / "small-numbers.json").read_text())
        assert [step["Name"] for step in definition["Steps"]] == ["add", "learn", "condition"]

    def test_a_dash_is_the_terminal(self, sagepipe_command, project):
        printed = succeeded(sagepipe_command("compile", "numbers", "-o", "-"))

        assert json.loads(printed)["Version"] == "2020-12-01"
        assert not (project / "build").exists()

    def test_it_works_anywhere_in_the_project(self, sagepipe_command, project):
        succeeded(sagepipe_command("compile", cwd=project / "src" / "team"))

        assert (project / "build" / "small-numbers.json").is_file()

    def test_a_pipeline_can_be_named_by_its_own_name(self, sagepipe_command):
        succeeded(sagepipe_command("compile", "small-numbers", "-o", "-"))

    def test_an_unknown_pipeline_is_refused_with_the_known(self, sagepipe_command):
        message = refused(sagepipe_command("compile", "letters"))

        assert (
            message
            == "error: no pipeline 'letters' in team.pipelines; there is numbers, small-numbers"
        )

    def test_a_pipeline_named_like_its_module_is_chosen_beside_others(
        self, sagepipe_command, project
    ):
        file = project / "src" / "team" / "pipelines" / "numbers.py"
        text = file.read_text().replace('name="small-numbers"', 'name="numbers"')
        file.write_text(text + '\n\n@dsl.pipeline(name="other")\ndef other() -> None:\n    pass\n')

        succeeded(sagepipe_command("compile", "numbers", "-o", "-"))

    def test_a_mistake_of_the_author_has_file_and_line(self, sagepipe_command, project):
        file = project / "src" / "team" / "pipelines" / "numbers.py"
        file.write_text(file.read_text().replace("plus=plus)", "plus='3')"))

        message = refused(sagepipe_command("compile"))
        assert re.search(r"numbers\.py:\d+: add\(\), plus takes a int, not '3'", message)

    @pytest.mark.parametrize(
        ("code", "fault"),
        [
            ("1 / 0\n", r"parts\.py:1: ZeroDivisionError: division by zero"),
            ("def f(:\n", r"parts\.py:1: SyntaxError: invalid syntax"),
            ("import nothing_there\n", r"parts\.py:1: ModuleNotFoundError: No module named"),
        ],
    )
    def test_an_error_in_the_authors_own_module_has_file_and_line(
        self, sagepipe_command, project, code, fault
    ):
        (project / "src" / "team" / "parts.py").write_text(code)

        assert re.search(fault, refused(sagepipe_command("compile"), status=1))

    def test_a_package_that_is_not_there_is_named(self, sagepipe_command, project):
        file = project / "sagepipe.toml"
        file.write_text(file.read_text().replace('package = "team"', 'package = "tame"'))

        assert "there is no module 'tame'" in refused(sagepipe_command("compile"))

    @pytest.mark.parametrize("verb", ["compile", "graph"])
    def test_a_folder_is_no_file_to_write(self, sagepipe_command, project, verb):
        (project / "taken.svg").mkdir()

        said = refused(sagepipe_command(verb, "-o", "taken.svg"))
        assert "can't write taken.svg: Is a directory" in said
        assert not [item for item in project.iterdir() if item.name.startswith(".taken")]


class TestRun:
    def test_it_runs_the_pipeline_and_says_what_came_of_it(self, sagepipe_command):
        printed = succeeded(sagepipe_command("run"))

        for step in ("add", "learn", "condition", "register-model"):
            assert re.search(rf"✓ {step} +Succeeded", printed), printed
        assert re.search(r"total +6", printed)
        assert "Three things to try next" in printed
        assert "sagepipe.cli serve " in printed
        assert "sagepipe.cli ui " not in printed  # tracking is off

    def test_a_model_is_served_where_one_was_registered(self, sagepipe_command, project):
        pipeline = project / "src/team/pipelines/numbers.py"
        text = pipeline.read_text()
        pipeline.write_text(text[: text.index("with dsl.If")].rstrip() + "\n")
        printed = succeeded(sagepipe_command("run"))

        assert "Two things to try next" in printed
        assert "sagepipe.cli serve" not in printed

    def test_parameters_are_given_by_name(self, sagepipe_command):
        printed = succeeded(sagepipe_command("run", "-p", "plus=10", "-p", "least=16"))

        assert re.search(r"total +16", printed)

    def test_a_failed_run_ends_with_status_1_and_the_reason(self, sagepipe_command):
        result = sagepipe_command("run", "-p", "least=100")

        assert result.returncode == 1
        assert "the sum is too small" in result.stdout

    def test_a_failed_step_shows_its_reason_and_where_its_log_is(self, sagepipe_command, project):
        (project / "data" / "numbers.txt").write_text("1\ntwo\n")
        result = sagepipe_command("run")

        assert result.returncode == 1
        assert "add failed:" in result.stdout
        assert "invalid literal for int() with base 10: 'two'" in result.stdout
        assert re.search(r"sagepipe\.cli logs \w+ add", result.stdout)

    def test_machines_get_an_event_a_line_and_the_execution_last(self, sagepipe_command):
        lines = succeeded(sagepipe_command("run", "--json")).splitlines()

        documents = [json.loads(line) for line in lines]
        assert all("event" in document for document in documents[:-1])
        assert documents[-1]["execution"]["status"] == "Succeeded"

    def test_two_runs_at_once_do_not_disturb_each_other(self, sagepipe_command):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda n: sagepipe_command("run", "-p", f"plus={n}"), (1, 2)))

        assert [result.returncode for result in results] == [0, 0]
        assert len(json.loads(succeeded(sagepipe_command("runs", "--json")))) == 2

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ("least", "--parameter 'least' is not of the form NAME=VALUE"),
            ("=5", "--parameter '=5' is not of the form NAME=VALUE"),
            ("lest=5", "unknown parameter 'lest'"),
            ("least=x", "parameter 'least' has to be a number (Float), not 'x'"),
            ("plus=1.5", "parameter 'plus' has to be a whole number (Integer), not '1.5'"),
        ],
    )
    def test_a_wrong_parameter_is_one_line(self, sagepipe_command, project, given, message):
        assert message in refused(sagepipe_command("run", "-p", given))
        assert not list((project / ".sagepipe").glob("runs/*/*"))

    def test_a_parameter_that_is_given_twice_is_refused(self, sagepipe_command):
        message = refused(sagepipe_command("run", "-p", "plus=1", "-p", "plus=2"))

        assert message == "error: --parameter plus is given twice: 1 and 2"

    def test_missing_data_fails_the_step_that_reads_it(self, sagepipe_command, project):
        result = sagepipe_command("run", "-p", "data_uri=data/none.txt")

        assert result.returncode == 1
        assert str(project / "data" / "none.txt") in result.stdout.replace("\n", "")

    def test_an_unknown_environment_is_refused_with_the_known(self, sagepipe_command):
        message = refused(sagepipe_command("run", "--env", "prod"))

        assert "no environment 'prod' ([env.prod]); it has local, dev" in message


class TestReading:
    def test_before_the_first_run_there_is_nothing(self, sagepipe_command):
        assert "no runs yet; start one with `python -m sagepipe.cli run`" in succeeded(
            sagepipe_command("runs")
        )

    def test_a_run_is_listed_shown_and_its_log_printed(self, sagepipe_command):
        succeeded(sagepipe_command("run"))

        (run,) = json.loads(succeeded(sagepipe_command("runs", "--json")))
        assert run["id"] in succeeded(sagepipe_command("runs"))
        shown = succeeded(sagepipe_command("show"))
        assert "small-numbers" in shown and "relocated /opt/ml" in shown
        assert re.search(r"condition +Condition +✓ Succeeded .* True", shown)
        assert json.loads(succeeded(sagepipe_command("show", run["id"][:5], "--json"))) == run
        assert "the sum is 6" in succeeded(sagepipe_command("logs", "last", "add"))
        assert "── add ─" in succeeded(sagepipe_command("logs"))

    @pytest.mark.parametrize("verb", [("show", "nope"), ("logs", "nope"), ("show",), ("logs",)])
    def test_a_run_that_is_not_there_is_refused(self, sagepipe_command, verb):
        refused(sagepipe_command(*verb))

    def test_a_step_that_is_not_there_is_refused(self, sagepipe_command):
        succeeded(sagepipe_command("run"))

        assert "'subtract'" in refused(sagepipe_command("logs", "last", "subtract"))


class TestGraph:
    def test_it_is_a_mermaid_chart(self, sagepipe_command):
        assert succeeded(sagepipe_command("graph")).splitlines() == [
            "flowchart TD",
            '    add["add<br><small>Processing · ml.m5.xlarge</small>"]',
            '    learn["learn<br><small>Training · ml.m5.xlarge</small>"]',
            '    condition{{"condition<br><small>Condition · add.total ≥ least</small>"}}',
            '    subgraph condition_yes["yes"]',
            '        register_model[("register-model<br>'
            '<small>RegisterModel · small-numbers</small>")]',
            "    end",
            '    subgraph condition_no["no"]',
            '        fail(["fail<br><small>Fail · the sum is too small</small>"])',
            "    end",
            "    add --> learn",
            "    add --> condition",
            "    condition --> condition_yes",
            "    learn --> register_model",
            "    add --> register_model",
            "    condition --> condition_no",
        ]

    def test_it_can_be_a_file(self, sagepipe_command, project):
        succeeded(sagepipe_command("graph", "-o", "p.mmd"))

        assert (project / "p.mmd").read_text().startswith("flowchart TD\n")

    @pytest.mark.parametrize(
        ("file", "start"), [("p.svg", "<svg "), ("out/p.html", "<!DOCTYPE html>")]
    )
    def test_the_suffix_says_what_is_drawn(self, sagepipe_command, project, file, start):
        succeeded(sagepipe_command("graph", "numbers", "-o", file))

        assert (project / file).read_text(encoding="utf-8").startswith(start)

    def test_a_definition_of_any_origin_is_drawn_outside_of_a_project(
        self, sagepipe_command, tmp_path
    ):
        step = {"Name": "ask", "Type": "Callback", "Arguments": {}}
        (tmp_path / "other.json").write_text(json.dumps({"Steps": [step]}))

        drawn = succeeded(sagepipe_command("graph", "other.json", cwd=tmp_path))

        assert 'ask["ask<br><small>Callback</small>"]' in drawn

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("-o", "p.png"), ".mmd, .svg, .html"),
            (("none.json",), "can't read none.json"),
            (("sagepipe.toml/x.json",), "can't read sagepipe.toml/x.json"),
            (("nothing",), "no pipeline 'nothing'"),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(self, sagepipe_command, arguments, said):
        assert said in refused(sagepipe_command("graph", *arguments))

    @pytest.mark.parametrize("content", ["[]", "{", '{"Steps": 3}', "\u0000"])
    def test_a_file_without_a_definition_is_refused(self, sagepipe_command, project, content):
        (project / "p.json").write_text(content)

        assert "p.json is no " in refused(sagepipe_command("graph", "p.json"))


class TestDiff:
    @pytest.fixture
    def before(self, sagepipe_command, project):
        """The definition as it was: the component ran on a smaller machine."""
        succeeded(sagepipe_command("compile", "-o", "before.json"))
        parts = project / "src/team/parts.py"
        larger = '@dsl.component(instance_type="ml.m5.4xlarge")'
        parts.write_text(parts.read_text().replace("@dsl.component\n", larger + "\n"))
        return project / "before.json"

    def test_no_difference_is_status_0(self, sagepipe_command):
        succeeded(sagepipe_command("compile", "-o", "same.json"))

        assert succeeded(sagepipe_command("diff", "same.json", "numbers")) == "no difference\n"

    def test_a_difference_is_status_1_and_said(self, sagepipe_command, before):
        result = sagepipe_command("diff", "before.json", "numbers")

        assert (result.returncode, result.stderr) == (1, "")
        assert 'InstanceType: "ml.m5.xlarge" → "ml.m5.4xlarge"  [resources]' in result.stdout

    def test_pull_requests_get_markdown_and_machines_json(self, sagepipe_command, before):
        for option, start in (
            ("--markdown", "### Pipeline: `before.json` → `numbers`"),
            ("--json", "{"),
        ):
            result = sagepipe_command("diff", "before.json", "numbers", option)

            assert result.returncode == 1, result.stderr
            assert result.stdout.startswith(start)
        assert json.loads(result.stdout)["changed"][0]["name"] == "add"

    def test_only_one_side_can_be_piped_in(self, sagepipe_command):
        assert "only one" in refused(sagepipe_command("diff", "-", "-"))
        assert "what is piped in is no JSON" in refused(sagepipe_command("diff", "-", "numbers"))


class TestServe:
    def test_the_last_registered_model_is_unpacked_for_the_serving_program(
        self, sagepipe_command, project
    ):
        succeeded(sagepipe_command("run"))
        printed = succeeded(sagepipe_command("serve", "--port", "18080"))

        base = project / ".sagepipe" / "serving" / "small-numbers-1"
        assert f"serving {base} 18080" in printed
        assert "curl " in printed
        assert (base / "model" / "number.txt").read_text() == "6"

    def test_without_a_model_it_says_what_to_do(self, sagepipe_command):
        assert "sagepipe run" in refused(sagepipe_command("serve"))

    def test_a_port_in_use_is_refused(self, sagepipe_command):
        import socket

        succeeded(sagepipe_command("run"))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            message = refused(sagepipe_command("serve", "--port", port))
        assert message == f"error: port {port} of this machine is taken; choose another with --port"


class TestUi:
    def test_where_tracking_is_off_there_is_nothing_to_show(self, sagepipe_command):
        assert "tracking is off in [env.local]" in refused(sagepipe_command("ui"))


class TestSubmit:
    def test_a_setting_that_is_empty_is_named(self, sagepipe_command):
        message = refused(sagepipe_command("submit", TEAM_ROLE="arn:aws:iam::123456789012:role/r"))

        assert "[env.dev] serving_image_uri is not set" in message

    def test_everything_that_is_not_set_is_named_at_once(self, sagepipe_command, project):
        file = project / "sagepipe.toml"
        file.write_text(file.read_text().replace('image_uri = "train:1"', 'image_uri = ""'))
        message = refused(sagepipe_command("submit"))

        for setting in ("image_uri", "serving_image_uri", "TEAM_ROLE"):
            assert setting in message

    def test_a_variable_that_is_not_set_is_named(self, sagepipe_command):
        message = refused(sagepipe_command("submit"))

        assert "[env.dev] role_arn reads the environment variable TEAM_ROLE" in message

    def test_missing_credentials_are_one_line(self, sagepipe_command, project, tmp_path):
        file = project / "sagepipe.toml"
        file.write_text(
            file.read_text().replace('serving_image_uri = ""', 'serving_image_uri = "s:1"')
        )
        result = sagepipe_command(
            "submit",
            TEAM_ROLE="arn:aws:iam::123456789012:role/r",
            HOME=str(tmp_path),
            AWS_EC2_METADATA_DISABLED="true",
        )

        assert "no AWS credentials" in refused(result, status=1)


class TestHelp:
    def test_every_verb_is_listed(self, sagepipe_command):
        printed = succeeded(sagepipe_command("--help"))

        verbs = ["list", "compile", "run", "runs", "show", "logs", "graph", "serve", "ui", "submit"]
        assert [verb for verb in verbs if not re.search(rf"^ +{verb} ", printed, re.M)] == []

    def test_it_imports_nothing_heavy(self):
        code = (
            "import sys\n"
            "from sagepipe.cli import app\n"
            "heavy = 'boto3 mlflow numpy pandas sagepipe.dsl sagepipe.local sklearn'.split()\n"
            "assert not set(heavy) & set(sys.modules), sorted(set(heavy) & set(sys.modules))\n"
        )
        result = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(Path(sagepipe.__file__).parents[1])},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr

    def test_an_unknown_verb_is_wrong_usage(self, sagepipe_command):
        result = sagepipe_command("fly")

        assert result.returncode == 2
        assert "No such command 'fly'" in result.stderr

    def test_outside_a_project_it_says_so(self, sagepipe_command, tmp_path):
        assert "no sagepipe.toml in" in refused(sagepipe_command("run", cwd=tmp_path))


class TestInterrupt:
    def test_ctrl_c_stops_the_jobs_and_the_run(self, sagepipe_command, project):
        file = project / "src" / "team" / "parts.py"
        doc = "    '''Add the numbers up.'''\n"
        slow = "    import time; print('working', flush=True); time.sleep(600)\n"
        file.write_text(file.read_text().replace(doc, doc + slow))
        log = project / "out.txt"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
        library = Path(sagepipe.__file__).parents[1]
        with log.open("w") as out:
            run = subprocess.Popen(
                [sys.executable, "-m", "sagepipe.cli", "run"],
                cwd=project,
                env={**kept, "PYTHONPATH": f"{project / 'src'}{os.pathsep}{library}"},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            deadline = time.monotonic() + 180
            while not any(
                "working" in f.read_text() for f in project.glob(".sagepipe/runs/*/add/log.txt")
            ):
                assert time.monotonic() < deadline and run.poll() is None, log.read_text()
                time.sleep(0.05)
            run.send_signal(signal.SIGINT)
            status = run.wait(180)

        assert status != 0
        (recorded,) = json.loads(succeeded(sagepipe_command("runs", "--json")))
        assert recorded["status"] == "Stopped"
        assert "Traceback" not in log.read_text()


class TestEnvironments:
    """What an environment changes of the jobs stands in sagepipe.toml, not in the pipeline."""

    PROD = """
[env.prod]
bucket = "b"

[env.prod.jobs]
subnets = ["subnet-1"]
security_group_ids = ["sg-1"]

[env.prod.steps.learn]
instance_type = "ml.m5.4xlarge"

[env.prod.tags]
stage = "prod"
"""

    @pytest.fixture
    def with_prod(self, project):
        file = project / "sagepipe.toml"
        before = file.read_text()

        def write(text=self.PROD):
            file.write_text(before + text)

        write()
        return write

    def compiled(self, sagepipe_command, *options):
        printed = succeeded(sagepipe_command("compile", "-o", "-", *options))
        return {step["Name"]: step["Arguments"] for step in json.loads(printed)["Steps"]}

    def test_an_environment_changes_every_job_or_one(self, sagepipe_command, with_prod):
        steps = self.compiled(sagepipe_command, "--env", "prod")

        vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
        assert steps["add"]["NetworkConfig"]["VpcConfig"] == vpc
        assert steps["learn"]["VpcConfig"] == vpc
        assert steps["learn"]["ResourceConfig"]["InstanceType"] == "ml.m5.4xlarge"
        assert steps["learn"]["Tags"] == [{"Key": "stage", "Value": "prod"}]

    def test_it_may_name_steps_of_another_pipeline(self, sagepipe_command, project, with_prod):
        pipelines = project / "src" / "team" / "pipelines"
        text = (pipelines / "numbers.py").read_text().replace("small-numbers", "others")
        (pipelines / "others.py").write_text(text.replace("learned = learn(", "learned = relearn("))
        parts = project / "src" / "team" / "parts.py"
        copy = parts.read_text().partition("@dsl.component(kind=")
        parts.write_text(parts.read_text() + "\n\n" + "".join(copy[1:]).replace("learn", "relearn"))
        file = pipelines / "others.py"
        file.write_text(file.read_text().replace("add, learn", "add, relearn"))

        steps = self.compiled(sagepipe_command, "others", "--env", "prod")
        assert steps["relearn"]["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"

    def test_spot_machines_for_every_job_are_for_those_that_train(
        self, sagepipe_command, with_prod
    ):
        with_prod("\n[env.prod.jobs]\nmax_wait_seconds = 90000\n")

        steps = self.compiled(sagepipe_command, "--env", "prod")
        assert steps["learn"]["EnableManagedSpotTraining"] is True
        assert steps["add"]["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}

    def test_without_one_the_definition_is_the_same_everywhere(self, sagepipe_command, with_prod):
        steps = self.compiled(sagepipe_command)

        assert "VpcConfig" not in steps["learn"]
        assert steps["learn"]["ResourceConfig"]["InstanceType"] == "ml.m5.xlarge"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "[env.prod.jobs]\nsubnet = ['a']",
                "[env.prod.jobs] subnet is unknown; did you mean subnets?",
            ),
            (
                "[env.prod.steps.lern]\ninstance_count = 2",
                "[env.prod.steps.lern]: no pipeline of the project has such a step",
            ),
            (
                "[env.prod.jobs]\ninstance_count = 0",
                "instance_count has to be a whole number from 1",
            ),
            ("[env.prod.tags]\nstage = 1", "[env.prod.tags] stage has to be a text"),
            ("[env.prod]\njobs = 1", "[env.prod] jobs has to be a table"),
        ],
    )
    def test_what_is_wrong_in_it_is_named(self, sagepipe_command, with_prod, text, message):
        with_prod("\n" + text + "\n")

        assert message in refused(sagepipe_command("compile", "--env", "prod"))

    def test_the_names_of_fields_are_those_of_resources(self):
        from dataclasses import fields

        from sagepipe.cli.settings import RESOURCES
        from sagepipe.dsl.resources import Resources

        assert tuple(item.name for item in fields(Resources)) == RESOURCES


class TestForm:
    """What is wrong by its form is refused before AWS is asked."""

    def test_values_that_aws_would_refuse_are_named(self, sagepipe_command, project):
        file = project / "sagepipe.toml"
        text = file.read_text().replace('serving_image_uri = ""', 'serving_image_uri = "s:1"')
        text = text.replace('bucket = "team-bucket"', 'bucket = "s3://team-bucket"')
        file.write_text(text.replace('"s3://team-bucket/numbers.txt"', '"data/numbers.txt"'))

        message = refused(sagepipe_command("submit", TEAM_ROLE="myrole"))
        assert "bucket 's3://team-bucket' is no bucket's name; write it without s3://" in message
        assert "role_arn 'myrole' is no ARN such as arn:aws:iam::" in message
        assert "parameter data_uri is 'data/numbers.txt'; on AWS, data lies at an s3://" in message

    def test_a_parameter_that_no_pipeline_has_is_refused(self, sagepipe_command, project):
        file = project / "sagepipe.toml"
        file.write_text(file.read_text().replace("data_uri = ", "data_url = "))

        message = refused(sagepipe_command("run"))
        assert "[env.local.parameters] data_url: no pipeline of the project has" in message
        assert "did you mean 'data_uri'?" in message


class TestTables:
    def test_a_metric_says_which_step_it_is_of(self, sagepipe_command, project):
        pipeline = project / "src/team/pipelines/numbers.py"
        added = "added = add(numbers=dsl.importer(data_uri, Dataset), plus=plus)"
        again = "add(numbers=dsl.importer(data_uri, Dataset), plus=100).after(added)"
        pipeline.write_text(pipeline.read_text().replace(added, f"{added}\n    {again}"))
        printed = succeeded(sagepipe_command("run"))

        for shown in (printed, succeeded(sagepipe_command("show"))):
            assert re.search(r"^total +6 +add$", shown, re.M), shown
            assert re.search(r"^total +106 +add-2$", shown, re.M), shown

    def test_a_failed_run_is_readable_where_its_reason_is_long(self, sagepipe_command, project):
        (project / "data" / "numbers.txt").write_text("1\n" + "x" * 150)
        assert sagepipe_command("run").returncode == 1

        shown = succeeded(sagepipe_command("show", COLUMNS="80"))
        assert re.search(r"^add +Processing +✗ Failed +\d+\.\d s$", shown, re.M), shown
        assert "x" * 150 in shown
        (run,) = json.loads(succeeded(sagepipe_command("runs", "--json")))
        listed = succeeded(sagepipe_command("runs", COLUMNS="40"))
        assert re.search(rf"^{run['id']} +✗ Failed ", listed, re.M), listed

    def test_a_terminal_cuts_the_last_column(self):
        from sagepipe.cli.table import lines

        assert lines(("A", "B"), [("one", "two three")], width=9) == [
            "A     B",
            "─" * 9,
            "one   tw…",
        ]

    def test_steps_whose_records_mlflow_did_not_take_are_named(self, sagepipe_command, project):
        file = project / "sagepipe.toml"
        text = file.read_text()
        file.write_text(text.replace('"off"', '"http://127.0.0.1:9"', 1))

        printed = succeeded(sagepipe_command("run"))
        assert "warning: MLflow's server did not take all records of add, learn;" in printed
        assert "mlflow sync" in printed
