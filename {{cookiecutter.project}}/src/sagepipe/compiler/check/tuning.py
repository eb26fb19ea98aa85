"""Tuning jobs: what the service refuses and its model does not say."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place, choices
from sagepipe.compiler.check.reading import obj, objects, one_of, texts
from sagepipe.compiler.check.training import job as training_job
from sagepipe.contract import limits


def check(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    source = "CreateHyperParameterTuningJob"
    keys = ("TrainingJobDefinition", "TrainingJobDefinitions")
    yield from one_of(arguments, keys, place, source)
    one = obj(arguments, keys[0])
    config = obj(arguments, "HyperParameterTuningJobConfig")
    at = place.at("HyperParameterTuningJobConfig")
    if one:
        yield from _candidate(one, config, place.at(keys[0]), at, source)
    for index, each in enumerate(objects(arguments, keys[1])):
        yield from _candidate(each, {}, place.at(keys[1], index), at, source)
    limit = obj(config, "ResourceLimits")
    most, parallel = limit.get("MaxNumberOfTrainingJobs"), limit.get("MaxParallelTrainingJobs")
    if isinstance(most, int) and isinstance(parallel, int) and parallel > most:
        yield at.at("ResourceLimits", "MaxParallelTrainingJobs").finding(
            f"{parallel} jobs at once are more than {most} in all", f"1 to {most}", source
        )
    ranges = obj(config, "ParameterRanges")
    yield from _ranges(ranges, at.at("ParameterRanges"), source)
    if config.get("Strategy") == "Grid" and any(
        ranges.get(f"{kind}ParameterRanges") for kind in ("Integer", "Continuous")
    ):
        yield at.at("Strategy").finding(
            "Grid searches more than categories", "CategoricalParameterRanges alone", source
        )


def _candidate(
    job: Mapping[str, Any], config: Mapping[str, Any], place: Place, at: Place, source: str
) -> Iterator[Finding]:
    yield from training_job(job, place, source)
    own = obj(job, "TuningObjective")
    objective = own or obj(config, "HyperParameterTuningJobObjective")
    where = place.at("TuningObjective") if own else at.at("HyperParameterTuningJobObjective")
    defined = objects(job, "AlgorithmSpecification", "MetricDefinitions")
    wanted = objective.get("MetricName")
    known = texts(defined, "Name")
    if isinstance(wanted, str) and defined and wanted not in known:
        yield where.at("MetricName").finding(
            f"no metric {wanted!r} is defined", choices(known), f"{source}, MetricDefinitions"
        )
    ranges = obj(job, "HyperParameterRanges") or obj(config, "ParameterRanges")
    fixed = obj(job, "StaticHyperParameters")
    for name in _searched(ranges):
        if name in fixed:
            yield place.at("StaticHyperParameters", name).finding(
                f"{name!r} is searched too", "fixed or searched", f"{source}, ParameterRanges"
            )


def _searched(ranges: Mapping[str, Any]) -> list[str]:
    kinds = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
    return [name for kind in kinds for name in texts(objects(ranges, kind), "Name")]


def _ranges(ranges: Mapping[str, Any], place: Place, source: str) -> Iterator[Finding]:
    names = _searched(ranges)
    if len(names) > limits.TUNING_RANGES:
        yield place.finding(
            f"{len(names)} hyperparameters are searched", f"{limits.TUNING_RANGES} or fewer", source
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield place.finding(f"{name!r} is searched twice", "one range a hyperparameter", source)
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        for index, entry in enumerate(objects(ranges, kind)):
            low, high = _number(entry.get("MinValue")), _number(entry.get("MaxValue"))
            if low is not None and high is not None and low > high:
                yield place.at(kind, index, "MaxValue").finding(
                    f"{high:g} is less than MinValue", f"{low:g} or more", source
                )


def _number(text: Any) -> float | None:
    try:
        return float(text) if isinstance(text, str) else None
    except ValueError:
        return None
