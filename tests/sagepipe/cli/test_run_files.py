"""``sagepipe run FILE.json``: a definition of anybody's; how its end is told."""

import json
from itertools import pairwise

import pytest

ANY = [{"Step": "bad", "Trigger": "Any"}]


def processing(name, code, **step):
    specification = {"ImageUri": "image", "ContainerEntrypoint": ["python", "-c", code]}
    arguments = {"AppSpecification": specification}
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **step}


def loop(**step):
    body = processing("say", "import sys; print('said', sys.argv[1])")
    body["Arguments"]["AppSpecification"]["ContainerArguments"] = [{"Get": "ForEach.CurrentItem"}]
    arguments = {
        "IterableItems": {"Get": "Parameters.words"},
        "MaxConcurrency": 2,
        "ForEachBody": [body],
    }
    return {"Name": "loop", "Type": "ForEach", "Arguments": arguments, **step}


@pytest.fixture
def write(project):
    """Writes a definition's file."""

    def make(*steps, parameters=None, name="build/any.json", **keys):
        file = project / name
        file.parent.mkdir(exist_ok=True)
        definition = {"Version": "2020-12-01", "Steps": list(steps), **keys}
        if parameters is not None:
            definition["Parameters"] = parameters
        file.write_text(json.dumps(definition))
        return name

    return make


WORDS = [{"Name": "words", "Type": "String", "DefaultValue": '["a"]'}]


def test_a_file_runs_with_the_parameters_given(sagepipe_command, write):
    file = write(loop(), parameters=WORDS)
    ran = sagepipe_command("run", file, "-p", 'words=["b", "c"]')
    assert ran.returncode == 0, ran.stderr
    assert "✓ say-1" in ran.stdout
    assert sagepipe_command("logs", "last", "say-1").stdout == "said c\n"
    (shown,) = json.loads(sagepipe_command("runs", "--json").stdout)
    assert (shown["pipeline"], shown["status"]) == ("any", "Succeeded")


def test_parameters_have_the_environments_values(sagepipe_command, write):
    parameters = [{"Name": name, "Type": "String"} for name in ("bucket", "data_uri")]
    step = processing("say", "import sys; print(*sys.argv[1:])")
    step["Arguments"]["AppSpecification"]["ContainerArguments"] = [
        {"Get": "Parameters.bucket"},
        {"Get": "Parameters.data_uri"},
    ]
    ran = sagepipe_command("run", write(step, parameters=parameters))
    assert ran.returncode == 0, ran.stderr
    assert sagepipe_command("logs", "last", "say").stdout == "local data/numbers.txt\n"


def test_a_compiled_pipeline_of_ones_own_is_such_a_file(sagepipe_command):
    assert sagepipe_command("compile").returncode == 0
    ran = sagepipe_command("run", "build/small-numbers.json")
    assert ran.returncode == 0, ran.stderr
    assert "register" in ran.stdout


def test_completed_with_failures_is_told_as_a_failure(sagepipe_command, write):
    file = write(processing("bad", "raise SystemExit(3)"), processing("bye", "", DependsOn=ANY))
    ran = sagepipe_command("run", file)
    assert ran.returncode == 1
    assert "bad failed: AlgorithmError" in ran.stdout
    assert "✗ CompletedWithFailures" in sagepipe_command("runs").stdout
    assert "✗ CompletedWithFailures" in sagepipe_command("show").stdout
    events = sagepipe_command("run", file, "--json").stdout.splitlines()
    assert json.loads(events[-1])["execution"]["status"] == "CompletedWithFailures"


def test_so_many_steps_run_at_once(sagepipe_command, write):
    file = write(*(processing(name, "import time; time.sleep(0.1)") for name in "abc"))
    ran = sagepipe_command("run", file, "--parallel", "1", "--json")
    steps = json.loads(ran.stdout.splitlines()[-1])["execution"]["steps"]
    assert all(one["ended"] <= two["started"] for one, two in pairwise(steps))


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_steps_that_is_none_is_wrong_usage(sagepipe_command, number):
    assert sagepipe_command("run", "--parallel", number).returncode == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is no JSON"),
        ("[]", "is no pipeline definition"),
        ('{"Version": "2020-12-01", "Steps": [1]}', "1 is no step name"),
        ('{"Version": "2020-12-01", "Parameters": [1], "Steps": []}', "Parameters[0] has to be"),
        ('{"Version": "2020-12-01", "Parameters": 1, "Steps": []}', "Parameters has to be a list"),
    ],
)
def test_a_file_that_holds_none_is_one_line(sagepipe_command, project, content, says):
    (project / "bad.json").write_text(content)
    ran = sagepipe_command("run", "bad.json")
    assert ran.returncode != 0
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (project / ".sagepipe").exists()


def test_a_file_that_is_not_there_is_one_line(sagepipe_command):
    ran = sagepipe_command("run", "build/nothing.json")
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "can't read build/nothing.json" in ran.stderr
