"""Bringing a job what it reads, in each of SageMaker's input modes.

Where SageMaker's FastFile is a file system that can't be written to, here the modes of files and
folders say so: whoever isn't root is refused. A runner with containers or a sandbox refuses root
too, and so does a mount where the files are links whose modes are not ours to change.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from sagepipe.local.errors import StepError
from sagepipe.local.files import protect, release
from sagepipe.local.jobs.hosts import Host
from sagepipe.local.jobs.job import Job
from sagepipe.local.jobs.pipes import Feeder
from sagepipe.local.jobs.sources import FAST_FILE, PIPE, Objects, Source
from sagepipe.local.launch import overlays
from sagepipe.local.launch.launch import Command


@contextmanager
def delivered(
    job: Job, sources: Sequence[Source], command: Command
) -> Iterator[Mapping[str, Sequence[str]]]:
    """Bring all hosts of a job what they read, as long as they run.

    Args:
        job: The job.
        sources: Its channels or inputs.
        command: What the hosts run.

    Yields:
        For each host, by its name, the folders under ``/opt/ml`` that have to be overlays.

    Raises:
        StepError: There is nothing to bring, or it can't be read.
    """
    overlaid: dict[str, list[str]] = {host.name: [] for host in job.hosts}
    with ExitStack() as stack:
        for source in sources:
            objects = source.objects(job.storage)
            if not objects:
                raise StepError(_nothing(job, source))
            for host in job.hosts:
                if _bring(job, source, objects, host, command, stack):
                    overlaid[host.name].append(source.path)
        for host in job.hosts:
            stack.callback(overlays.tidy, host.folder)
        yield overlaid


def read_only(sources: Sequence[Source]) -> tuple[str, ...]:
    """List what a job may not write to.

    Args:
        sources: Its channels or inputs.

    Returns:
        Paths under ``/opt/ml``.
    """
    return tuple(source.path for source in sources if source.mode == FAST_FILE)


def _bring(
    job: Job, source: Source, objects: Objects, host: Host, command: Command, stack: ExitStack
) -> bool:
    """Bring one host what one source holds for it; say whether that has to be an overlay."""
    place = host.place(source.path)
    share = source.share(objects, host, job.hosts)
    if share is None:
        return False
    if source.mode == PIPE:

        def of_epoch(epoch: int) -> Objects:
            return source.share(objects, host, job.hosts, epoch) or []

        feeder = Feeder(source, of_epoch, place)
        stack.callback(feeder.stop)
        feeder.start()
        return False
    overlaid = job.storage.copies_much(share) and job.control.overlays(command)
    job.storage.place(share, place, overlaid=overlaid)
    if source.mode == FAST_FILE and not overlaid:
        stack.callback(release, place)
        protect(place)
    return overlaid


def _nothing(job: Job, source: Source) -> str:
    uri = source.uri
    place = job.storage.path(uri)
    parameter = f" (parameter {job.given[uri]})" if uri in job.given else ""
    if not uri.startswith("file://"):
        here = f" (on this machine: {place})"
    elif place.exists():
        here = f": no files in {place}"
    else:
        here = f": no such file: {place}"
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source {source.name!r}'
        f"{parameter}{here}"
    )
