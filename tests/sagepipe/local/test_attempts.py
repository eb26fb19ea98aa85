"""Retry policies: a fault of the runner's own is tried again, a job's own failure never."""

import time

import pytest

from sagepipe import local
from sagepipe.local import policies

INTERNAL = ["SageMaker.JOB_INTERNAL_ERROR", "Step.SERVICE_FAULT"]
OTHERS = ["SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT", "Step.THROTTLING"]


def policy(kinds, **more):
    return [{"ExceptionType": kinds, "IntervalSeconds": 0, "BackoffRate": 1, **more}]


def times(project):
    return len((project.folder / "ran").read_text())


@pytest.fixture
def faulty(project):
    """Makes a step whose outputs can't be stored until its job has run so often."""
    staging = project.settings.s3 / ".uploads"
    staging.parent.mkdir(parents=True)
    staging.write_text("a file where a folder has to be")
    ran = project.folder / "ran"

    def make(well_after, policies):
        body = f"""
            ran, staging = Path({str(ran)!r}), Path({str(staging)!r})
            ran.write_text(ran.read_text() + "x" if ran.exists() else "x")
            print("attempt", len(ran.read_text()))
            if len(ran.read_text()) == {well_after}:
                staging.unlink()
            (OUT / "o/a").write_text("a")
        """
        return project.processing("s", body, outputs={"o": "s3://b/o"}, RetryPolicies=policies)

    return make


class TestAnInternalFault:
    def test_is_tried_again_as_the_policy_says(self, project, faulty):
        execution = project.run(faulty(3, policy(INTERNAL, MaxAttempts=5)))
        assert execution.status == "Succeeded"
        assert (times(project), execution.step("s").attempts) == (3, 3)
        assert project.s3("s3://b/o/a").exists()

    def test_each_attempt_has_a_fresh_folder_and_the_earlier_logs_stay(self, project, faulty):
        execution = project.run(faulty(2, policy(INTERNAL)))
        folder = execution.step("s").folder
        assert project.log(execution, "s") == "attempt 2\n"
        earlier = (folder / "log.1.txt").read_text().splitlines()
        assert earlier[0] == "attempt 1"
        assert earlier[1].startswith("[sagepipe] InternalServerError: ")

    def test_fails_the_step_when_the_attempts_are_used_up(self, project, faulty):
        execution = project.run(faulty(9, policy(INTERNAL, MaxAttempts=2)))
        assert execution.status == "Failed"
        assert (times(project), execution.step("s").attempts) == (3, 3)
        assert execution.step("s").failure_reason.startswith("InternalServerError: ")
        assert project.history.get(execution.id) == execution

    def test_fails_the_step_at_once_without_a_policy_for_it(self, project, faulty):
        assert project.run(faulty(2, policy(OTHERS))).status == "Failed"
        assert times(project) == 1

    def test_is_not_tried_again_when_the_time_is_up(self, project, faulty):
        policies = policy(INTERNAL, IntervalSeconds=61, ExpireAfterMin=1)
        started = time.monotonic()
        assert project.run(faulty(2, policies)).status == "Failed"
        assert times(project) == 1
        assert time.monotonic() - started < 60

    def test_waits_no_longer_when_the_run_is_stopped(self, project, faulty, elsewhere):
        made = faulty(2, policy(INTERNAL, IntervalSeconds=3600))
        runner = elsewhere(made)
        log = "InternalServerError"
        project.until(lambda: project.history.executions() and log in read_log(project))
        runner.terminate()
        out, err = runner.communicate(timeout=60)
        assert out.split()[1:] == ["Stopped"], err
        assert times(project) == 1


def read_log(project):
    try:
        return project.log(project.history.get(), "s")
    except (FileNotFoundError, local.UnknownExecutionError):
        return ""


class TestAJobsOwnFailure:
    def test_is_never_tried_again(self, project):
        policies = policy([*INTERNAL, *OTHERS], MaxAttempts=5)
        ran = project.folder / "ran"
        body = f"Path({str(ran)!r}).open('a').write('x'); sys.exit(1)"
        made = project.training("t", body, RetryPolicies=policies)
        execution = project.run(made)
        assert execution.status == "Failed"
        assert (times(project), execution.step("t").attempts) == (1, 1)

    def test_nor_is_an_input_that_is_not_there(self, project):
        made = project.processing(
            "s", inputs={"i": "s3://b/none"}, RetryPolicies=policy(INTERNAL, MaxAttempts=5)
        )
        assert project.run(made).step("s").attempts == 1


@pytest.mark.parametrize(
    ("faulty_policy", "text"),
    [
        ("again", "has to be an object"),
        ({"ExceptionType": "Step.SERVICE_FAULT"}, "ExceptionType has to be a list"),
        ({"ExceptionType": [], "MaxAttempts": 21}, "MaxAttempts is 21; SageMaker allows 1 to 20"),
        ({"ExceptionType": [], "BackoffRate": "2"}, "BackoffRate has to be a number, not '2'"),
        ({"ExceptionType": [], "MaxAttempts": 2, "ExpireAfterMin": 2}, "takes one of them"),
    ],
)
def test_a_policy_that_sagemaker_would_refuse_is_refused(project, faulty_policy, text):
    with pytest.raises(local.DefinitionError, match=text):
        project.run(project.processing("s", RetryPolicies=[faulty_policy]))


@pytest.mark.parametrize(
    ("given", "pauses"),
    [
        ([{"ExceptionType": INTERNAL}], [1, 2, 4, 8, 16]),  # SageMaker's defaults
        ([{"ExceptionType": INTERNAL, "MaxAttempts": 1}], [1]),
        (policy(INTERNAL, IntervalSeconds=30, BackoffRate=1.5, MaxAttempts=3), [30, 45, 67.5]),
        (policy(INTERNAL, IntervalSeconds=20, BackoffRate=2, ExpireAfterMin=1), [20, 40]),
        (policy(OTHERS, IntervalSeconds=5, MaxAttempts=2), []),
        (policy(OTHERS) + policy(INTERNAL, IntervalSeconds=5, MaxAttempts=2), [5, 5]),
    ],
)
def test_each_pause_is_longer_by_the_backoff_rate(monkeypatch, given, pauses):
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    found = []
    for pause in policies.pauses(policies.retry_policies({"RetryPolicies": given})):
        found.append(pause)
        clock[0] += pause
    assert found == pauses
