"""The verbs, one thin function each; what they need is imported when they run."""

from pathlib import Path
from typing import Annotated

import typer

from sagepipe.cli import output

app = typer.Typer(
    help="Author, compile, run, track and serve SageMaker pipelines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

mlflow_app = typer.Typer(help="What the jobs left for MLflow.", no_args_is_help=True)
app.add_typer(mlflow_app, name="mlflow")

image_app = typer.Typer(
    help="The project's images: their size, their contents.", no_args_is_help=True
)
app.add_typer(image_app, name="image")

Pipeline = Annotated[str, typer.Argument(help="Its module or its name; the default one if empty.")]
Definition = Annotated[
    str, typer.Argument(help="A pipeline, a definition's file, or `-` for what is piped in.")
]
Compared = Annotated[
    str, typer.Argument(help="A definition's file, a pipeline, or `-` for what is piped in.")
]
Run = Annotated[str, typer.Argument(help="An execution's id, the start of one, or `last`.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="A pipeline parameter's value."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the project's pipelines and their parameters."""
    from sagepipe.cli import discovery, settings

    found = discovery.pipelines(settings.load())
    output.pipelines(found, as_json)


@app.command("compile")
def compile_(
    pipeline: Pipeline = "",
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; `-` for the terminal.")
    ] = None,
    env: Annotated[
        str, typer.Option(help="Whose jobs, steps and tags to put in; none if empty.")
    ] = "",
) -> None:
    """Write a pipeline's SageMaker definition."""
    from sagepipe.cli import discovery, settings
    from sagepipe.compiler import compile_pipeline, to_json, write

    project = settings.load()
    found = discovery.pipeline(project, pipeline)
    overrides = discovery.overrides(project, found, project.environment(env)) if env else None
    content = to_json(compile_pipeline(found, overrides))
    if to == Path("-"):
        typer.echo(content, nl=False)
        return
    path = to or project.root / "build" / f"{found.name}.json"
    write(path, content)
    output.wrote(path)


@app.command()
def check(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[PIPELINE|FILE.json]",
            help="A pipeline; or a file, or `-`, with any SageMaker pipeline definition.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check a definition against AWS's service models and rules."""
    from sagepipe.cli import checking

    if not checking.run(name, as_json):
        raise typer.Exit(1)


@app.command()
def run(
    pipeline: Definition = "",
    parameters: Parameters = None,
    as_json: AsJson = False,
    env: Annotated[str, typer.Option(help="Whose values to take from sagepipe.toml.")] = "local",
    runner: Annotated[
        str,
        typer.Option(help="process, sandbox (bwrap) or container; sagepipe.toml's if empty."),
    ] = "",
    network: Annotated[
        bool | None,
        typer.Option(
            "--network/--no-network",
            help="Whether jobs in a sandbox or a container may reach the network.",
        ),
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(help="How many steps run at once; as many as there are cores.", min=1),
    ] = None,
    debug: Annotated[
        str,
        typer.Option(metavar="STEP", help="Run this step at the terminal, under the debugger."),
    ] = "",
    interrupt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP=SECONDS",
            help="Interrupt a spot training job once, so many seconds after it began.",
        ),
    ] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="STEP", help="Run this step and all behind it only.")
    ] = "",
    only: Annotated[str, typer.Option(metavar="STEP[,STEP]", help="Run these steps only.")] = "",
    of: Annotated[
        str,
        typer.Option(
            metavar="RUN",
            help="With --from or --only: whose results to go by; the pipeline's last run's.",
        ),
    ] = "",
    resume: Annotated[
        str,
        typer.Option(
            metavar="RUN", help="Go on with a run that failed, was stopped or was killed."
        ),
    ] = "",
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Whether steps may take cached outputs.")
    ] = True,
    cold: Annotated[
        bool, typer.Option("--cold", help="Start each step's Python anew, not from a warm one.")
    ] = False,
) -> None:
    """Run a pipeline, or any definition's file, on this machine."""
    from sagepipe.cli import local_run
    from sagepipe.cli.rerun import Rerun

    execution = local_run.run(
        pipeline,
        parameters or [],
        env,
        as_json,
        runner=runner,
        network=network,
        parallel=parallel,
        debug=debug,
        interrupt=interrupt or [],
        rerun=Rerun(start, only, of, resume),
        cache=cache,
        cold=cold,
    )
    if execution.status != "Succeeded":
        raise typer.Exit(1)


@app.command()
def runs(
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
) -> None:
    """List the latest local runs."""
    from sagepipe.cli import settings
    from sagepipe.local import History

    found = History(settings.load().state).executions(limit, steps=True)
    output.executions(found, as_json)


@app.command()
def show(
    run: Run = "last",
    as_json: AsJson = False,
    as_page: Annotated[
        bool, typer.Option("--html", help="Write a page: graph, time line, metrics, reports.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The page's file; run.html in the run's folder if none."
        ),
    ] = None,
    then_open: Annotated[
        bool, typer.Option("--open", help="Write the page and open it in the browser.")
    ] = False,
) -> None:
    """Show a local run: its steps, times, metrics and failures."""
    from sagepipe.cli import settings
    from sagepipe.local import History

    if as_page or to or then_open:
        from sagepipe.cli import showing

        showing.page(run, to, then_open)
        return
    output.execution(History(settings.load().state).get(run), as_json)


@app.command()
def logs(
    run: Run = "last",
    step: Annotated[str, typer.Argument(help="A step's name; all of them if empty.")] = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run, or the step, has ended.")
    ] = False,
) -> None:
    """Print what the jobs of a local run printed."""
    from sagepipe.cli import printing

    printing.logs(run, step, follow)


@app.command()
def shell(
    run: Annotated[str, typer.Argument(help="An execution's id, the start of one, or `last`.")],
    step: Annotated[str, typer.Argument(help="The step's name.")],
    command: Annotated[
        str, typer.Option("--command", "-c", help="Run this there, and end with its exit status.")
    ] = "",
    host: Annotated[
        str, typer.Option(help="Which of a job's hosts, such as algo-2; the first if empty.")
    ] = "",
) -> None:
    """Open a shell in a step's /opt/ml, with its job's environment."""
    from sagepipe.cli import entering

    entering.enter(run, step, command, host)


@app.command()
def graph(
    pipeline: Definition = "",
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A .mmd, .svg or .html file; Mermaid if none."),
    ] = None,
) -> None:
    """Draw a pipeline: a Mermaid flow chart, an SVG picture, or a page with its steps' facts."""
    from sagepipe.cli import drawing

    drawing.draw(pipeline, to)


@app.command()
def diff(
    old: Compared,
    new: Compared,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Write Markdown for a pull request.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what changed between two definitions; the exit status is 1 if anything did."""
    from sagepipe.cli import difference

    if difference.compare(old, new, as_markdown, as_json):
        raise typer.Exit(1)


@app.command()
def serve(
    group: Annotated[str, typer.Option(help="A model package group; any if empty.")] = "",
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65535)] = 8080,
) -> None:
    """Serve the model that was registered last, as its container would."""
    from sagepipe.cli import local_serve

    local_serve.serve(group or None, port)


@app.command()
def adopt(
    data: Annotated[Path, typer.Argument(help="The table: CSV or Parquet, or a folder of parts.")],
    target: Annotated[str, typer.Option(metavar="COLUMN", help="The column to predict.")],
    task: Annotated[
        str, typer.Option(help="classification or regression; what the target says if empty.")
    ] = "",
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Rows that share it stay on one side of the split."),
    ] = None,
    time: Annotated[
        str, typer.Option(metavar="COLUMN", help="The latest rows by it are tested on.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Replace files whose changes are not committed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the project about your own table: schema, expectation suites, sample."""
    from sagepipe.cli import adopting

    adopting.run(data, target, task, group or [], time, yes, as_json)


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65535)] = 5000,
    env: Annotated[str, typer.Option(help="Whose MLflow server.")] = "local",
    host: Annotated[
        str, typer.Option(help="The address to listen on; 0.0.0.0 for other machines too.")
    ] = "127.0.0.1",
    allowed_hosts: Annotated[
        str,
        typer.Option(
            help="Names by which others may reach it, with commas between: mlflow:5000,10.0.0.7:*."
        ),
    ] = "",
) -> None:
    """Open MLflow's web pages: runs side by side, metrics, plots, models."""
    from sagepipe.cli import mlflow_ui

    mlflow_ui.serve(port, env, host, allowed_hosts)


@app.command()
def submit(
    pipeline: Pipeline = "",
    env: Annotated[str, typer.Option(help="Which [env.NAME] of sagepipe.toml.")] = "dev",
    parameters: Parameters = None,
    start: Annotated[bool, typer.Option(help="Start an execution after creating it.")] = True,
    as_json: AsJson = False,
) -> None:
    """Create or update the pipeline in SageMaker, and start it."""
    from sagepipe.cli import remote

    remote.submit(pipeline, env, parameters or [], start, as_json)


Group = Annotated[str, typer.Argument(help="A model package group.")]
Version = Annotated[int, typer.Argument(help="The model package's version.", min=1)]
Tracked = Annotated[str, typer.Option("--env", help="Whose MLflow server.")]


@app.command()
def approve(
    group: Group, version: Version, env: Tracked = "local", as_json: AsJson = False
) -> None:
    """Approve a registered model; the newest that is approved is MLflow's champion."""
    from sagepipe.cli import registry

    registry.decide(group, version, "Approved", env, as_json)


@app.command()
def reject(group: Group, version: Version, env: Tracked = "local", as_json: AsJson = False) -> None:
    """Reject a registered model; the newest approved one before it is MLflow's champion."""
    from sagepipe.cli import registry

    registry.decide(group, version, "Rejected", env, as_json)


@app.command()
def lineage(
    model: Annotated[str, typer.Argument(help="GROUP, GROUP/VERSION or a model package's ARN.")],
    env: Tracked = "local",
    as_json: AsJson = False,
) -> None:
    """Print what made a registered model: runs, image, code, data; a missing link is an error."""
    from sagepipe.cli import registry

    registry.lineage(model, env, as_json)


@mlflow_app.command()
def sync(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER|output.tar.gz]...",
            help="What was fetched from jobs' outputs; those of local runs if none.",
        ),
    ] = None,
    env: Annotated[str, typer.Option(help="Whose MLflow server.")] = "local",
    as_json: AsJson = False,
) -> None:
    """Upload the records that MLflow's server did not take while jobs ran."""
    from sagepipe.cli import mlflow_sync

    mlflow_sync.run(places or [], env, as_json)


@image_app.command()
def size(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[IMAGE]...", help="`train`, `serve` or names; the two if none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print what images add to their base, by Python package and by layer."""
    from sagepipe.cli.image import size

    size.show(names or [], as_json)


@image_app.command()
def sbom(
    name: Annotated[str, typer.Argument(metavar="IMAGE", help="`train`, `serve` or a name.")],
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; `-` for the terminal.")
    ] = None,
) -> None:
    """List what an image holds: its software bill of materials, as CycloneDX JSON."""
    from sagepipe.cli.image import sbom

    sbom.write(name, to)
