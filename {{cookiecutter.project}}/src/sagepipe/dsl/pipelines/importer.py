"""Data that is there before the pipeline runs."""

from collections.abc import Mapping
from typing import Any

from sagepipe.dsl.artifacts import Artifact
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.references import ImportedArtifact
from sagepipe.dsl.pipelines.values import Constant, Value


def importer(
    artifact_uri: str | Value,
    artifact_class: type[Artifact] = Artifact,
    reimport: bool = False,
    metadata: Mapping[str, Any] | None = None,
    download_to_workspace: bool = False,
) -> ImportedArtifact:
    """Take data that is there before the pipeline runs.

    Args:
        artifact_uri: Its S3 URI, or a pipeline value that will hold it.
        artifact_class: What it is.
        reimport: KFP's; every execution reads what is there then, so that it makes no difference.
        metadata: KFP's; refused, as SageMaker has no place for it.
        download_to_workspace: KFP's; refused, as SageMaker's jobs share no disk.

    Returns:
        What a component's input takes.

    Raises:
        DslError: The URI is neither text nor a pipeline value of type str, or something was given
            that SageMaker has no counterpart for.
    """
    if metadata:
        raise author_error(
            "dsl.importer: SageMaker has no place for metadata of imported data; hand them to the "
            "component as parameters, or let a component copy the data and fill in .metadata"
        )
    if download_to_workspace:
        raise author_error("dsl.importer: SageMaker's jobs share no disk; each reads its inputs")
    if isinstance(artifact_uri, Constant):
        artifact_uri = artifact_uri.value
    if isinstance(artifact_uri, Value) and artifact_uri.type not in (str, object):
        raise author_error(f"dsl.importer: {artifact_uri.label} is not a str")
    if not isinstance(artifact_uri, str | Value):
        raise author_error(f"dsl.importer takes a URI, not {artifact_uri!r}")
    if isinstance(artifact_uri, str) and not artifact_uri.startswith("s3://"):
        raise author_error(
            f"dsl.importer: {artifact_uri!r} is no S3 URI; make it a pipeline parameter where a "
            "local run should read a local file"
        )
    return ImportedArtifact(artifact_uri, artifact_class)
