"""What a job reads: channels and inputs, and which objects of them each host gets.

Sources: CreateTrainingJob, Channel and S3DataSource; CreateProcessingJob, ProcessingS3Input. Where
SageMaker doesn't say which objects a shard holds: they are dealt out in the order of their keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.contract import paths
from sagepipe.local.expressions import PENDING
from sagepipe.local.jobs.hosts import Host
from sagepipe.local.storage import Storage

FILE, FAST_FILE, PIPE = "File", "FastFile", "Pipe"
_MANIFEST, _SHARDED = "ManifestFile", "ShardedByS3Key"
GZIP, RECORD_IO, NONE = "Gzip", "RecordIO", "None"

Objects = list[tuple[Path, str]]


@dataclass(frozen=True)
class Source:
    """One channel or input.

    Attributes:
        name: Its name.
        uri: A prefix, an object, or a manifest.
        path: Where it goes, under ``/opt/ml``.
        mode: File, FastFile or Pipe.
        data_type: S3Prefix or ManifestFile.
        distribution: FullyReplicated or ShardedByS3Key.
        compression: What is undone on the way: Gzip or None.
        wrapper: What objects are wrapped in: RecordIO or None.
        groups: The instance groups that get it; all where empty.
        seed: What its objects are shuffled with for each epoch; ``None`` keeps their order.
    """

    name: str
    uri: str
    path: str
    mode: str = FILE
    data_type: str = "S3Prefix"
    distribution: str = "FullyReplicated"
    compression: str = NONE
    wrapper: str = NONE
    groups: tuple[str, ...] = ()
    seed: int | None = None

    def faults(self) -> Iterator[str]:
        """Find settings that don't go together.

        Yields:
            Each fault as one line.
        """
        if self.mode in (PIPE, PENDING):
            return
        for key, value in (("Gzip compression", self.compression), ("RecordIO", self.wrapper)):
            if value not in (NONE, PENDING):
                yield f"{self.name!r}: {key} is for input mode Pipe, not {self.mode}"

    def objects(self, storage: Storage) -> Objects:
        """List its objects.

        Args:
            storage: Where they lie.

        Returns:
            For each its file, and the path it gets in the job.

        Raises:
            StepError: Its manifest is none, or names what isn't there.
        """
        return (
            storage.manifest(self.uri) if self.data_type == _MANIFEST else storage.objects(self.uri)
        )

    def share(
        self, objects: Objects, host: Host, hosts: Sequence[Host], epoch: int = 0
    ) -> Objects | None:
        """Choose what one host gets.

        Args:
            objects: All of the source's.
            host: The host.
            hosts: All of the job's.
            epoch: How often they were delivered before.

        Returns:
            Its objects; ``None`` if its instance group gets nothing of this source.
        """
        takers = [item for item in hosts if not self.groups or item.group.name in self.groups]
        if host not in takers:
            return None
        if self.seed is not None:
            import random

            objects = objects.copy()
            random.Random(f"{self.seed} {epoch}").shuffle(objects)
        if self.distribution != _SHARDED:
            return objects
        return objects[takers.index(host) :: len(takers)]


def channel(described: Mapping[str, Any], job_mode: str | None) -> Source:
    """Read a training job's channel.

    Args:
        described: One of ``InputDataConfig``.
        job_mode: ``AlgorithmSpecification.TrainingInputMode``.

    Returns:
        What it is.
    """
    name = described["ChannelName"]
    source = described["DataSource"]["S3DataSource"]
    groups = source.get("InstanceGroupNames")
    return Source(
        name=name,
        uri=source["S3Uri"],
        path=f"{paths.INPUT_DATA}/{name}",
        mode=described.get("InputMode") or job_mode or FILE,
        data_type=source.get("S3DataType") or Source.data_type,
        distribution=source.get("S3DataDistributionType") or Source.distribution,
        compression=described.get("CompressionType") or NONE,
        wrapper=described.get("RecordWrapperType") or NONE,
        groups=tuple(groups) if isinstance(groups, list) else (),
        seed=(described.get("ShuffleConfig") or {}).get("Seed"),
    )


def processing_input(described: Mapping[str, Any]) -> Source:
    """Read a processing job's input.

    Args:
        described: One of ``ProcessingInputs``.

    Returns:
        What it is.
    """
    source = described["S3Input"]
    return Source(
        name=described["InputName"],
        uri=source["S3Uri"],
        path=source["LocalPath"],
        mode=source.get("S3InputMode") or FILE,
        data_type=source.get("S3DataType") or Source.data_type,
        distribution=source.get("S3DataDistributionType") or Source.distribution,
        compression=source.get("S3CompressionType") or NONE,
    )
