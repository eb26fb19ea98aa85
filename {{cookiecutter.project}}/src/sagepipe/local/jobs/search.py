"""Which hyperparameters a tuning job tries next. The searching is optuna's.

``Bayesian`` is optuna's tree-structured Parzen estimator, which SageMaker's own search is not: the
values tried differ, the rules don't. It is told of jobs that run beside each other.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from sagepipe.local.expressions import PENDING

_CONTINUOUS, _INTEGER = "ContinuousParameterRanges", "IntegerParameterRanges"
_CATEGORICAL, _AUTO = "CategoricalParameterRanges", "AutoParameters"
_NEEDS = "a Tuning step needs optuna: pip install the project's extra `local`"


def faults(config: Mapping[str, Any]) -> Iterator[str]:
    """Check what is searched.

    Args:
        config: ``HyperParameterTuningJobConfig``; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    ranges = config["ParameterRanges"]
    names = [item["Name"] for kind in ranges.values() if kind for item in kind]
    if not names:
        yield "ParameterRanges has no range"
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        yield f"ParameterRanges: {name!r} is searched twice"
    if ranges.get(_AUTO):
        yield f"ParameterRanges.{_AUTO} is not supported by the local runner: give ranges"
    if config["Strategy"] == "Grid" and (ranges.get(_CONTINUOUS) or ranges.get(_INTEGER)):
        yield f"Strategy 'Grid' searches {_CATEGORICAL} alone"
    for kind, number in ((_CONTINUOUS, float), (_INTEGER, int)):
        for item in ranges.get(kind) or ():
            if PENDING not in item.values() and (fault := _range_fault(item, number)):
                yield f"{kind} {item['Name']!r}: {fault}"
    if find_spec("optuna") is None:
        yield _NEEDS


class Search:
    """Suggests values and learns from what came of them.

    Args:
        config: ``HyperParameterTuningJobConfig``.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._ranges = config["ParameterRanges"]
        self._study = optuna.create_study(
            direction=config["HyperParameterTuningJobObjective"]["Type"].lower(),
            sampler=_sampler(config),
        )
        if config["Strategy"] == "Grid":
            listed = {item["Name"]: item["Values"] for item in self._ranges[_CATEGORICAL]}
            for values in itertools.product(*listed.values()):
                self._study.enqueue_trial(dict(zip(listed, values, strict=True)))

    @property
    def combinations(self) -> int | None:
        """How many jobs exhaust a search of categories; ``None`` where numbers are searched."""
        if self._ranges.get(_CONTINUOUS) or self._ranges.get(_INTEGER):
            return None
        return math.prod(len(item["Values"]) for item in self._ranges[_CATEGORICAL])

    def ask(self) -> tuple[Any, dict[str, str]]:
        """Suggest what to try.

        Returns:
            What to give to ``tell``, and the hyperparameters as text.
        """
        trial = self._study.ask(self._distributions())
        return trial, dict(self._texts(trial.params))

    def tell(self, trial: Any, value: float | None) -> None:
        """Say what came of a suggestion.

        Args:
            trial: From ``ask``.
            value: The objective; ``None`` if there is none.
        """
        from optuna.trial import TrialState

        state = None if value is not None else TrialState.FAIL
        self._study.tell(trial, value, state=state)

    def _distributions(self) -> dict[str, Any]:
        from optuna.distributions import (
            CategoricalDistribution,
            FloatDistribution,
            IntDistribution,
        )

        found: dict[str, Any] = {}
        for item in self._ranges.get(_CONTINUOUS) or ():
            low, high, log = float(item["MinValue"]), float(item["MaxValue"]), _is_log(item)
            if item.get("ScalingType") == "ReverseLogarithmic":
                low, high, log = 1 - high, 1 - low, True
            found[item["Name"]] = FloatDistribution(low, high, log=log)
        for item in self._ranges.get(_INTEGER) or ():
            span = int(item["MinValue"]), int(item["MaxValue"])
            found[item["Name"]] = IntDistribution(*span, log=_is_log(item))
        for item in self._ranges.get(_CATEGORICAL) or ():
            found[item["Name"]] = CategoricalDistribution(item["Values"])
        return found

    def _texts(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        reverse = {
            item["Name"]
            for item in self._ranges.get(_CONTINUOUS) or ()
            if item.get("ScalingType") == "ReverseLogarithmic"
        }
        for name, value in values.items():
            yield name, str(1 - value if name in reverse else value)


def _sampler(config: Mapping[str, Any]) -> Any:
    from optuna import samplers

    seed = config.get("RandomSeed")
    if config["Strategy"] == "Bayesian":
        return samplers.TPESampler(seed=seed, constant_liar=True)
    return samplers.RandomSampler(seed=seed)


def _is_log(item: Mapping[str, Any]) -> bool:
    return bool(item.get("ScalingType") == "Logarithmic")


def _range_fault(item: Mapping[str, Any], number: Any) -> str:
    try:
        low, high = number(item["MinValue"]), number(item["MaxValue"])
    except ValueError:
        return f"{item['MinValue']!r} to {item['MaxValue']!r} is no range of numbers"
    if low > high:
        return f"MinValue {low} is more than MaxValue {high}"
    scaling = item.get("ScalingType")
    if scaling == "Logarithmic" and low <= 0:
        return f"logarithmic scaling needs values above 0, not {low}"
    if scaling == "ReverseLogarithmic" and (number is int or low < 0 or high >= 1):
        return "reverse logarithmic scaling is for continuous values from 0 to below 1"
    return ""
