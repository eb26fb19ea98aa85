"""Cleanup steps: deleting what other steps of the same execution wrote.

Source: SageMaker SDK 3.27, cleanup_step; the API model, CleanupStepMetadata. Where they don't say
what happens, this runner does the following. Only objects of the folder that stands for S3 are
deleted, never files of the user's own. Of a training job the archives go that it uploaded, not its
checkpoints. The step fails where anything could not be deleted, and has then deleted the rest.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.contract import paths
from sagepipe.local.errors import StepError
from sagepipe.local.events import FAILED, SUCCEEDED
from sagepipe.local.expressions import PENDING
from sagepipe.local.shapes import Shape, each, listed, text, within
from sagepipe.local.steps.kind import StepResult, StepRun

SOURCES = 100  # CleanupStepNameList, max
BY_URI, WHOLE = ("Processing", "Transform"), ("Training",)

ARGUMENTS: Shape = {
    "Resources": within(
        {"S3": each({"StepName": text, "S3Uris": listed}, SOURCES, required=True)}, required=True
    )
}


def sources(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """List the steps that are cleaned up after.

    Args:
        arguments: The step's arguments, resolved or not.

    Returns:
        Their ``S3Uris`` by name; what is not of that form is left out.
    """
    resources = arguments.get("Resources")
    found = resources.get("S3") if isinstance(resources, dict) else None
    return {
        item["StepName"]: item.get("S3Uris")
        for item in (found if isinstance(found, list) else ())
        if isinstance(item, dict) and isinstance(item.get("StepName"), str)
    }


def source_fault(name: str, kind: str, uris: Any) -> str:
    """Say why a step can't be cleaned up after.

    Args:
        name: Its name.
        kind: Its type.
        uris: Its ``S3Uris``.

    Returns:
        The fault; empty where there is none.
    """
    if kind not in (*BY_URI, *WHOLE):
        return f"{name!r} is a {kind} step; {', '.join((*BY_URI, *WHOLE))} steps can be cleaned up"
    if kind in BY_URI and not uris:
        return f"{name!r} is a {kind} step: S3Uris has to name its objects"
    if kind in WHOLE and uris:
        return f"{name!r} is a {kind} step: its objects are found, not named"
    return ""


def faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Check what is to be deleted.

    Args:
        request: The step's arguments; what isn't known yet stands as ``PENDING``.

    Yields:
        Each fault as one line.
    """
    if not request["Resources"]["S3"]:
        yield "Resources.S3 names no step"
    for source in request["Resources"]["S3"]:
        for uri in source.get("S3Uris") or ():
            if uri is not PENDING and not str(uri).startswith("s3://"):
                yield f"S3Uris: {uri!r} is no object in S3; files of your own are not deleted"


def run(step: StepRun) -> StepResult:
    """Delete.

    Args:
        step: The step.

    Returns:
        Which steps were cleaned up after, which could not be, and which have left nothing to find.
    """
    cleaned: list[str] = []
    skipped: list[str] = []
    failed: list[dict[str, str]] = []
    for source in step.request["Resources"]["S3"]:
        name = source["StepName"]
        places = _places(step.properties.get(name) or {})
        if not places:
            skipped.append(name)
            continue
        try:
            for uri in source.get("S3Uris") or places:
                _delete(step, uri, places, name)
        except StepError as error:
            failed.append(
                {"StepName": name, "ErrorCode": "ClientError", "ErrorMessage": error.message}
            )
        else:
            cleaned.append(name)
    metadata = {"CleanedSteps": cleaned, "FailedSteps": failed, "SkippedSteps": skipped}
    reason = "; ".join(f"{item['StepName']}: {item['ErrorMessage']}" for item in failed)
    return StepResult(FAILED if failed else SUCCEEDED, metadata, reason or None)


def _places(properties: Mapping[str, Any]) -> list[str]:
    """List where a step's objects lie: prefixes, of a training job the archives themselves."""
    if model := (properties.get("ModelArtifacts") or {}).get("S3ModelArtifacts"):
        folder = model.rpartition("/")[0]
        return [model, f"{folder}/{paths.OUTPUT_ARCHIVE}"]
    if transformed := (properties.get("TransformOutput") or {}).get("S3OutputPath"):
        return [transformed]
    outputs = (properties.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
    return [item["S3Output"]["S3Uri"] for item in outputs]


def _delete(step: StepRun, uri: str, places: list[str], name: str) -> None:
    if not any(uri == place or uri.startswith(f"{place.rstrip('/')}/") for place in places):
        raise StepError(f"{uri} is not below what step {name!r} wrote ({', '.join(places)})")
    step.storage.delete(uri)
