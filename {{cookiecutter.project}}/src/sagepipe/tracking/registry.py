"""MLflow's model registry beside SageMaker's: the same versions, with their approval and origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagepipe.contract import names
from sagepipe.tracking import runs, store, tags
from sagepipe.tracking.errors import TrackingError, one_line

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

APPROVED, PENDING = "Approved", "PendingManualApproval"
# What a version is told of the runs that made it: tags, or what tags begin with.
ORIGIN = (
    tags.IMAGE_URI,
    tags.IMAGE_DIGEST,
    tags.GIT_COMMIT,
    f"{tags.DATA_HASH}.",
    f"{tags.SUITE_HASH}.",
)


@dataclass(frozen=True)
class Package:
    """What a model package says of itself.

    Attributes:
        arn: Its ARN.
        approval: Its ``ModelApprovalStatus``.
        execution_id: The execution that registered it.
        execution_arn: The same as an ARN.
        metadata: Its ``CustomerMetadataProperties``.
    """

    arn: str
    approval: str
    execution_id: str
    execution_arn: str
    metadata: Mapping[str, str]

    @property
    def experiment(self) -> str:
        """The experiment of the execution that registered it."""
        return self.metadata.get(names.PACKAGE_EXPERIMENT, "")


@dataclass(frozen=True)
class Alignment:
    """What MLflow's registry says after it was brought in step.

    Attributes:
        versions: ``<registered model>/<version>`` by model package ARN.
        aliases: ``<registered model>/<version>`` by ``<registered model>@<alias>``.
        unknown: Packages that no version in MLflow's registry is of, by their ARNs.
    """

    versions: Mapping[str, str]
    aliases: Mapping[str, str]
    unknown: Sequence[str]


def align(tracking_uri: str, packages: Sequence[Package]) -> Alignment:
    """Bring MLflow's registry in step with a model package group; doing so again changes nothing.

    Each version is told its package, its approval and its origin. Of each registered model,
    ``champion`` is the newest version that is approved, and ``candidate`` the newest that waits.

    Args:
        tracking_uri: The store.
        packages: All packages of the group, the newest first.

    Returns:
        What the registry says now.

    Raises:
        TrackingError: The store can't be used; the remedy is to do the same again.
    """
    try:
        with store.short_patience(), store.first_use(tracking_uri):
            return _align(store.client(tracking_uri), packages)
    except Exception as error:
        raise TrackingError(
            f"MLflow's registry at {tracking_uri} is not in step with the model packages: "
            f"{one_line(error)}; do the same again when it can be used"
        ) from error


def find_version(client: "MlflowClient", package: Package) -> "ModelVersion | None":
    """Find the version in MLflow's registry that a model package is.

    A package of a model whose records were uploaded later names none: its version is found by the
    execution then.

    Args:
        client: The store.
        package: The model package.

    Returns:
        The version, if there is one.
    """
    from mlflow.exceptions import MlflowException

    name, _, number = package.metadata.get(names.MODEL_VERSION, "").rpartition("/")
    if name:
        try:
            return client.get_model_version(name, number)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None
    for run in reversed(runs.find_steps(client, package.experiment, package.execution_id)):
        found = client.search_model_versions(f"run_id = '{run.info.run_id}'")
        if found:
            return found[0]
    return None


def origin(steps: Sequence["Run"], trained: str) -> dict[str, str]:
    """Collect what the runs of an execution's steps say of image, code, data and suites.

    Steps may say different things: one was run again after a change, or two name their inputs
    alike. The training's word stands under the tag itself, or the first step's where the training
    has none; what another step says instead, under ``<tag>.<step>``.

    Args:
        steps: The runs, the oldest first; a step that was run again counts by its last.
        trained: The id of the run that trained the model.

    Returns:
        Texts by tag.
    """
    latest = {run.info.run_name: run for run in steps}.values()
    found: dict[str, str] = {}
    for run in sorted(latest, key=lambda run: run.info.run_id != trained):
        for name, text in run.data.tags.items():
            if name.startswith(ORIGIN) and found.setdefault(name, text) != text:
                found[f"{name}.{run.info.run_name}"] = text
    return found


def _align(client: "MlflowClient", packages: Sequence[Package]) -> Alignment:
    found = [(package, find_version(client, package)) for package in packages]
    wanted: dict[tuple[str, str], str] = {}
    for package, version in found:  # the newest first
        if version is None:
            continue
        _tell(client, package, version)
        for alias, approval in ((tags.CHAMPION, APPROVED), (tags.CANDIDATE, PENDING)):
            if package.approval == approval:
                wanted.setdefault((version.name, alias), str(version.version))
    for name in {version.name for _, version in found if version}:
        aliases = client.get_registered_model(name).aliases
        there = {alias: str(number) for alias, number in aliases.items()}
        for alias in (tags.CHAMPION, tags.CANDIDATE):
            number = wanted.get((name, alias))
            if number is not None and there.get(alias) != number:
                client.set_registered_model_alias(name, alias, number)
            elif number is None and alias in there:
                client.delete_registered_model_alias(name, alias)
    return Alignment(
        {item.arn: f"{v.name}/{v.version}" for item, v in found if v},
        {f"{name}@{alias}": f"{name}/{number}" for (name, alias), number in wanted.items()},
        [item.arn for item, version in found if version is None],
    )


def _tell(client: "MlflowClient", package: Package, version: "ModelVersion") -> None:
    """Set a version's tags, those that it doesn't have yet."""
    told = {tags.PACKAGE_ARN: package.arn, tags.APPROVAL: package.approval}
    if version.tags.get(tags.PACKAGE_ARN) != package.arn:
        told |= {
            tags.EXECUTION_ID: package.execution_id,
            tags.EXECUTION_ARN: package.execution_arn,
            **origin(
                runs.find_steps(client, package.experiment, package.execution_id),
                str(version.run_id),
            ),
        }
    for name, text in told.items():
        if version.tags.get(name) != text:
            client.set_model_version_tag(version.name, str(version.version), name, text)
