"""Find a project's pipelines: the ``@dsl.pipeline`` functions in ``<package>.pipelines``."""

import difflib
import importlib
import pkgutil
import sys
import traceback
from dataclasses import dataclass

from sagepipe.cli.settings import FILE, Environment, Settings, SettingsError
from sagepipe.compiler import Overrides, compile_pipeline, step_names
from sagepipe.contract import names
from sagepipe.contract.errors import SagepipeError
from sagepipe.dsl import Pipeline


class ImportFailed(SagepipeError):
    """A module of the team's that can't be imported."""

    exit_status = 1


@dataclass(frozen=True)
class Found:
    """A pipeline and the module that holds it."""

    module: str
    pipeline: Pipeline


def pipelines(settings: Settings) -> list[Found]:
    """Import the project's pipeline modules and return what they define.

    Raises:
        SettingsError: The package can't be imported.
    """
    folder = f"{settings.package}.pipelines"
    return [
        found
        for info in pkgutil.iter_modules(_import(settings, folder).__path__)
        for found in _defined(settings, folder, info.name)
    ]


def pipeline(settings: Settings, name: str | None) -> Pipeline:
    """Return a pipeline by its module's or its own name; the default one where none is named.

    Raises:
        SettingsError: There is none of that name.
    """
    wanted = name or settings.default_pipeline
    folder = f"{settings.package}.pipelines"
    modules = [info.name for info in pkgutil.iter_modules(_import(settings, folder).__path__)]
    if wanted in modules:
        found = _defined(settings, folder, wanted)
        if len(found) == 1:
            return found[0].pipeline
        if not found:
            raise SettingsError(f"{folder}.{wanted} defines no @dsl.pipeline")
        for item in found:
            if item.pipeline.name == wanted:
                return item.pipeline
        known = ", ".join(item.pipeline.name for item in found)
        raise SettingsError(f"{folder}.{wanted} defines several pipelines; name one of {known}")
    every = pipelines(settings)
    for item in every:
        if item.pipeline.name == wanted:
            return item.pipeline
    known = ", ".join(sorted({name for item in every for name in _called(item)})) or "none"
    raise SettingsError(f"no pipeline {wanted!r} in {folder}; there is {known}")


def _called(item: Found) -> tuple[str, ...]:
    """Names by which a pipeline is chosen."""
    return (item.module, item.pipeline.name)


def overrides(settings: Settings, found: Pipeline, environment: Environment) -> Overrides:
    """Return what an environment changes of a pipeline's jobs.

    An environment may name steps of any of the project's pipelines; those of others are left out.

    Raises:
        SettingsError: It names a step that no pipeline of the project has.
    """
    steps = environment.steps
    if steps:
        own = set(step_names(compile_pipeline(found)))
        rest = set(steps) - own
        known = own | {
            name
            for item in (pipelines(settings) if rest else ())
            for name in step_names(compile_pipeline(item.pipeline))
        }
        if unknown := sorted(rest - known):
            raise SettingsError(
                f"{FILE}: [env.{environment.name}.steps.{unknown[0]}]: no pipeline of the project "
                f"has such a step; there is {', '.join(sorted(known))}"
            )
        steps = {name: changes for name, changes in steps.items() if name in own}
    policy = environment.mlflow_policy
    variables = {names.POLICY_VARIABLE: policy} if policy else {}
    return Overrides(environment.jobs, steps, environment.tags, variables)


def check_parameters(settings: Settings, found: Pipeline, environment: Environment) -> None:
    """Refuse a parameter in an environment's table that no pipeline of the project has.

    Raises:
        SettingsError: There is one; the message says which may be meant.
    """
    own = {item.name for item in found.parameters}
    if not (rest := set(environment.parameters) - own):
        return
    known = own | {
        parameter.name for item in pipelines(settings) for parameter in item.pipeline.parameters
    }
    for name in sorted(rest - known):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(sorted(known))}"
        raise SettingsError(
            f"{FILE}: [env.{environment.name}.parameters] {name}: no pipeline of the project has "
            f"such a parameter; {hint}"
        )


def _import(settings: Settings, module: str):  # type: ignore[no-untyped-def]
    source = str(settings.root / "src")
    if source not in sys.path:
        sys.path.insert(0, source)
    try:
        return importlib.import_module(module)
    except SagepipeError:
        raise
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            raise SettingsError(
                f"there is no module {error.name!r}; is [project] package right in {FILE}?"
            ) from None
        raise ImportFailed(_fault(module, error)) from error
    except Exception as error:
        raise ImportFailed(_fault(module, error)) from error


def _fault(module: str, error: Exception) -> str:
    """Say where an author's module went wrong: the last line of it that was run."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename}:{last.lineno}"
    return f"{where}: {type(error).__name__}: {error} (while importing {module})"


def _defined(settings: Settings, folder: str, module: str) -> list[Found]:
    """Return the pipelines that a module itself defines, in the order of its lines."""
    name = f"{folder}.{module}"
    members = vars(_import(settings, name)).values()
    own = [
        item
        for item in members
        if isinstance(item, Pipeline) and item.python_func.__module__ == name
    ]
    return [Found(module, item) for item in sorted(own, key=lambda item: item.source.line)]
