"""``sagepipe submit``: hand the definition to SageMaker."""

from collections.abc import Mapping, Sequence
from typing import Any

from sagepipe.cli import discovery, output, parameters, settings
from sagepipe.compiler import compile_pipeline
from sagepipe.contract import names


def submit(pipeline: str, env: str, given: Sequence[str], start: bool, as_json: bool) -> None:
    """Create or update a pipeline of the current project in SageMaker, and start it.

    Args:
        pipeline: Its module or name; empty for the default one.
        env: Which environment of ``sagepipe.toml``.
        given: ``NAME=VALUE`` texts.
        start: Whether to start an execution.
        as_json: Whether to write JSON.

    Raises:
        SagepipeError: A setting is missing, or AWS refused.
    """
    from sagepipe import aws
    from sagepipe.local.parameters import coerce

    project = settings.load()
    found = discovery.pipeline(project, pipeline)
    environment = project.environment(env)
    discovery.check_parameters(project, found, environment)
    definition = compile_pipeline(found, discovery.overrides(project, found, environment))
    region = environment.require("region")
    values = parameters.collect(definition, environment, given, project.serving_engine)
    if start:
        coerce(definition["Parameters"], values)
    _check_form(definition, values)
    submission = aws.submit(
        definition,
        name=found.name,
        description=found.description,
        region=region,
        role_arn=values.get(names.ROLE) or environment.require(names.ROLE),
        parameters=values,
        bucket=values.get(names.BUCKET) or environment.bucket,
        display_name=found.display_name,
        tags={**found.tags, **environment.tags},
        start=start,
    )
    output.submitted(submission, region, as_json)


def _check_form(definition: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """Refuse values that AWS would refuse, before it is asked.

    Raises:
        SettingsError: There are some, a line each.
    """
    faults = []
    bucket, role = values.get(names.BUCKET, ""), values.get(names.ROLE, "")
    if bucket and not names.BUCKET_NAME.fullmatch(bucket):
        faults.append(f"bucket {bucket!r} is no bucket's name; write it without s3://")
    if role and not names.ROLE_ARN.fullmatch(role):
        faults.append(f"role_arn {role!r} is no ARN such as arn:aws:iam::<account>:role/<name>")
    for name in sorted(_places(definition["Steps"])):
        if name in values and not values[name].startswith("s3://"):
            faults.append(
                f"parameter {name} is {values[name]!r}; on AWS, data lies at an s3:// URI"
            )
    if faults:
        raise settings.SettingsError("\n  ".join(["AWS would refuse these:", *faults]))


def _places(node: Any) -> set[str]:
    """Find the parameters that stand where an S3 URI does."""
    if isinstance(node, list):
        return {name for item in node for name in _places(item)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for key, value in node.items():
        reference = value.get("Get", "") if isinstance(value, dict) else ""
        if key in ("S3Uri", "ModelDataUrl") and str(reference).startswith("Parameters."):
            found.add(reference.removeprefix("Parameters."))
        found |= _places(value)
    return found
