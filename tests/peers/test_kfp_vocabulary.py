"""KFP's whole vocabulary: every name, option and method is here, or refused with a way out."""

import inspect
import logging

import pytest

pytest.importorskip("kfp", reason="KFP is installed in tox's env peers only")

import kfp.dsl
from kfp.dsl.pipeline_task import PipelineTask

from sagepipe import dsl
from sagepipe.dsl import kfp as refused

logging.getLogger("kfp").setLevel(logging.ERROR)

# What a task has for KFP's compiler.
OWN_BUSINESS = {
    "channel_inputs",
    "dependent_tasks",
    "inputs",
    "platform_spec",
    "register_pipeline_channels",
}


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


def options(function):
    return set(inspect.signature(function).parameters) - {"self", "func", "kwargs", "others"}


@pytest.mark.parametrize("name", kfp.dsl.__all__)
def test_every_name_is_here_or_refused(name):
    assert (name in dsl.__all__) != (name in refused.NAMES)


def test_nothing_is_refused_that_kfp_does_not_have():
    known = set(kfp.dsl.__all__) | {"EmbeddedInput"}
    assert set(refused.NAMES) <= known
    assert set(refused.COMPONENT) <= options(kfp.dsl.component)
    assert set(refused.PIPELINE) <= options(kfp.dsl.pipeline)
    assert set(refused.TASK) - {"set_env_variables", "set_timeout"} <= public(PipelineTask)


@pytest.mark.parametrize("option", sorted(options(kfp.dsl.component)))
def test_every_option_of_a_component_is_refused_by_name(option):
    assert option in refused.COMPONENT


@pytest.mark.parametrize("option", sorted(options(kfp.dsl.pipeline)))
def test_every_option_of_a_pipeline_is_here_or_refused(option):
    assert (option in options(dsl.pipeline)) != (option in refused.PIPELINE)


@pytest.mark.parametrize("method", sorted(public(PipelineTask) - OWN_BUSINESS))
def test_every_method_of_a_task_is_here_or_refused(method):
    ours = hasattr(dsl.Task, method) or method in dsl.Task.__dataclass_fields__
    assert ours != (method in refused.TASK)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (kfp.dsl.importer, dsl.importer),
        (kfp.dsl.If.__init__, dsl.If.__init__),
        (kfp.dsl.Elif.__init__, dsl.Elif.__init__),
        (kfp.dsl.Else.__init__, dsl.Else.__init__),
        (kfp.dsl.ParallelFor.__init__, dsl.ParallelFor.__init__),
        (kfp.dsl.ExitHandler.__init__, dsl.ExitHandler.__init__),
        (PipelineTask.set_caching_options, dsl.Task.set_caching_options),
        (PipelineTask.set_display_name, dsl.Task.set_display_name),
        (PipelineTask.set_env_variable, dsl.Task.set_env_variable),
        (PipelineTask.set_retry, dsl.Task.set_retry),
    ],
    ids=lambda item: item.__qualname__,
)
def test_what_is_here_takes_the_same_options_in_the_same_order(theirs, ours):
    names = [name for name in inspect.signature(theirs).parameters if name != "self"]
    taken = [name for name in inspect.signature(ours).parameters if name != "self"]
    keyword_only = {
        name
        for name, item in inspect.signature(ours).parameters.items()
        if item.kind is item.KEYWORD_ONLY
    }
    assert set(names) <= set(taken)
    by_place = [name for name in names if name not in keyword_only]
    assert taken[: len(by_place)] == by_place


@pytest.mark.parametrize(
    "name", ("Artifact", "Dataset", "Model", "Metrics", "ClassificationMetrics", "HTML", "Markdown")
)
def test_artifacts_have_the_same_attributes_and_methods(name, tmp_path):
    theirs = getattr(kfp.dsl, name)(name="a", uri="/tmp/a", metadata={})
    ours = getattr(dsl, name)(path=tmp_path / "a")
    own_business = {"schema_title", "schema_version", "custom_path", "set_path", "TYPE_NAME"}
    assert public(theirs) - own_business <= public(ours)
