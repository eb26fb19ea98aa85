"""``sagepipe run``: compile, run on this machine, say what came of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import sagepipe
from sagepipe.cli import (
    debugging,
    definitions,
    discovery,
    output,
    parameters,
    settings,
    telling,
)
from sagepipe.cli.progress import progress
from sagepipe.cli.rerun import Rerun, settle
from sagepipe.cli.rerun import values as values_of
from sagepipe.compiler import compile_pipeline
from sagepipe.contract import names
from sagepipe.contract.runners import PROCESS
from sagepipe.local import Execution, History, LocalSettings
from sagepipe.local import resume as resume_locally
from sagepipe.local import run as run_locally
from sagepipe.local.settings import Image


def run(
    pipeline: str,
    given: Sequence[str],
    env: str,
    as_json: bool,
    *,
    runner: str,
    network: bool | None,
    parallel: int | None,
    debug: str,
    interrupt: Sequence[str],
    rerun: Rerun,
    cache: bool,
    cold: bool,
) -> Execution:
    """Run a pipeline of the current project, or a definition's file in its place.

    Args:
        pipeline: Its module or name; empty for the default one. Or a file, whoever compiled it.
        given: ``NAME=VALUE`` texts.
        env: Whose values to take.
        as_json: Whether to write events as JSON lines.
        runner: How jobs are run; as ``sagepipe.toml`` says if empty.
        network: Whether jobs in a sandbox or a container may reach the network; as
            ``sagepipe.toml`` says where not given.
        parallel: How many steps run at once; the number of cores where not given.
        debug: The step that runs at the terminal, under the debugger; none if empty.
        interrupt: ``STEP=SECONDS`` texts: when a training job on spot instances is interrupted.
        rerun: What of an earlier run is to be used.
        cache: Whether steps that allow it may take the outputs of an earlier run.
        cold: Whether to start every process anew, rather than fork it from one that is warm.

    Returns:
        The finished execution.

    Raises:
        SagepipeError: It can't start.
    """
    rerun.check(pipeline, given)
    project = settings.load()
    local = replace(
        _settings(project, runner, network),
        max_parallel=parallel,
        cold=cold,
        interrupt=parameters.interruptions(interrupt),
    )
    settle(local)
    history = History(project.state, project.root)
    if rerun.resume:
        resumed = _resume(history.get(rerun.resume), local, as_json, debug, cache)
        return _finish(resumed, history, as_json, debug)
    environment = project.environment(env)
    named = _named(project, pipeline, environment)
    values = parameters.collect(named.definition, environment, given, project.serving_engine)
    select = rerun.selection(history, named.title)
    if select:
        values = values_of(select.source, named.definition, given, values)
    if names.TRACKING_URI in values:
        values[names.TRACKING_URI] = project.tracking_uri(values[names.TRACKING_URI])
    if debug:
        debugging.check(debug, named.definition, local, as_json)
        local = replace(local, debug=debug)
    _check_tracking(local, values.get(names.TRACKING_URI, names.TRACKING_OFF))
    with progress(as_json, named.definition, at_terminal=bool(debug)) as view:
        execution = run_locally(
            named.definition,
            values,
            local,
            on_event=view.update,
            pipeline=named.title,
            select=select,
            cache=cache and not debug,
        )
    return _finish(execution, history, as_json, debug)


def _resume(
    execution: Execution, local: LocalSettings, as_json: bool, debug: str, cache: bool
) -> Execution:
    definition = definitions.of_run(execution.folder) or {"Steps": []}
    if debug:
        debugging.check(debug, definition, local, as_json)
        local = replace(local, debug=debug)
    _check_tracking(local, str(execution.parameters.get(names.TRACKING_URI, names.TRACKING_OFF)))
    with progress(as_json, definition, at_terminal=bool(debug)) as view:
        return resume_locally(execution.id, local, view.update, cache=cache and not debug)


def _finish(execution: Execution, history: History, as_json: bool, debugged: str) -> Execution:
    output.finished(execution, as_json, debugged)
    telling.tell(execution, history)
    return execution


def _named(
    project: settings.Settings, name: str, environment: settings.Environment
) -> definitions.Named:
    """Read a definition, or compile one with what the environment changes of it."""
    if definitions.is_file(name):
        return definitions.load(name)
    found = discovery.pipeline(project, name)
    discovery.check_parameters(project, found, environment)
    overrides = discovery.overrides(project, found, environment)
    return definitions.Named(found.name, compile_pipeline(found, overrides))


def _settings(project: settings.Settings, runner: str, network: bool | None) -> LocalSettings:
    """Say what stands for the image: this Python, with the project's own code on its path."""
    library = Path(sagepipe.__file__).parents[1]
    sources = dict.fromkeys((str(project.root / "src"), str(library)))
    return LocalSettings(
        root=project.state,
        project=project.root,
        train=project.train,
        serve=project.serve,
        environment={"PYTHONPATH": os.pathsep.join(sources)},
        runner=runner or project.runner,
        network=project.network if network is None else network,
        engine=project.engine or None,
        functions=project.functions,
        images={pattern: _image(said) for pattern, said in project.images.items()},
    )


def _image(said: Mapping[str, str]) -> Image:
    files = {key: Path(said[key]) for key in ("python", "train", "serve") if said.get(key)}
    return Image(**files, runner=said.get("runner"), name=said.get("image"))


def _check_tracking(local: LocalSettings, uri: str) -> None:
    """Refuse a server that jobs can't reach: each would wait for it, and none would be recorded."""
    if local.runner != PROCESS and not local.network and uri.startswith(("http:", "https:")):
        raise settings.SettingsError(
            f"{names.TRACKING_URI} is {uri}, and jobs of --runner {local.runner} reach no network; "
            f"allow it (--network, or network = true in [local] of {settings.FILE}), or take a "
            "SQLite file"
        )
