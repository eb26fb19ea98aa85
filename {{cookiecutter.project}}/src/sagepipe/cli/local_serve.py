"""``sagepipe serve``: the last registered model behind the project's own serving program."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagepipe.cli import settings
from sagepipe.contract import hosting, paths
from sagepipe.contract.errors import SagepipeError


def serve(group: str | None, port: int) -> None:
    """Replace this process by the serving program, as SageMaker's container would run it.

    Args:
        group: The model package group; the latest of any where not given.
        port: Where to listen on 127.0.0.1.

    Raises:
        SagepipeError: No model is registered, its archive is gone, or the port is taken.
    """
    from sagepipe.cli.ports import check_free
    from sagepipe.local import History
    from sagepipe.runtime.archive import unpack

    project = settings.load()
    package = History(project.state).latest_model(group)
    if package is None:
        raise SagepipeError(
            f"no model is registered{f' in group {group!r}' if group else ''}; "
            "`sagepipe run` makes one"
        )
    archive = package.model_data
    if archive is None or not archive.is_file():
        raise SagepipeError(
            f"model package {package.group} {package.version} points to {package.model_data_url}, "
            "which is not there; run the pipeline again"
        )
    check_free(port)
    base = project.state / "serving" / f"{package.group}-{package.version}"
    shutil.rmtree(base, ignore_errors=True)
    unpack(archive, base / Path(paths.MODEL).name)
    print(
        f"Serving {package.group}, version {package.version}, at http://127.0.0.1:{port}\n"
        f"Try, from another terminal:\n\n  {_curl(base, port)}\n",
        flush=True,
    )
    environment = {
        **os.environ,
        **_variables(package.arguments),
        paths.BASE_DIR_VARIABLE: str(base),
        hosting.PORT_VARIABLE: str(port),
        hosting.HOST_VARIABLE: hosting.LOOPBACK,
    }
    os.execve(sys.executable, [sys.executable, str(project.serve)], environment)


def _variables(request: Mapping[str, Any]) -> dict[str, str]:
    """Find the variables that the model package has for its container."""
    container = request["InferenceSpecification"]["Containers"][0]
    return container.get("Environment") or {}


def _curl(base: Path, port: int) -> str:
    """Write a request that the model answers, from the example row beside it."""
    import json

    example: Any = {}
    schema = base / Path(paths.MODEL).name / "schema.json"
    if schema.is_file():
        example = json.loads(schema.read_text(encoding="utf-8")).get("example", {})
    body = shlex.quote(json.dumps({"instances": [example]}))
    return f"curl -H 'Content-Type: application/json' -d {body} http://127.0.0.1:{port}/invocations"
