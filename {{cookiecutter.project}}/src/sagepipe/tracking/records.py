"""Parameters, metrics and tags on their way to a run, in as few requests as MLflow allows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import Metric, Param, RunTag

# MLflow: 100 params and 100 tags in one log_batch request, and 1,000 of all.
_METRICS, _FEW = 800, 100
# MLflow refuses any other character in a metric's name.
_NOT_IN_METRIC_NAMES = re.compile(r"[^\w.\- :/]")
_NAMED = 5  # of what could not be recorded, in the warning


@dataclass
class Records:
    """Some records of one run.

    Attributes:
        metrics: Metrics, with their times.
        params: Parameters.
        tags: Tags.
    """

    metrics: "list[Metric]" = field(default_factory=list)
    params: "list[Param]" = field(default_factory=list)
    tags: "list[RunTag]" = field(default_factory=list)

    @property
    def what(self) -> str:
        """Their names, for a warning."""
        keys = [param.key for param in self.params] + [metric.key for metric in self.metrics]
        keys += [tag.key for tag in self.tags]
        return ", ".join(keys[:_NAMED]) + (" …" if len(keys) > _NAMED else "")

    def add(self, other: "Records") -> None:
        """Take another's."""
        self.metrics += other.metrics
        self.params += other.params
        self.tags += other.tags

    def parts(self) -> Iterator["Records"]:
        """Split them into what one request takes; nothing where there are none.

        Yields:
            The parts.
        """
        start = 0
        while True:
            few = slice(start * _FEW, (start + 1) * _FEW)
            many = slice(start * _METRICS, (start + 1) * _METRICS)
            part = Records(self.metrics[many], self.params[few], self.tags[few])
            if not (part.metrics or part.params or part.tags):
                return
            yield part
            start += 1


def make(
    params: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    step: int = 0,
) -> Records:
    """Make records of plain values, as of now.

    Args:
        params: Values by name; their text is recorded.
        metrics: Numbers by name; MLflow gets it with ``_`` for a character that it refuses.
        tags: Texts by name.
        step: The epoch or iteration that the metrics belong to.

    Returns:
        The records.
    """
    import time

    from mlflow.entities import Metric, Param, RunTag

    now = int(time.time() * 1000)
    return Records(
        [Metric(name, float(value), now, step) for name, value in _named(metrics or {}).items()],
        [Param(name, str(value)) for name, value in (params or {}).items()],
        [RunTag(name, str(value)) for name, value in (tags or {}).items()],
    )


def _named(numbers: Mapping[str, float]) -> dict[str, float]:
    """Name metrics as MLflow allows: one with another name, and it takes none of the request.

    A metric may be named after a column, ``psi.length (mm)``, and columns are named anyhow.
    """
    found: dict[str, float] = {}
    for name, value in numbers.items():
        plain = _NOT_IN_METRIC_NAMES.sub("_", name)
        while plain in found or (plain != name and plain in numbers):
            plain += "_"
        found[plain] = value
    return found


def merged(parts: Sequence[Records]) -> Iterator[Records]:
    """Put records together as far as one request takes them.

    Args:
        parts: The records.

    Yields:
        What goes into each request.
    """
    together = Records()
    for part in parts:
        together.add(part)
    yield from together.parts()
