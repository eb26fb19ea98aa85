"""The local model registry."""

import pytest

from sagepipe.local import LocalError, UnknownExecutionError

MODEL = {"Get": "Steps.t.ModelArtifacts.S3ModelArtifacts"}


def register(project, group="flights", **more):
    training = project.training("t", "(ML / 'model/m').write_text('m')")
    return project.run(training, project.register("r", MODEL, group, **more))


def test_versions_count_up_in_their_group(project):
    for group in ("flights", "flights", "taxis", "flights"):
        assert register(project, group).status == "Succeeded"
    found = project.history.model_packages()
    assert [(item.group, item.version) for item in found] == [
        ("flights", 3),
        ("taxis", 1),
        ("flights", 2),
        ("flights", 1),
    ]
    assert [item.version for item in project.history.model_packages("taxis")] == [1]


def test_a_model_package_says_all_about_itself(project):
    metrics = {
        "ModelQuality": {
            "Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/metrics.json"}
        }
    }
    metadata = {"mlflow_run": "abc"}
    execution = register(
        project,
        ModelApprovalStatus="Approved",
        ModelMetrics=metrics,
        CustomerMetadataProperties=metadata,
    )
    (package,) = project.history.model_packages()
    assert package.arn == "arn:aws:sagemaker:local:000000000000:model-package/flights/1"
    assert package.approval == "Approved"
    assert package.status == "Completed"
    assert package.metadata == metadata
    assert package.arguments["ModelMetrics"] == metrics
    assert (package.execution_id, package.step) == (execution.id, "r")
    job = execution.step("t").job_name
    assert package.model_data_url == f"s3://b/models/{job}/output/model.tar.gz"
    assert package.model_data.is_file()


def test_the_step_has_the_model_packages_properties(project):
    step = register(project).step("r")
    assert step.properties["ModelPackageVersion"] == 1
    assert step.properties["ModelPackageArn"].endswith("/flights/1")
    assert step.properties["ModelApprovalStatus"] == "PendingManualApproval"


def test_the_latest_model_may_be_asked_for_by_approval(project):
    assert project.history.latest_model() is None
    register(project, ModelApprovalStatus="Approved")
    register(project)
    assert project.history.latest_model().version == 2
    assert project.history.latest_model(approval="Approved").version == 1
    assert project.history.latest_model("other") is None


def test_approval_can_be_changed(project):
    register(project)
    assert project.history.approve("flights", 1, "Approved").approval == "Approved"
    assert project.history.latest_model().approval == "Approved"
    with pytest.raises(LocalError, match="'Fine' is no approval status"):
        project.history.approve("flights", 1, "Fine")
    with pytest.raises(UnknownExecutionError, match="no model package flights/9"):
        project.history.approve("flights", 9, "Approved")


def test_model_data_that_is_not_there_fails_the_step(project):
    execution = project.run(project.register("r", "s3://b/none/model.tar.gz"))
    assert execution.step("r").failure_reason == (
        "ClientError: Could not find model data at s3://b/none/model.tar.gz"
    )
    assert project.history.model_packages() == []


def test_a_groups_name_that_is_none_fails_the_step(project):
    execution = register(project, "not a name")
    assert "'not a name' is no model package group's name" in execution.step("r").failure_reason
