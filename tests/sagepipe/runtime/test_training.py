"""A training job: channels, hyperparameters, /opt/ml/model."""

from typing import Any


def test_channels_and_hyperparameters_reach_the_component(box: Any) -> None:
    box.training("fit", {"train": {"train.csv": b"rows"}}, rate="0.5")
    done = box.run()
    assert done.returncode == 0, done.stderr
    assert box.read("model/weights.txt") == "rows 0.25"
    assert box.read("output/data/log/log") == "fitted"
    assert not (box.ml / "output/failure").exists()


def test_hyperparameters_of_tuning_jobs_and_toolkits_are_passed_over(box: Any) -> None:
    box.training(
        "fit",
        {"train": {"train.csv": b"rows"}},
        rate="1",
        _tuning_objective_metric="auc",
        sagemaker_region="eu-west-1",
    )
    assert box.run().returncode == 0


def test_a_wrong_hyperparameter_is_written_to_the_failure_file(box: Any) -> None:
    box.training("fit", {"train": {"train.csv": b"rows"}}, rate="fast")
    assert box.run().returncode == 1
    assert "parameter 'rate' of component 'fit'" in box.read("output/failure")


def test_an_empty_channel_is_named(box: Any) -> None:
    box.training("fit", {"train": {}}, rate="1")
    assert box.run().returncode == 1
    assert "channel 'train' of component 'fit'" in box.read("output/failure")


def test_a_training_job_without_a_component_says_which_variable_names_it(box: Any) -> None:
    box.training("fit", {"train": {"train.csv": b"rows"}}, rate="1")
    del box.environment["SAGEPIPE_COMPONENT"]
    assert box.run().returncode == 1
    assert "set SAGEPIPE_COMPONENT=MODULE:FUNCTION" in box.read("output/failure")
