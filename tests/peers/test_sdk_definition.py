"""The SageMaker SDK as an oracle: the same pipeline gives the same definition, step by step."""

import json
import logging
import os
import socket
import subprocess
import sys

import pytest

pytest.importorskip("sagemaker", reason="the SageMaker SDK is installed in tox's env peers only")

import authored
from sdk_pipelines import ours, theirs
from sdk_pipelines.differences import KNOWN, Found, between

from sagepipe.compiler import compile_pipeline

logging.getLogger("sagemaker").setLevel(logging.ERROR)

PAIRS = {
    "processing": (ours.processing, theirs.processing),
    "training": (ours.training, theirs.training),
    "tuning": (ours.tuning, theirs.tuning),
    "conditions": (ours.conditions, theirs.conditions),
    "models": (ours.models, theirs.models),
    "values": (ours.values, theirs.values),
    "loops": (ours.loops, theirs.loops),
    "exits": (ours.exits, theirs.exits),
    "every_feature": (authored.every_feature, theirs.every_feature),
}


@pytest.fixture(scope="module")
def compiled():
    """Compile each pipeline twice, with the network refused."""
    connect = socket.socket.connect

    def refuse(*_):
        raise AssertionError("compiling wanted the network")

    socket.socket.connect = refuse
    try:
        return {
            name: (compile_pipeline(mine), json.loads(other().definition()))
            for name, (mine, other) in PAIRS.items()
        }
    finally:
        socket.socket.connect = connect


def test_importing_the_sdk_wants_no_network():
    code = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('the import wanted the network')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse\n"
        "import sdk_pipelines.theirs\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def described(found):
    return "\n".join(
        f"{item.type} {item.path}\n  ours:   {item.ours}\n  theirs: {item.theirs}" for item in found
    )


@pytest.mark.parametrize("name", PAIRS)
def test_both_give_the_same_definition(compiled, name):
    known = [Found(item.type, item.path, item.ours, item.theirs) for item in KNOWN]
    unknown = [item for item in between(*compiled[name]) if item not in known]
    assert not unknown, described(unknown)


def test_every_known_difference_occurs(compiled):
    found = [item for pair in compiled.values() for item in between(*pair)]
    gone = [
        item for item in KNOWN if Found(item.type, item.path, item.ours, item.theirs) not in found
    ]
    assert not gone, described(gone)


def test_the_pipelines_cover_every_kind_of_step_and_every_option(compiled):
    written = json.dumps([mine for mine, _ in compiled.values()])
    for type_ in (
        *("Processing", "Training", "Tuning", "Condition", "Model", "RegisterModel"),
        *("Transform", "Fail", "ForEach", "Cleanup"),
    ):
        assert f'"Type": "{type_}"' in written, type_
    for key in (
        *("CacheConfig", "ExpireAfter", "RetryPolicies", "PropertyFiles", "DependsOn"),
        *("DisplayName", "Description", "EnumValues", "Trigger", "Selector", "Std:Join"),
        *("Std:JsonGet", "ModelMetrics", "DriftCheckBaselines", "CheckpointConfig", "VpcConfig"),
    ):
        assert f'"{key}"' in written, key


class TestTheComparison:
    """An oracle that finds nothing would prove nothing."""

    def changed(self, arguments, name="a"):
        return {"Steps": [{"Name": name, "Type": "Fail", "Arguments": arguments}]}

    def test_a_changed_value(self):
        (found,) = between(self.changed({"ErrorMessage": "x"}), self.changed({"ErrorMessage": "y"}))
        assert found == ("Fail", "Arguments.ErrorMessage", "x", "y")

    def test_a_missing_key(self):
        (found,) = between(self.changed({"ErrorMessage": "x"}), self.changed({}))
        assert found.theirs == "(absent)"

    def test_a_reference_in_place_of_a_value(self):
        (found,) = between(
            self.changed({"ErrorMessage": "x"}),
            self.changed({"ErrorMessage": {"Get": "Parameters.x"}}),
        )
        assert found.theirs == {"Get": "Parameters.x"}

    def test_other_steps(self):
        (found,) = between(
            self.changed({"ErrorMessage": "x"}), self.changed({"ErrorMessage": "x"}, name="b")
        )
        assert found == ("Pipeline", "Steps", ["a"], ["b"])

    def test_a_number_is_no_boolean(self):
        one, true = self.changed({"ErrorMessage": 1}), self.changed({"ErrorMessage": True})
        assert list(between(one, true))

    def test_one_text_joined_from_other_parts(self):
        def join(*parts):
            return self.changed({"ErrorMessage": {"Std:Join": {"On": "/", "Values": parts}}})

        assert not list(between(join("a", "b", {"Get": "x"}), join("a/b", {"Get": "x"})))
        assert list(between(join("a", "b"), join("ab")))
