"""What SageMaker's job of each kind can hold; each rule has its source in ``contract.limits``."""

from collections import Counter
from collections.abc import Callable

from sagepipe.contract import limits, names
from sagepipe.dsl.artifacts import Metrics, Model
from sagepipe.dsl.errors import DslError
from sagepipe.dsl.spec import ComponentSpec


def check(spec: ComponentSpec) -> None:
    """Refuse a component that SageMaker could not run.

    Args:
        spec: The component.

    Raises:
        DslError: It breaks a rule; the message has its file and line.
    """
    for rule in _RULES[spec.kind]:
        if fault := rule(spec):
            raise DslError(f"component {spec.name!r}: {fault}", spec.source)


def _one_model(spec: ComponentSpec) -> str:
    models = [output.name for output in spec.outputs if issubclass(output.type, Model)]
    if len(models) == 1:
        return ""
    listed = f": {', '.join(models)}" if models else ""
    remedy = "what else it writes is an Output[Artifact]" if models else "add one"
    return (
        "a training job has exactly one Output[Model] (/opt/ml/model), this one has "
        f"{len(models)}{listed}; {remedy}"
    )


def _no_returns(spec: ComponentSpec) -> str:
    return (
        "a training job can't return values: SageMaker has property files for processing jobs "
        "only; write an Output[Metrics] and name the numbers in metrics=(...)"
        if spec.returns
        else ""
    )


def _channels(spec: ComponentSpec) -> str:
    if not spec.inputs:
        return (
            "a training job reads its data from channels (/opt/ml/input/data/<name>), and this one "
            "has none: give it an Input[...]; what makes its own data is a processing component"
        )
    if any(item.many for item in spec.inputs):
        return "a training job's channels are fixed; a list of inputs is for processing jobs"
    return _at_most("inputs", len(spec.inputs), limits.CHANNELS, "a training job")


def _hyperparameters(spec: ComponentSpec) -> str:
    return _at_most("parameters", len(spec.parameters), limits.HYPERPARAMETERS, "a training job")


def _training_metrics(spec: ComponentSpec) -> str:
    for name in spec.metrics:
        if not isinstance(name, str) or not name or "'" in name:
            return f"a metric can't be called {name!r}: FinalMetricDataList['...'] names it"
    twice = [name for name, count in Counter(spec.metrics).items() if count > 1]
    if twice:
        return f"metric {twice[0]!r} is named twice"
    if spec.metrics and not any(issubclass(item.type, Metrics) for item in spec.outputs):
        return "metrics=(...) names numbers of an Output[Metrics], and it has none"
    return _at_most("metrics", len(spec.metrics), limits.METRIC_DEFINITIONS, "a training job")


def _inputs(spec: ComponentSpec) -> str:
    return _at_most("inputs", len(spec.inputs), limits.PROCESSING_INPUTS, "a processing job")


def _outputs(spec: ComponentSpec) -> str:
    count = len(spec.outputs) + bool(spec.returns)
    fault = _at_most("outputs", count, limits.PROCESSING_OUTPUTS, "a processing job")
    return f"{fault}, its returned values being one of them" if fault and spec.returns else fault


def _arguments(spec: ComponentSpec) -> str:
    if 1 + 2 * len(spec.parameters) <= limits.CONTAINER_ARGUMENTS:
        return ""
    return f"{len(spec.parameters)} parameters are more than a job's arguments can hold"


def _reserved(spec: ComponentSpec) -> str:
    taken = [item.name for item in spec.outputs if item.name == names.RETURNED]
    return f"output name {taken[0]!r} is kept for returned values" if taken else ""


def _distinct(spec: ComponentSpec) -> str:
    found = [item.name for item in spec.outputs] + [item.name for item in spec.returns]
    twice = [name for name, count in Counter(found).items() if count > 1]
    return f"{twice[0]!r} is both an output and a returned value" if twice else ""


def _no_metrics(spec: ComponentSpec) -> str:
    return (
        "metrics=(...) is for training jobs; a processing job's Output[Metrics] can be read as it "
        "is"
        if spec.metrics
        else ""
    )


def _at_most(what: str, count: int, most: int, whose: str) -> str:
    if count <= most:
        return ""
    return f"{count} {what}; {whose} has at most {most}: {_REMEDIES[what]}"


_REMEDIES = {
    "inputs": "let a step before put several into one folder",
    "outputs": "write several to one folder",
    "parameters": "take several in a dict, or in a file",
    "metrics": "name those that conditions and tuning need",
}
_RULES: dict[str, tuple[Callable[[ComponentSpec], str], ...]] = {
    "training": (_one_model, _no_returns, _channels, _hyperparameters, _training_metrics),
    "processing": (_inputs, _outputs, _arguments, _reserved, _distinct, _no_metrics),
}
