"""The tables of arguments beside AWS's service model: nothing unknown, nothing passed over."""

import pytest

from sagepipe.local import DefinitionError
from sagepipe.local.arguments import processing, training

botocore = pytest.importorskip("botocore.session")
model = botocore.Session().get_service_model("sagemaker")


def compare(shape, table, path):
    for name, member in shape.members.items():
        if name not in table:
            yield f"{path}{name} is passed over"
            continue
        inner = member.member if member.type_name == "list" else member
        if table[name].shape is not None:
            yield from compare(inner, table[name].shape, f"{path}{name}.")
    for name in table.keys() - shape.members.keys():
        yield f"{path}{name} is unknown to AWS"


@pytest.mark.parametrize(
    ("operation", "table"),
    [
        ("CreateProcessingJob", processing.ARGUMENTS),
        ("CreateTrainingJob", training.ARGUMENTS),
    ],
)
def test_every_member_of_a_request_is_honoured_ignored_or_refused(operation, table):
    shape = model.operation_model(operation).input_shape
    assert list(compare(shape, table, "")) == []


@pytest.mark.parametrize(
    ("operation", "table"),
    [
        ("DescribeProcessingJob", processing.PROPERTIES),
        ("DescribeTrainingJob", training.PROPERTIES),
    ],
)
def test_every_property_is_one_of_the_describe_response(operation, table):
    assert table <= model.operation_model(operation).output_shape.members.keys()


def test_what_is_refused_says_what_to_do_instead(project):
    step = project.training("t", more={"ServerlessJobConfig": {"JobType": "FineTuning"}})
    with pytest.raises(DefinitionError) as caught:
        project.run(step)
    assert str(caught.value) == (
        "step 't': Arguments.ServerlessJobConfig is not supported by the local runner: "
        "ask for instances in ResourceConfig"
    )


def test_what_has_no_effect_here_is_accepted(project):
    ignored = {
        "NetworkConfig": {"EnableInterContainerTrafficEncryption": True},
        "ExperimentConfig": {"ExperimentName": "e"},
        "Tags": [{"Key": "k", "Value": "v"}],
        "RoleArn": "arn:aws:iam::000000000000:role/local",
    }
    assert project.run(project.processing("p", more=ignored)).status == "Succeeded"
