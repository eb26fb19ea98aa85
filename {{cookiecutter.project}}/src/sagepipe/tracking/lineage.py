"""From a model package back to code and data, and from MLflow's registry to the package."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagepipe.contract import names
from sagepipe.tracking import executions, registry, runs, store, tags
from sagepipe.tracking.errors import TrackingError, one_line
from sagepipe.tracking.registry import Package

# What a version has to say of its origin, and what to do where it doesn't.
_ORIGIN = (
    ("image", tags.IMAGE_URI, "the job's environment names none"),
    ("image digest", tags.IMAGE_DIGEST, "name the image in sagepipe.toml with its @sha256 digest"),
    ("git commit", tags.GIT_COMMIT, "commit the project, or set SAGEPIPE_GIT_COMMIT in the image"),
    ("data hash", f"{tags.DATA_HASH}.", "no step of the run has an input"),
    ("suite hash", f"{tags.SUITE_HASH}.", "no step of the run validates its data"),
)


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    Attributes:
        name: What it is, such as ``git commit``.
        value: What it says; empty where it is missing.
        missing: Why it is missing, or what to do.
    """

    name: str
    value: str
    missing: str = ""


def trace(tracking_uri: str, package: Package) -> list[Link]:
    """Follow a model package to all that made it.

    Args:
        tracking_uri: The store.
        package: The model package.

    Returns:
        The whole chain, missing links too.

    Raises:
        TrackingError: The store can't be used.
    """
    if store.is_off(tracking_uri):
        raise TrackingError("tracking is off: MLflow has no part of the chain")
    try:
        with store.short_patience(), store.first_use(tracking_uri):
            return list(_links(tracking_uri, package))
    except Exception as error:
        raise TrackingError(f"{tracking_uri} can't be used: {one_line(error)}") from error


def _links(tracking_uri: str, package: Package) -> Iterator[Link]:
    client = store.client(tracking_uri)
    yield Link("model package", package.arn)
    yield Link("approval", package.approval)
    yield Link("execution", package.execution_arn)
    run = executions.find_execution(tracking_uri, package.experiment, package.execution_id)
    nowhere = f"experiment {package.experiment!r} has no run of {package.execution_id}"
    yield Link("execution's run", run.run_id if run else "", nowhere)
    version = registry.find_version(client, package)
    said = package.metadata.get(names.MODEL_VERSION, names.NOT_TRACKED)
    if version is None:
        what = f"the package names {said!r}, which MLflow's registry does not have"
        yield Link("model version", "", what)
        return
    aliases = "".join(f" @{alias}" for alias in version.aliases)
    yield Link("model version", f"{version.name}/{version.version}{aliases}")
    steps = runs.find_steps(client, package.experiment, package.execution_id)
    trained = next((item for item in steps if item.info.run_id == version.run_id), None)
    yield Link(
        "training run",
        f"{trained.info.run_id} ({trained.info.run_name})" if trained else "",
        f"run {version.run_id} of the version is none of the execution's",
    )
    for name, tag, wanted in (
        ("version's package", tags.PACKAGE_ARN, package.arn),
        ("version's execution", tags.EXECUTION_ARN, package.execution_arn),
        ("version's approval", tags.APPROVAL, package.approval),
    ):
        there = version.tags.get(tag, "")
        other = f"the version says {there or 'nothing'}: approve or reject the package once more"
        yield Link(name, there if there == wanted else "", other)
    for name, tag, missing in _ORIGIN:
        found = {key: text for key, text in version.tags.items() if key.startswith(tag)}
        for key, text in sorted(found.items()):
            yield Link(f"{name} {key[len(tag) :].lstrip('.')}".rstrip(), text)
        if not any(found.values()):
            yield Link(name, "", missing)
