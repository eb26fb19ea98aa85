"""``sagepipe submit``: hand the definition to SageMaker."""

from collections.abc import Sequence

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
    definition = compile_pipeline(found, discovery.overrides(project, found, environment))
    region = environment.require("region")
    values = parameters.collect(definition, environment, given)
    if start:
        coerce(definition["Parameters"], values)
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
