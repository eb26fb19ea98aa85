"""What a step comes up with: returned values, metrics, properties, numbers in its files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.texts import Join
from sagepipe.dsl.pipelines.values import Round, Value
from sagepipe.dsl.record import record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.step import Step


@record(eq=False)
class StepValue(Value):
    """Something that a step comes up with."""

    step: Any

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self.step,)

    def copied_value(self, round_: Round) -> Any:
        return replace(self, step=round_.step(self.step))


@record(eq=False)
class ReturnRef(StepValue):
    """A value that a task's component returns."""

    name: str
    type: Any

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"output {self.name!r} of {self.step.name!r}"


@record(eq=False)
class MetricRef(StepValue):
    """A number in a Metrics output."""

    output: str
    path: tuple[str | int, ...]
    type = float

    def __getitem__(self, key: str | int) -> MetricRef:
        if self.step.spec.kind == "training":
            raise author_error(
                f"{self.label} is one number, read off the training job's log; name nested ones "
                f"by their path: metrics=('{'.'.join(map(str, self.path))}.{key}',)"
            )
        return replace(self, path=(*self.path, checked_key(key)))

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"metric {'.'.join(map(str, self.path))!r} of {self.step.name!r}"


@record(eq=False)
class PropertyRef(StepValue):
    """A property of a step, as its Describe call answers: ``Steps.<name>.<path>``."""

    path: str
    type = object

    def __getattr__(self, name: str) -> PropertyRef:
        if name.startswith("_"):
            raise AttributeError(name)
        return replace(self, path=f"{self.path}.{name}" if self.path else name)

    def __getitem__(self, key: str | int) -> PropertyRef:
        index = str(key) if isinstance(key, int) else f"'{key}'"
        return replace(self, path=f"{self.path}[{index}]")

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"property {self.path!r} of {self.step.name!r}"


@record(eq=False)
class FileRef(StepValue):
    """A value in a JSON file that a step wrote to S3."""

    uri: Join
    path: tuple[str | int, ...]
    type: Any

    @property
    def label(self) -> str:  # type: ignore[override]
        return f"value {'.'.join(map(str, self.path))!r} of {self.step.name!r}"


def checked_key(key: str | int) -> str | int:
    """Return the key of a number in a metrics file.

    Raises:
        DslError: SageMaker's paths have no form for it.
    """
    if isinstance(key, str) and key and not set(key) & set("'\\"):
        return key
    if isinstance(key, int) and not isinstance(key, bool) and key >= 0:
        return key
    raise author_error(
        f"a metric can't be called {key!r}: SageMaker's path to it, ['...'], takes texts without "
        "quotes and backslashes, and indices from 0"
    )
