"""Data that is there before the pipeline runs."""

from sagepipe.dsl.artifacts import Artifact
from sagepipe.dsl.errors import author_error
from sagepipe.dsl.references import ImportedArtifact
from sagepipe.dsl.values import Constant, Value


def importer(
    artifact_uri: str | Value, artifact_class: type[Artifact] = Artifact
) -> ImportedArtifact:
    """Take data that is there before the pipeline runs.

    Args:
        artifact_uri: Its S3 URI, or a pipeline value that will hold it.
        artifact_class: What it is.

    Returns:
        What a component's input takes.

    Raises:
        DslError: The URI is neither text nor a pipeline value of type str.
    """
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
