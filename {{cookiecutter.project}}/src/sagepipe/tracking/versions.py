"""Versions of registered models: a logged model becomes one, and no more than one."""

import json
from typing import TYPE_CHECKING, Any

from sagepipe.tracking import store

if TYPE_CHECKING:
    from mlflow import MlflowClient

TAG = "mlflow.modelVersions"  # MLflow's tag of a logged model, by which its UI finds versions


def make(client: "MlflowClient", run_id: str, model_id: str, name: str) -> str:
    """Make a logged model the next version of a registered model, which comes to be with its first.

    Args:
        client: The store.
        run_id: The run that logged it.
        model_id: The logged model's id.
        name: The registered model's name.

    Returns:
        ``<name>/<version>``.
    """
    from mlflow.exceptions import MlflowException

    try:
        return _make(client, run_id, model_id, name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        try:
            client.create_registered_model(name)
        except MlflowException as other:  # another step was first
            if other.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        return _make(client, run_id, model_id, name)


def find_or_make(client: "MlflowClient", run_id: str, model_id: str, name: str) -> str:
    """Make a logged model a version after an attempt that may have made it one without saying so.

    Args:
        client: The store.
        run_id: The run that logged it.
        model_id: The logged model's id.
        name: The registered model's name.

    Returns:
        ``<name>/<version>``.
    """
    for found in client.search_model_versions(f"run_id = '{run_id}'"):
        if found.name == name and found.source == _source(model_id):
            return _tell(client, model_id, name, str(found.version))
    return make(client, run_id, model_id, name)


def _make(client: "MlflowClient", run_id: str, model_id: str, name: str) -> str:
    with store.together(client):
        made = client.create_model_version(
            name, _source(model_id), run_id, await_creation_for=0, model_id=model_id
        )
        return _tell(client, model_id, name, str(made.version))


def _source(model_id: str) -> str:
    return f"models:/{model_id}"


def _tell(client: "MlflowClient", model_id: str, name: str, version: str) -> str:
    """Tell a logged model which version it is.

    ``MlflowClient`` reads the model first, to word an error well; what it calls then does not.
    """
    values = {TAG: json.dumps([{"name": name, "version": version}])}
    inner: Any = getattr(client, "_tracking_client", None)
    if hasattr(inner, "set_logged_model_tags"):
        inner.set_logged_model_tags(model_id, values)
    else:  # another version of MLflow
        client.set_logged_model_tags(model_id, values)
    return f"{name}/{version}"
