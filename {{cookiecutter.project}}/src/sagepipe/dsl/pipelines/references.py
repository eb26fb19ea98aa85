"""References to artifacts: other tasks' outputs, imported data, and collections of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sagepipe.dsl.artifacts import Artifact, Metrics
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.step_values import MetricRef, checked_key
from sagepipe.dsl.pipelines.values import Round, Value, copied
from sagepipe.dsl.record import record

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.step import Step


@record(eq=False)
class ArtifactRef:
    """An output of a step, to be handed to another task's input.

    Attributes:
        step: The step that writes it.
        name: The output's name.
        type: What it is.
        sharded: Whether each machine of the reading job gets a share of the files.
        place: The property that names its S3 URI, where the step's kind alone doesn't tell.
    """

    step: Any
    name: str
    type: type[Artifact]
    sharded: bool = False
    place: Value | None = None

    def file(self, name: str) -> ArtifactFile:
        """Name one file of this output.

        Args:
            name: Its path in the output's folder, such as ``train_data.csv``.
        """
        return ArtifactFile(self, name)

    def __getitem__(self, key: str) -> MetricRef:
        if not issubclass(self.type, Metrics) or self.place is not None:
            raise author_error(
                f"output {self.name!r} of {self.step.name!r} is a {self.type.__name__}; "
                "only a Metrics output has numbers to read"
                + (": take the number of a round, dsl.Collected(number)[0]" if self.place else "")
            )
        spec = self.step.spec
        if spec.kind == "training" and key not in spec.metrics:
            raise author_error(
                f"metric {key!r} of training job {self.step.name!r} can't be read: SageMaker has "
                "no property files for training jobs, it reads numbers off the log; name it in "
                f'@dsl.component(kind="training", metrics=("{key}",))'
            )
        return MetricRef(self.step, self.name, (checked_key(key),))

    def _compared(self, _other: object) -> Any:
        raise author_error(
            f"output {self.name!r} of {self.step.name!r} is a {self.type.__name__}, not a number; "
            'compare one of its numbers: outputs["metrics"]["auc"] >= 0.8'
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _compared
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<output {self.name!r} of {self.step.name!r}>"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that it comes from."""
        return (self.step,)

    def copied_value(self, round_: Round) -> ArtifactRef:
        """Return what stands for it in one round of a loop."""
        return replace(self, step=round_.step(self.step), place=copied(self.place, round_))


@record(eq=False)
class ArtifactFile:
    """One file of an output, where SageMaker wants an object rather than a prefix."""

    artifact: ArtifactRef
    name: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that it comes from."""
        return self.artifact.steps

    def copied_value(self, round_: Round) -> ArtifactFile:
        """Return what stands for it in one round of a loop."""
        return replace(self, artifact=self.artifact.copied_value(round_))


@record(eq=False)
class ImportedArtifact:
    """Data that is there before the pipeline runs."""

    uri: str | Value
    type: type[Artifact]
    sharded: bool = False

    def __repr__(self) -> str:
        return f"<imported {self.type.__name__}>"

    @property
    def output(self) -> ImportedArtifact:
        """Itself: KFP's importer returns a task with an output."""
        return self

    @property
    def outputs(self) -> dict[str, ImportedArtifact]:
        """Itself as ``artifact``, as KFP's importer names its output."""
        return {"artifact": self}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that it comes from."""
        return self.uri.steps if isinstance(self.uri, Value) else ()

    @property
    def loops(self) -> tuple[Any, ...]:
        """The loops whose item it holds."""
        return self.uri.loops if isinstance(self.uri, Value) else ()

    def copied_value(self, round_: Round) -> ImportedArtifact:
        """Return what stands for it in one round of a loop."""
        uri = copied(self.uri, round_)
        if not isinstance(uri, Value) and not str(uri).startswith("s3://"):
            raise author_error(f"dsl.importer: {uri!r} is no S3 URI")
        return replace(self, uri=uri)


Reference = ArtifactRef | ImportedArtifact


def sharded(artifact: Reference) -> Any:
    """Split an input by file over the machines of the job that reads it (``ShardedByS3Key``).

    Args:
        artifact: An output of a task, or an importer; each machine gets about 1/n of its files.

    Returns:
        What a component's input takes.

    Raises:
        DslError: It is no artifact.
    """
    if not isinstance(artifact, Reference):
        raise author_error(f"dsl.sharded takes an artifact, not {artifact!r}")
    return replace(artifact, sharded=True)
