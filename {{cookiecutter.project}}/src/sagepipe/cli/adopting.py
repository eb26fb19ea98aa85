"""``sagepipe adopt``: from the team's own table to a project about it."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sagepipe.cli import plain, settings, table
from sagepipe.cli.adoption import AdoptError, replace, stage
from sagepipe.components import tables
from sagepipe.components.profiling import summary
from sagepipe.components.profiling.proposal import Proposal, propose


def run(
    data: Path,
    target: str,
    task: str,
    group: Sequence[str],
    time: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Write schema, suites and sample anew for a table.

    Args:
        data: The table, CSV or Parquet.
        target: The column to predict.
        task: ``classification`` or ``regression``; what the target says where empty.
        group: Columns whose rows stay on one side of the split.
        time: The column by which the latest rows are tested on.
        yes: Whether to replace files whose changes are not committed.
        as_json: Whether to write JSON.

    Raises:
        AdoptError: It can't be done; nothing has been changed.
    """
    project = settings.load()
    try:
        held = tables.read(data)
        found = propose(held, target, task, group, time)
    except ValueError as error:
        said = " ".join(str(error).split())
        raise AdoptError(said if said.startswith(f"{data} ") else f"{data}: {said}") from None
    project.state.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="adopt-", dir=project.state))
    try:
        staged = stage.write(project, folder, data, held, found)
        changing = replace.changed(project.root, folder, staged.names)
        if not yes:
            replace.check_committed(project.root, changing)
        replace.swap(project.root, folder, project.state / replace.KEPT, changing)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        print(plain.lines(_described(found, staged, changing)))
    else:
        _tell(project, found, staged, changing)


def _described(found: Proposal, staged: stage.Staged, changed: Sequence[str]) -> dict[str, object]:
    return {
        "task": found.task,
        "target": found.target.name,
        "classes": list(found.classes),
        "features": [column.name for column in found.features],
        "left_out": {
            column.name: found.roles[column.name].reason for column in found.named("left out")
        },
        "split": {"strategy": found.split, "by": list(found.split_by)},
        "metric": found.metric,
        "bar": found.bar,
        "notes": summary.notes(found),
        "sample": {"file": staged.sample, "rows": staged.rows},
        "changed": list(changed),
    }


def _tell(
    project: settings.Settings, found: Proposal, staged: stage.Staged, changed: Sequence[str]
) -> None:
    table.show(summary.HEADERS, summary.rows(found))
    named = f" ({', '.join(map(str, found.classes))})" if found.classes else ""
    print(f"\n{found.task} of {found.target.name}{named}; {summary.split_in_words(found)}")
    if staged.rows < found.target.rows:
        print(f"sample: {staged.rows:,} of {found.target.rows:,} rows, in {staged.sample}")
    for note in summary.notes(found):
        print(f"look: {note}")
    if not changed:
        print("\nEverything is so already: nothing was changed.")
        return
    kept = project.state / replace.KEPT
    written = [name for name in changed if (project.root / name).exists()]
    print(f"\nWritten: {', '.join(written)}")
    if gone := [name for name in changed if name not in written]:
        print(f"Taken away, as about the table before: {', '.join(gone)}")
    print(f"What was there before is in {kept.relative_to(project.root)}.")
    print("Next: make run, make test; then edit what you know better:")
    for place, what in (
        (
            f"src/{project.package}/schema.py",
            f"columns, split, the bar: {found.metric} {found.bar:g}",
        ),
        (f"src/{project.package}/expectations/", "ranges and values, which are this table's"),
        ("data/README.md", "where the table comes from"),
    ):
        print(f"  {place:<40} {what}")
