"""``sagepipe approve``, ``reject`` and ``lineage``: the model registry, and MLflow's beside it."""

from dataclasses import asdict

from sagepipe import tracking
from sagepipe.cli import plain, settings, table
from sagepipe.contract import names
from sagepipe.contract.errors import SagepipeError
from sagepipe.local import Execution, History, ModelPackage
from sagepipe.local.settings import arn


class MissingLinkError(SagepipeError):
    """A chain from a model to what made it that is not whole."""

    exit_status = 1


def decide(group: str, version: int, approval: str, env: str, as_json: bool) -> None:
    """Set a model package's approval status, here and in MLflow's registry.

    Args:
        group: Its group.
        version: Its version.
        approval: ``Approved`` or ``Rejected``.
        env: Whose MLflow server.
        as_json: Whether to write JSON.

    Raises:
        SagepipeError: There is no such package, or MLflow can't be told; doing the same again is
            the remedy then.
    """
    project = settings.load()
    history = History(project.state, project.root)
    package = history.approve(group, version, approval)
    uri = _uri(project, env)
    said = None if uri == names.TRACKING_OFF else align(history, group, uri)
    if as_json:
        described = {**asdict(package), "mlflow": asdict(said) if said else None}
        print(plain.lines([described]))
        return
    print(f"{package.group}/{package.version}: {package.approval}")
    if said is None:
        return
    for alias, there in sorted(said.aliases.items()):
        print(f"MLflow: {alias} is {there}")
    if package.arn in said.unknown:
        print(f"warning: MLflow's registry has no version of {package.group}/{package.version}")


def align(history: History, group: str, uri: str) -> tracking.Alignment:
    """Bring MLflow's registry in step with a group.

    Args:
        history: The project's.
        group: The model package group.
        uri: MLflow's store.

    Returns:
        What MLflow's registry says now.

    Raises:
        TrackingError: It can't be used.
    """
    return tracking.align(uri, [_described(history, it) for it in history.model_packages(group)])


def registered(history: History, execution: Execution) -> list[str]:
    """List the groups in which an execution registered a model package."""
    found = history.model_packages()
    return list(dict.fromkeys(it.group for it in found if it.execution_id == execution.id))


def lineage(model: str, env: str, as_json: bool) -> None:
    """Print the chain from a model package to all that made it.

    Args:
        model: ``GROUP``, ``GROUP/VERSION`` or the package's ARN.
        env: Whose MLflow server.
        as_json: Whether to write JSON.

    Raises:
        MissingLinkError: A link is missing; all that are are named.
        SagepipeError: There is no such package, or MLflow can't be used.
    """
    project = settings.load()
    history = History(project.state, project.root)
    package = _find(history, model)
    links = tracking.trace(_uri(project, env), _described(history, package))
    if as_json:
        print(plain.lines([asdict(link) for link in links]))
    else:
        rows = [(link.name, link.value or f"missing: {link.missing}") for link in links]
        table.show(("Link", "Value"), rows)
    if missing := [f"{link.name} ({link.missing})" for link in links if not link.value]:
        raise MissingLinkError(
            f"{package.group}/{package.version} lacks {len(missing)} of {len(links)} links: "
            + "; ".join(missing)
        )


def _uri(project: settings.Settings, env: str) -> str:
    environment = project.environment(env)
    if environment.mlflow_policy == names.TRACKING_OFF:
        return names.TRACKING_OFF
    return project.tracking_uri(environment.require(names.TRACKING_URI))


def _find(history: History, model: str) -> ModelPackage:
    group, _, version = model.rpartition("model-package/")[2].partition("/")
    packages = history.model_packages(group)
    found = [it for it in packages if version in ("", str(it.version))]
    if found:
        return found[0]
    known = [f"{it.group}/{it.version}" for it in packages or history.model_packages()]
    raise SagepipeError(
        f"there is no model package {model}; there is {', '.join(known) or 'none: run a pipeline'}"
    )


def _described(history: History, package: ModelPackage) -> tracking.Package:
    pipeline = next(
        (it.pipeline for it in history.executions() if it.id == package.execution_id), ""
    )
    return tracking.Package(
        arn=package.arn,
        approval=package.approval,
        execution_id=package.execution_id,
        execution_arn=arn(f"pipeline/{pipeline}/execution/{package.execution_id}"),
        metadata=package.metadata,
    )
