"""``sagepipe.toml``: where the pipelines are, and what each environment's values are."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from sagepipe.contract import hosting, names
from sagepipe.contract.errors import SagepipeError
from sagepipe.contract.runners import ENGINES, RUNNERS

FILE = "sagepipe.toml"

# The fields of sagepipe.dsl.resources.Resources; a test holds the two together, as reading settings
# should not cost the import.
RESOURCES = (
    "instance_type",
    "instance_count",
    "volume_size_gb",
    "max_runtime_seconds",
    "max_wait_seconds",
    "checkpoints",
    "volume_kms_key_id",
    "output_kms_key_id",
    "network_isolation",
    "security_group_ids",
    "subnets",
)

_PROJECT = ("name", "package", "default_pipeline")
_PROGRAMS = ("train", "serve")
_LOCAL = (*_PROGRAMS, "runner", "network", "engine")
_IMAGE = ("python", "train", "serve", "runner", "image")

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class SettingsError(SagepipeError):
    """A setting that is missing or wrong, named with its file and key."""


@dataclass(frozen=True)
class Environment:
    """One ``[env.NAME]`` table; what is empty is not set.

    Attributes:
        name: The table's name, such as ``local`` or ``dev``.
        region: The AWS region.
        bucket: The S3 bucket's name.
        role_arn: The role that the jobs run under.
        image_uri: The image of processing and training jobs.
        serving_image_uri: The image of endpoints and batch transforms.
        mlflow_tracking_uri: An MLflow server, or ``off``.
        mlflow_policy: What a job does where MLflow can't be used: ``required``, ``best-effort`` or
            ``off``.
        parameters: Values for the pipelines' own parameters.
        jobs: What every job runs on, such as ``subnets``; over what the pipeline says.
        steps: The same by step, over ``jobs``.
        tags: Tags of the pipeline and its jobs.
    """

    name: str
    region: str = ""
    bucket: str = ""
    role_arn: str = ""
    image_uri: str = ""
    serving_image_uri: str = ""
    mlflow_tracking_uri: str = ""
    mlflow_policy: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    jobs: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def require(self, key: str) -> str:
        """Return a setting that has to be there.

        Args:
            key: The setting's name.

        Raises:
            SettingsError: It is not set, or names an environment variable that is not.
        """
        try:
            return self._expand(f"[env.{self.name}] {key}", getattr(self, key))
        except SettingsError as error:
            raise _not_set([str(error)]) from None

    def values(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        """Collect values for a definition's parameters.

        Args:
            wanted: The declared parameters: name to type.

        Returns:
            A value for each environment parameter that the definition declares, and for each of
            the environment's own that it declares.

        Raises:
            SettingsError: An environment parameter is not set.
        """
        found: dict[str, Any] = {}
        faults: list[str] = []
        for key, name, value in self._settings_for(wanted):
            try:
                found[name] = self._expand(key, value) if isinstance(value, str) else value
            except SettingsError as error:
                faults.append(str(error))
        if faults:
            raise _not_set(faults)
        return found

    def _settings_for(self, wanted: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
        for name in names.ENVIRONMENT_PARAMETERS:
            if name in wanted:
                off = name == names.TRACKING_URI and self.mlflow_policy == names.TRACKING_OFF
                value = names.TRACKING_OFF if off else getattr(self, name)
                yield f"[env.{self.name}] {name}", name, value
        for name, value in self.parameters.items():
            if name in wanted:
                yield f"[env.{self.name}.parameters] {name}", name, value

    def _expand(self, key: str, value: str) -> str:
        if not value:
            raise SettingsError(f"{key} is not set")

        def variable(match: re.Match[str]) -> str:
            if not (found := os.environ.get(match[1])):
                raise SettingsError(
                    f"{key} reads the environment variable {match[1]}, which is not set"
                )
            return found

        return _VARIABLE.sub(variable, value)


@dataclass(frozen=True)
class Settings:
    """A project's settings.

    Attributes:
        root: The project's folder, which holds ``sagepipe.toml``.
        name: The project's name.
        package: The team's package.
        default_pipeline: The module of the pipeline that commands take where none is named.
        train: The file that stands for the image's ``train`` command on a laptop.
        serve: The file that stands for its ``serve`` command.
        serving_engine: What serves the models: ``onnx`` or ``sklearn``.
        environments: By name.
        runner: How ``sagepipe run`` runs jobs.
        network: Whether jobs in a sandbox or a container may reach the network.
        engine: The container engine; any that works if empty.
        images: What stands for images on a laptop: by a pattern of their URIs, the keys of
            ``[images]``.
        functions: What stands for Lambda functions and queues' consumers on a laptop: by a pattern
            of their ARN, URL or name, ``module:function``.
    """

    root: Path
    name: str
    package: str
    default_pipeline: str
    train: Path
    serve: Path
    serving_engine: str
    environments: Mapping[str, Environment]
    runner: str = RUNNERS[0]
    network: bool = False
    engine: str = ""
    images: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """The folder of local runs."""
        return self.root / ".sagepipe"

    def environment(self, name: str) -> Environment:
        """Return an environment by name.

        Raises:
            SettingsError: There is none of that name.
        """
        if name not in self.environments:
            known = ", ".join(self.environments) or "none"
            raise SettingsError(
                f"{FILE} has no environment {name!r} ([env.{name}]); it has {known}"
            )
        return self.environments[name]

    def tracking_uri(self, uri: str) -> str:
        """Take a relative SQLite file from the project's folder, wherever the command is run."""
        match = re.fullmatch(r"sqlite:///(?!/)(.+)", uri)
        return f"sqlite:///{self.root / match[1]}" if match else uri

    def store(self, env: str) -> str:
        """Name the MLflow store of an environment.

        Args:
            env: The environment.

        Returns:
            Its tracking URI.

        Raises:
            SettingsError: It tracks to none.
        """
        uri = self.tracking_uri(self.environment(env).require(names.TRACKING_URI))
        if uri == names.TRACKING_OFF:
            raise SettingsError(f"tracking is off in [env.{env}] of {FILE}")
        return uri


def load(start: Path | None = None) -> Settings:
    """Read the settings of the project that a folder belongs to.

    Args:
        start: A folder in the project; the current one where not given.

    Raises:
        SettingsError: There is no project, or the file is wrong; the message names the key.
    """
    start = (start or Path.cwd()).resolve()
    root = next((folder for folder in (start, *start.parents) if (folder / FILE).is_file()), None)
    if root is None:
        raise SettingsError(f"no {FILE} in {start} or above it; run this in a project's folder")
    try:
        document = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{root / FILE} is not valid TOML: {error}") from None
    _check_keys(document, ("project", "local", "serving", "images", "functions", "env"), "")
    project = _table(document, "project", _PROJECT)
    network = _network(document)
    local = _table(document, "local", _LOCAL)
    serving = _table(document, "serving", ("engine",)).get("engine", hosting.ENGINES[0])
    for table, content, keys in (("project", project, _PROJECT), ("local", local, _PROGRAMS)):
        for key in keys:
            if not content.get(key):
                raise SettingsError(f"{FILE}: [{table}] {key} is not set")
    return Settings(
        root=root,
        name=project["name"],
        package=project["package"],
        default_pipeline=project["default_pipeline"],
        train=root / local["train"],
        serve=root / local["serve"],
        serving_engine=_one_of(hosting.ENGINES, serving, "[serving] engine"),
        environments={
            name: _environment(name, content) for name, content in document.get("env", {}).items()
        },
        runner=_one_of(RUNNERS, local.get("runner") or RUNNERS[0], "[local] runner"),
        network=network,
        engine=_one_of(("", *ENGINES), local.get("engine", ""), "[local] engine"),
        images=_images(document),
        functions=_functions(document),
    )


def _images(document: dict[str, Any]) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for pattern in document.get("images", {}):
        key = f'[images] "{pattern}"'
        found[pattern] = _texts(document["images"][pattern], key, _IMAGE)
        _one_of(RUNNERS, found[pattern].get("runner", RUNNERS[0]), f"{key} runner")
    return found


def _functions(document: dict[str, Any]) -> dict[str, str]:
    found = document.get("functions", {})
    if not isinstance(found, dict):
        raise SettingsError(f"{FILE}: functions has to be a table: [functions]")
    for pattern, target in found.items():
        if not isinstance(target, str) or not _FUNCTION.fullmatch(target):
            raise SettingsError(
                f'{FILE}: [functions] "{pattern}" has to be "module:function", not {target!r}'
            )
    return found


def _network(document: dict[str, Any]) -> bool:
    local = document.get("local")
    network = local.pop("network", False) if isinstance(local, dict) else False
    if not isinstance(network, bool):
        raise SettingsError(f"{FILE}: [local] network has to be true or false, not {network!r}")
    return network


def _one_of(known: Sequence[str], value: str, key: str) -> str:
    if value not in known:
        raise SettingsError(
            f"{FILE}: {key}: {value!r} is unknown; there are {', '.join(filter(None, known))}"
        )
    return value


def _not_set(faults: list[str]) -> SettingsError:
    """Put together what is not set, a line each, and the remedy once."""
    remedy = "write the value there, or ${NAME} to read it from the environment variable NAME"
    if len(faults) == 1:
        return SettingsError(f"{FILE}: {faults[0]}; {remedy}")
    listed = "".join(f"\n  {fault}" for fault in faults)
    return SettingsError(f"{FILE} lacks {len(faults)} values; {remedy}:{listed}")


def _environment(name: str, content: Any) -> Environment:
    if not isinstance(content, dict):
        raise SettingsError(f"{FILE}: env.{name} has to be a table: [env.{name}]")
    known = tuple(item.name for item in fields(Environment) if item.name != "name")
    _check_keys(content, known, f"[env.{name}] ")
    for key, value in content.items():
        table = key in ("parameters", "jobs", "steps", "tags")
        if not isinstance(value, dict if table else str):
            what = f"a table: [env.{name}.{key}]" if table else "a text"
            raise SettingsError(f"{FILE}: [env.{name}] {key} has to be {what}")
    policy = content.get("mlflow_policy", "")
    _one_of(("", *names.POLICIES), policy, f"[env.{name}] mlflow_policy")
    for key, value in content.get("tags", {}).items():
        if not isinstance(value, str):
            raise SettingsError(f"{FILE}: [env.{name}.tags] {key} has to be a text")
    jobs = _resources(content.get("jobs", {}), f"[env.{name}.jobs] ")
    steps = {
        step: _resources(fields_, f"[env.{name}.steps.{step}] ")
        for step, fields_ in content.get("steps", {}).items()
    }
    return Environment(name=name, **{**content, "jobs": jobs, "steps": steps})


def _resources(table: Any, where: str) -> dict[str, Any]:
    """Read fields of ``Resources``, TOML's lists as tuples."""
    if not isinstance(table, dict):
        raise SettingsError(f"{FILE}: {where}has to be a table")
    _check_keys(table, RESOURCES, where)
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _table(document: dict[str, Any], name: str, keys: tuple[str, ...]) -> dict[str, Any]:
    return _texts(document.get(name, {}), f"[{name}]", keys)


def _texts(table: Any, where: str, keys: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(table, dict):
        raise SettingsError(f"{FILE}: {where} has to be a table")
    _check_keys(table, keys, f"{where} ")
    for key, value in table.items():
        if not isinstance(value, str):
            raise SettingsError(f"{FILE}: {where} {key} has to be a text, not {value!r}")
    return table


def _check_keys(table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise SettingsError(f"{FILE}: {where}{key} is unknown; {hint}")
