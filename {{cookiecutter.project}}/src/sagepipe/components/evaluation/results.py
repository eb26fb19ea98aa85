"""What an evaluation finds, as plain data."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from sagepipe.contract import intervals

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Places: TypeAlias = NDArray[np.intp]
    Mask: TypeAlias = NDArray[np.bool_]
else:  # NumPy is not imported before it is needed
    Floats = Places = Mask = Any

Better: TypeAlias = Literal["higher", "lower", "neither"]
Task: TypeAlias = Literal["binary", "multiclass", "regression"]

FACTS_FILE = "evaluation.json"


@dataclass(frozen=True)
class Score:
    """A metric that can be computed of any resample of the rows.

    Attributes:
        name: Such as ``auc``.
        better: Which way it gets better.
        of: From the rows' weights, shape (rows,), how often each row counts, to the metric; NaN
            where it is not defined for these rows.
    """

    name: str
    better: Better
    of: Callable[[Floats], float]


@dataclass(frozen=True)
class Metric:
    """A metric with its confidence interval.

    Attributes:
        name: Such as ``auc``.
        value: On all rows.
        low: The interval's lower end; None where there are too few rows to tell.
        high: Its upper end.
        better: Which way it gets better.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    better: Better


@dataclass(frozen=True)
class Segment:
    """The rows with the same value of a column.

    Attributes:
        column: The column.
        value: The value, or the range of a number.
        rows: How many rows.
        metrics: Their metrics; those that these rows have no answer for are left out.
    """

    column: str
    value: str
    rows: int
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Importance:
    """How much worse a metric gets when a feature's values are shuffled among the rows.

    Attributes:
        feature: The column.
        worse: The mean over the shuffles, in the metric's unit; positive is worse.
        spread: The standard deviation over the shuffles.
    """

    feature: str
    worse: float
    spread: float


@dataclass(frozen=True)
class Sampling:
    """How confidence intervals are found: by the bootstrap's percentiles.

    Attributes:
        confidence: Share of the intervals that hold the true value, such as 0.95.
        rounds: Resamples; 0 for no intervals.
        seed: For the draws.
        groups: Columns whose equal values go together: rows of a day, or of a customer, are drawn
            as one, as they are no independent evidence.
    """

    confidence: float = 0.95
    rounds: int = 500
    seed: int = 7
    groups: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what gives no interval."""
        object.__setattr__(self, "groups", tuple(self.groups))
        if not 0 < self.confidence < 1:
            raise ValueError(
                f"confidence {self.confidence} has to be between 0 and 1, such as 0.95"
            )
        if self.rounds < 0:
            raise ValueError(f"rounds {self.rounds} can't be negative; 0 leaves the intervals out")

    @property
    def units(self) -> str:
        """What is drawn, in words."""
        columns = ", ".join(self.groups)
        return f"groups of rows with the same {columns}" if columns else "rows"


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured.

    Attributes:
        task: What kind of model it is.
        target: The column that is predicted.
        rows: Rows that were measured.
        metrics: Metrics with intervals, the headline one first.
        facts: Numbers about the rows alone, such as a baseline.
        sampling: How the intervals were found.
        segments: Metrics of parts of the rows.
        importance: Of features, the most important first.
        importance_metric: What got worse.
        importance_rows: Rows that were shuffled.
        notes: What a reader has to know.
    """

    task: Task
    target: str
    rows: int
    metrics: tuple[Metric, ...]
    facts: dict[str, float]
    sampling: Sampling
    segments: tuple[Segment, ...] = ()
    importance: tuple[Importance, ...] = ()
    importance_metric: str = ""
    importance_rows: int = 0
    notes: tuple[str, ...] = ()
    version: int = field(default=1, kw_only=True)

    @property
    def numbers(self) -> dict[str, float]:
        """The metrics and facts by name; of an interval ``<name>_low`` and ``<name>_high``."""
        found: dict[str, float] = {}
        for metric in self.metrics:
            found[metric.name] = metric.value
            if metric.low is not None and metric.high is not None:
                found[metric.name + intervals.LOW] = metric.low
                found[metric.name + intervals.HIGH] = metric.high
        return found | self.facts

    def metric(self, name: str) -> Metric:
        """Return one metric.

        Args:
            name: Its name.

        Raises:
            ValueError: There is none of this name.
        """
        found: Metric = named(self.metrics, name)
        return found

    def write(self, folder: Path) -> Path:
        """Write ``evaluation.json`` into a folder, for machines and for the model card."""
        path = folder / FACTS_FILE
        path.write_text(json.dumps(asdict(self), indent=2, allow_nan=False) + "\n", "utf-8")
        return path

    @classmethod
    def read(cls, folder: Path) -> "Evaluation":
        """Read ``evaluation.json``.

        Args:
            folder: Where it is.

        Raises:
            ValueError: The file is missing or something else.
        """
        path = folder / FACTS_FILE
        try:
            return _evaluation(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise ValueError(
                f"{path} is not there; an evaluation writes it (Evaluation.write)"
            ) from None
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} is no evaluation ({error}); evaluate again") from None


def named(scores: Sequence[Any], name: str) -> Any:
    """Return the one of several scores or metrics that has a name.

    Args:
        scores: Scores or metrics.
        name: The name.

    Raises:
        ValueError: There is none of this name.
    """
    for score in scores:
        if score.name == name:
            return score
    known = ", ".join(score.name for score in scores)
    raise ValueError(f"there is no metric {name!r}; there are {known}")


def _evaluation(content: dict[str, Any]) -> Evaluation:
    return Evaluation(
        **content
        | {
            "metrics": _metrics(content["metrics"]),
            "sampling": Sampling(**content["sampling"]),
            "segments": tuple(
                Segment(**item | {"metrics": _metrics(item["metrics"])})
                for item in content["segments"]
            ),
            "importance": tuple(Importance(**item) for item in content["importance"]),
            "notes": tuple(content["notes"]),
        }
    )


def _metrics(items: list[dict[str, Any]]) -> tuple[Metric, ...]:
    return tuple(Metric(**item) for item in items)
