"""``sagepipe show --html``: the page of a run."""

from pathlib import Path

from sagepipe.cli import output, settings
from sagepipe.cli.definitions import of_run
from sagepipe.cli.run_page import render
from sagepipe.cli.run_page.page import Place
from sagepipe.compiler import write
from sagepipe.contract import names
from sagepipe.local import Execution, History

PAGE = "run.html"
_UI = "http://127.0.0.1:5000"  # where `sagepipe ui` listens unless told otherwise


def page(reference: str, to: Path | None, then_open: bool) -> None:
    """Write the page of a run.

    Args:
        reference: The run.
        to: The file; ``run.html`` in the run's folder where not given.
        then_open: Whether to open it in the browser.

    Raises:
        SagepipeError: There is no such run, or the file can't be written.
    """
    project = settings.load()
    history = History(project.state, project.root)
    run = history.get(reference)
    file = (to or run.folder / PAGE).absolute()
    mlflow, said = _mlflow(project, run)
    place = Place(file.parent, history.path, mlflow, said)
    write(file, render(run, of_run(run.folder), place))
    output.wrote(file)
    if then_open:
        import webbrowser

        webbrowser.open(file.as_uri())


def _mlflow(project: settings.Settings, run: Execution) -> tuple[str, str]:
    """Find the run's page in MLflow, and say what it takes to see it."""
    uri = str(run.parameters.get(names.TRACKING_URI) or names.TRACKING_OFF)
    if uri == names.TRACKING_OFF:
        return "", ""
    try:
        from sagepipe import tracking

        found = tracking.find_execution(project.tracking_uri(uri), run.pipeline, run.id)
    except Exception:  # a page without that link is better than none
        return "", ""
    if found is None:
        return "", ""
    if uri.startswith(("http://", "https://")):
        return f"{uri.rstrip('/')}/{found.page}", ""
    return f"{_UI}/{found.page}", "(while `sagepipe ui` runs)"
