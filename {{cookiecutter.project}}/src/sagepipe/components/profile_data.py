"""Looking at a table for the first time: proposing a schema and suites, for a person to edit."""

from pathlib import Path

from sagepipe import tracking
from sagepipe.components import page, tables
from sagepipe.components.profiling import source, suites
from sagepipe.components.profiling.proposal import Proposal, propose
from sagepipe.components.profiling.summary import HEADERS, rows, split_in_words
from sagepipe.dsl import HTML, Artifact, Dataset, Input, Output, component


@component
def profile_data(
    data: Input[Dataset],
    proposal: Output[Artifact],
    report: Output[HTML],
    target: str,
    task: str = "",
    group: str = "",
    time: str = "",
) -> None:
    """Propose what a team would otherwise write about a table it sees for the first time.

    Args:
        data: The table, n rows, CSV or Parquet: one file, or a folder of parts.
        proposal: A folder with ``schema.py`` and the suites ``raw.json`` and ``prepared.json``:
            types, ranges with a margin, shares of missing values, value sets.
        report: A page: each column's role, type, missing values (0 to 1 of the rows) and range.
        target: The column to predict.
        task: ``classification`` or ``regression``; what the target says where empty.
        group: Columns whose rows stay on one side of the split, separated by commas.
        time: The column by which the latest rows are tested on.

    Raises:
        ValueError: The table can't be read, has no such column, or too little to learn from.
    """
    table = tables.read(data.path)
    groups = [name.strip() for name in group.split(",") if name.strip()]
    found = propose(table, target, task, groups, time)
    suffix = tables.files(data.path)[0].suffix
    for name, text in files(found, suffix).items():
        file = Path(proposal.directory) / name
        file.write_text(text, encoding="utf-8")
        tracking.log_artifact(file, "proposal")
    Path(report.path).write_text(_page(found), encoding="utf-8")
    tracking.log_dataset(table, name="profiled", context="profiling")
    tracking.log_metrics(
        {
            "rows": float(len(table)),
            "features": float(len(found.features)),
            "left_out": float(len(found.named("left out"))),
        }
    )
    for warning in found.warnings:
        print(f"warning: {warning}")
    print(f"{found.task} of {target}: {len(found.features)} features in {len(table)} rows")


def files(proposal: Proposal, suffix: str = ".csv") -> dict[str, str]:
    """Write a proposal down.

    Args:
        proposal: What was understood.
        suffix: The format in which tables are handed on, ``.csv`` or ``.parquet``.

    Returns:
        Texts by file name.
    """
    return {
        "schema.py": source.schema(proposal, suffix),
        "raw.json": suites.raw(proposal),
        "prepared.json": suites.prepared(proposal),
    }


def _page(proposal: Proposal) -> str:
    lead = f"{proposal.task.capitalize()} of {proposal.target.name}; {split_in_words(proposal)}."
    return page.page(
        "What the table looks like",
        lead,
        page.section("Columns", page.table(HEADERS, rows(proposal))),
        page.section("Look at these", page.bullets(proposal.warnings)),
    )
