"""Checks 34 to 40: what pipelines decide around their jobs."""

from typing import Any

import pytest

COUNT = [{"Name": "N", "Type": "Integer"}]


def fail(name: str, message: Any, **step: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **step}


def condition(then: list[Any], otherwise: list[Any], left: Any, right: Any) -> dict[str, Any]:
    compared = {"Type": "GreaterThan", "LeftValue": left, "RightValue": right}
    arguments = {"Conditions": [compared], "IfSteps": then, "ElseSteps": otherwise}
    return {"Name": "choose", "Type": "Condition", "Arguments": arguments}


@pytest.mark.check(34)
def test_34_a_text_is_what_the_parameters_type_says(bench: Any) -> None:
    joined = {"Std:Join": {"On": "", "Values": ["N is ", {"Get": "Parameters.N"}]}}
    chosen = condition([fail("more", joined)], [], {"Get": "Parameters.N"}, 2)

    execution = bench.run(chosen, parameters=COUNT, given={"N": "3"})

    assert execution.step("more").failure_reason == "N is 3"


@pytest.mark.check(35)
def test_35_an_outcome_is_joined_in_lower_case(bench: Any) -> None:
    chosen = condition([], [], {"Get": "Parameters.N"}, 2)
    outcome = {"Std:Join": {"On": "", "Values": [{"Get": "Steps.choose.Outcome"}]}}

    for given, text in (("3", "true"), ("1", "false")):
        execution = bench.run(chosen, fail("say", outcome), parameters=COUNT, given={"N": given})
        assert execution.step("say").failure_reason == text
        assert str(execution.step("choose").outcome) == text.title()


@pytest.mark.check(36)
def test_36_an_untaken_branch_and_what_depends_on_it_are_not_listed(bench: Any) -> None:
    bench.put("s3://b/in/a")
    there = bench.processing("there", inputs={"raw": "s3://b/in"})
    after = bench.processing("after", inputs={"raw": "s3://b/in"}, DependsOn=["there"])
    chosen = condition([there], [], {"Get": "Parameters.N"}, 2)

    execution = bench.run(chosen, after, parameters=COUNT, given={"N": "1"})

    assert execution.status == "Succeeded"
    assert [step.name for step in execution.steps] == ["choose"]


@pytest.mark.check(37)
def test_37_beside_a_fail_step_running_steps_finish(bench: Any) -> None:
    bench.with_settings(max_parallel=2)
    body = 'time.sleep(1); (OUT / "out/done").touch()'
    slow = bench.processing("slow", body, outputs={"out": "s3://b/out"})

    execution = bench.run(slow, fail("stop", "enough"))

    assert execution.status == "Failed"
    assert execution.failure_reason == "Step failure: One or multiple steps failed."
    assert execution.step("slow").status == "Succeeded"
    assert execution.step("stop").failure_reason == "enough"


@pytest.mark.check(38)
def test_38_the_cache_looks_at_uris_not_at_contents_nor_outputs(bench: Any) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}}
    body = '(OUT / "out/ran").write_text((IN / "raw/a").read_text())'
    step = bench.processing("prepare", body, {"raw": "s3://b/in"}, {"out": "s3://b/out"}, **cached)
    elsewhere = bench.processing(
        "prepare", body, {"raw": "s3://b/in"}, {"out": "s3://b/other"}, **cached
    )
    # The same program at the same URI.
    elsewhere["Arguments"]["ProcessingInputs"] = step["Arguments"]["ProcessingInputs"]
    other = {**step, "Arguments": {**step["Arguments"], "Environment": {"RATE": "0.1"}}}

    bench.put("s3://b/in/a", "first")
    bench.run(step)
    bench.put("s3://b/in/a", "second")
    again, moved, changed = bench.run(step), bench.run(elsewhere), bench.run(other)

    hits = [bool(execution.step("prepare").cached_from) for execution in (again, moved, changed)]
    assert hits == [True, True, False]
    assert not bench.s3("s3://b/other").exists()


@pytest.mark.check(39)
def test_39_a_path_that_a_property_file_lacks_fails_the_consumer(bench: Any) -> None:
    body = '(OUT / "metrics/m.json").write_text(json.dumps({"auc": 0.5}))'
    files = [{"PropertyFileName": "M", "OutputName": "metrics", "FilePath": "m.json"}]
    outputs = {"metrics": "s3://b/metrics"}
    measure = bench.processing("measure", body, outputs=outputs, PropertyFiles=files)
    missing = {
        "Std:JsonGet": {"PropertyFile": {"Get": "Steps.measure.PropertyFiles.M"}, "Path": "f1"}
    }

    execution = bench.run(measure, condition([], [], missing, 0.1))

    assert execution.step("measure").status == "Succeeded"
    assert execution.step("choose").status == "Failed"


@pytest.mark.check(40)
def test_40_a_jobs_own_failure_is_never_retried(bench: Any) -> None:
    policies = [
        {
            "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR", "Step.SERVICE_FAULT"],
            "IntervalSeconds": 1,
            "BackoffRate": 1.0,
            "MaxAttempts": 3,
        }
    ]
    body = 'print("attempt", flush=True); sys.exit(1)'

    execution = bench.run(bench.training("fit", body, RetryPolicies=policies))

    assert execution.status == "Failed"
    log = execution.step("fit").log.read_text()
    assert log.count("attempt") == 1
