"""Tuning jobs: real training processes whose hyperparameters optuna chooses."""

import json
import shutil
from typing import Any

import pytest

from sagepipe.contract import names
from sagepipe.local import DefinitionError, Execution

# The nearer x is to 3, and with the better kind, the higher the score.
TRAIN = """
given = json.loads((ML / "input/config/hyperparameters.json").read_text())
score = -(float(given["x"]) - 3) ** 2 - (0 if given.get("kind", "good") == "good" else 100)
(ML / "model/given.json").write_text(json.dumps({**given, "job": os.environ["TRAINING_JOB_NAME"]}))
print(f"score={score};")
"""
X = {"Name": "x", "MinValue": "0", "MaxValue": "10"}


def tuning(
    project: Any,
    body: str = TRAIN,
    ranges: dict[str, Any] | None = None,
    jobs: int | None = 8,
    parallel: int = 2,
    strategy: str = "Random",
    goal: str = "Maximize",
    **config: Any,
) -> dict[str, Any]:
    definition = project.training("x", body, metrics={"score": "score=(.*);"})["Arguments"]
    definition["StaticHyperParameters"] = definition.pop("HyperParameters") | {"fixed": "yes"}
    limits = {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": parallel}
    arguments = {
        "HyperParameterTuningJobConfig": {
            "Strategy": strategy,
            "HyperParameterTuningJobObjective": {"Type": goal, "MetricName": "score"},
            "ResourceLimits": {key: value for key, value in limits.items() if value},
            "ParameterRanges": ranges or {"ContinuousParameterRanges": [X]},
            "RandomSeed": 7,
            **config,
        },
        "TrainingJobDefinition": definition,
    }
    return {"Name": "tune", "Type": "Tuning", "Arguments": arguments}


def trials(execution: Execution) -> dict[str, dict[str, str]]:
    """What each training job was given, by its name."""
    files = execution.step("tune").folder.glob("*/opt/ml/input/config/hyperparameters.json")
    return {file.parents[4].name: json.loads(file.read_text()) for file in sorted(files)}


def best(execution: Execution) -> dict[str, Any]:
    found: dict[str, Any] = execution.step("tune").properties["BestTrainingJob"]
    return found


def test_the_best_job_is_the_one_with_the_highest_objective(project: Any) -> None:
    execution = project.run(tuning(project))

    assert execution.status == "Succeeded", execution.steps
    given = trials(execution)
    assert len(given) == 8
    nearest = min(given.values(), key=lambda item: abs(float(item["x"]) - 3))
    assert best(execution)["TunedHyperParameters"] == {"x": nearest["x"]}
    metric = best(execution)["FinalHyperParameterTuningJobObjectiveMetric"]
    assert metric["Value"] == pytest.approx(-((float(nearest["x"]) - 3) ** 2))
    assert execution.step("tune").metrics == {"score": metric["Value"]}
    counters = execution.step("tune").properties["TrainingJobStatusCounters"]
    assert counters["Completed"] == 8


def test_a_minimum_is_found_too(project: Any) -> None:
    execution = project.run(tuning(project, goal="Minimize"))

    farthest = max(trials(execution).values(), key=lambda item: abs(float(item["x"]) - 3))
    assert best(execution)["TunedHyperParameters"] == {"x": farthest["x"]}


@pytest.mark.parametrize("goal", ["Maximize", "Minimize"])
def test_training_jobs_are_ranked(project: Any, goal: str) -> None:
    name = {"Get": "Steps.tune.TrainingJobSummaries[0].TrainingJobName"}
    after = project.processing("after", "print(sys.argv[1])", arguments=[name])
    execution = project.run(tuning(project, goal=goal, jobs=4), after)

    ranked = execution.step("tune").properties["TrainingJobSummaries"]
    values = [job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for job in ranked]
    assert values == sorted(values, reverse=goal == "Maximize")
    assert len(values) == 4
    assert ranked[0] == best(execution)
    assert project.log(execution, "after").strip() == best(execution)["TrainingJobName"]


def test_training_jobs_are_given_static_and_tuned_values_as_text(project: Any) -> None:
    ranges = {
        "ContinuousParameterRanges": [{**X, "ScalingType": "Linear"}],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "9"}],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["good", "poor"]}],
    }

    for given in trials(project.run(tuning(project, ranges=ranges, jobs=6))).values():
        assert given["fixed"] == "yes"
        assert given["_tuning_objective_metric"] == "score"
        assert 2 <= int(given["depth"]) <= 9
        assert 0 <= float(given["x"]) <= 10
        assert given["kind"] in ("good", "poor")


def test_the_best_jobs_model_is_handed_on(project: Any) -> None:
    uri = {
        "Std:Join": {
            "On": "/",
            "Values": [
                "s3://b/models",
                {"Get": "Steps.tune.BestTrainingJob.TrainingJobName"},
                "output/model.tar.gz",
            ],
        }
    }
    read = """
    import tarfile
    with tarfile.open(IN / "model/model.tar.gz") as tar:
        (OUT / "found/given.json").write_bytes(tar.extractfile("given.json").read())
    """
    after = project.processing("after", read, inputs={"model": uri}, outputs={"found": "s3://b/f"})

    execution = project.run(tuning(project, jobs=3), after)

    assert execution.status == "Succeeded", execution.steps
    found = json.loads(project.s3("s3://b/f/given.json").read_text())
    assert found["job"] == best(execution)["TrainingJobName"]
    assert names.execution_id(found["job"]) == execution.id


def test_the_same_seed_tries_the_same_values(project: Any) -> None:
    for strategy in ("Random", "Bayesian"):
        step = tuning(project, jobs=3, parallel=1, strategy=strategy)
        first, second = (trials(project.run(step)) for _ in range(2))
        assert [one["x"] for one in first.values()] == [one["x"] for one in second.values()]


class TestCaching:
    """By what is searched and how, and by what the training jobs read."""

    @pytest.fixture
    def step(self, project: Any) -> dict[str, Any]:
        made = tuning(project, jobs=2)
        return {**made, "CacheConfig": {"Enabled": True}}

    def test_the_same_search_is_not_made_twice(self, project: Any, step: dict[str, Any]) -> None:
        first = project.run(step)
        step["Arguments"]["TrainingJobDefinition"]["OutputDataConfig"] = {
            "S3OutputPath": "s3://b/elsewhere"
        }
        second = project.run(step)
        assert second.step("tune").cached_from == first.id
        assert best(second) == best(first)

    @pytest.mark.parametrize("change", ["more jobs", "another static value"])
    def test_another_search_is(self, project: Any, step: dict[str, Any], change: str) -> None:
        project.run(step)
        arguments = step["Arguments"]
        if change == "more jobs":
            limits = arguments["HyperParameterTuningJobConfig"]["ResourceLimits"]
            limits["MaxNumberOfTrainingJobs"] = 3
        else:
            arguments["TrainingJobDefinition"]["StaticHyperParameters"]["fixed"] = "no"
        assert project.run(step).step("tune").cached_from is None

    def test_so_is_one_whose_best_model_was_deleted(
        self, project: Any, step: dict[str, Any]
    ) -> None:
        first = project.run(step)
        shutil.rmtree(project.s3(f"s3://b/models/{best(first)['TrainingJobName']}"))
        assert project.run(step).step("tune").cached_from is None


def test_bayesian_search_comes_nearer_than_chance(project: Any) -> None:
    step = tuning(project, jobs=24, parallel=2, strategy="Bayesian")

    tried = [float(given["x"]) for given in trials(project.run(step)).values()]

    early, late = tried[:10], tried[-8:]
    assert sum(abs(x - 3) for x in late) / 8 < sum(abs(x - 3) for x in early) / 10


def test_a_grid_is_searched_once_and_whole(project: Any) -> None:
    ranges = {
        "CategoricalParameterRanges": [
            {"Name": "x", "Values": ["1", "3", "5"]},
            {"Name": "kind", "Values": ["good", "poor"]},
        ]
    }

    execution = project.run(tuning(project, ranges=ranges, strategy="Grid", jobs=None))

    tried = {(given["x"], given["kind"]) for given in trials(execution).values()}
    assert len(tried) == len(trials(execution)) == 6
    assert best(execution)["TunedHyperParameters"] == {"x": "3", "kind": "good"}


@pytest.mark.parametrize(
    ("scaling", "span", "middle"),
    [("Logarithmic", ("0.0001", "1"), 0.1), ("ReverseLogarithmic", ("0", "0.9999"), 0.9)],
)
def test_scaling_puts_most_jobs_where_it_matters(
    project: Any, scaling: str, span: tuple[str, str], middle: float
) -> None:
    low, high = span
    spread = [{"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}]

    step = tuning(project, ranges={"ContinuousParameterRanges": spread}, jobs=10)

    tried = [float(given["x"]) for given in trials(project.run(step)).values()]
    assert all(float(low) <= x <= float(high) for x in tried)
    near = [x for x in tried if (x < middle if scaling == "Logarithmic" else x > middle)]
    assert len(near) > 5


def test_as_many_training_jobs_run_at_once_as_are_asked_for(project: Any) -> None:
    """Each waits until there are two."""
    project.settings_with(max_parallel=2)
    begun = project.folder / "begun"
    begun.mkdir()
    body = f"""
    begun, moment = Path({str(begun)!r}), time.monotonic()
    (begun / os.environ["TRAINING_JOB_NAME"]).touch()
    while len(list(begun.iterdir())) < 2 and time.monotonic() < moment + 60:
        time.sleep(0.01)
    print(f"score={{len(list(begun.iterdir()))}};")
    """

    execution = project.run(tuning(project, body, jobs=2, parallel=2))

    summaries = execution.step("tune").properties["TrainingJobSummaries"]
    metric = "FinalHyperParameterTuningJobObjectiveMetric"
    assert [job[metric]["Value"] for job in summaries] == [2.0, 2.0]


@pytest.mark.parametrize("goal", ["Maximize", "Minimize"])
def test_an_objective_that_is_no_number_is_never_the_best(project: Any, goal: str) -> None:
    body = f"""
    first = Path({str(project.folder / "first")!r})
    print("score=1;" if first.exists() else "score=nan;")
    first.touch()
    """

    execution = project.run(tuning(project, body, jobs=3, parallel=1, goal=goal))

    assert execution.step("tune").metrics == {"score": 1.0}
    counters = execution.step("tune").properties["ObjectiveStatusCounters"]
    assert counters == {"Succeeded": 2, "Pending": 0, "Failed": 1}


def test_a_training_job_may_fail(project: Any) -> None:
    body = TRAIN + 'if float(given["x"]) > 5: sys.exit("too much")\n'

    execution = project.run(tuning(project, body))

    assert execution.status == "Succeeded", execution.steps
    counters = execution.step("tune").properties["TrainingJobStatusCounters"]
    assert counters["Completed"] > 0
    assert counters["NonRetryableError"] > 0
    assert float(best(execution)["TunedHyperParameters"]["x"]) <= 5


def test_when_no_training_job_succeeds_the_step_fails_soon(project: Any) -> None:
    execution = project.run(tuning(project, "sys.exit('broken')", jobs=50, parallel=1))

    assert execution.status == "Failed"
    reason = str(execution.step("tune").failure_reason)
    assert "no training job reported metric 'score' in 5 attempts" in reason
    assert "exit code: 1" in reason


def test_a_target_that_is_reached_ends_the_search(project: Any) -> None:
    done = {"TargetObjectiveMetricValue": -1000.0}

    execution = project.run(tuning(project, parallel=1, TuningJobCompletionCriteria=done))

    assert len(trials(execution)) == 1


def test_a_best_that_stays_the_best_ends_the_search(project: Any) -> None:
    body = 'print("score=1;")'
    done = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}

    step = tuning(project, body, jobs=20, parallel=1, TuningJobCompletionCriteria=done)

    assert len(trials(project.run(step))) == 4


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"strategy": "Hyperband"}, "'Bayesian' or 'Random' or 'Grid'"),
        ({"strategy": "Grid"}, "searches CategoricalParameterRanges alone"),
        ({"jobs": None}, "MaxNumberOfTrainingJobs is missing"),
        (
            {"ranges": {"ContinuousParameterRanges": [{**X, "MinValue": "11"}]}},
            "MinValue 11.0 is more than MaxValue 10.0",
        ),
        (
            {"ranges": {"ContinuousParameterRanges": [{**X, "ScalingType": "Logarithmic"}]}},
            "needs values above 0",
        ),
        ({"ranges": {"ContinuousParameterRanges": [X, X]}}, "'x' is searched twice"),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"}},
            "no metric 'auc' is defined",
        ),
    ],
)
def test_a_search_that_cannot_be_is_refused_before_anything_starts(
    project: Any, changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DefinitionError, match=fault):
        project.run(tuning(project, **changes))
