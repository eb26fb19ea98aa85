"""What lies in ``data/``: the table, or as much of it as a repository should hold, and its kin."""

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from sagepipe.components import tables
from sagepipe.components.profiling.proposal import Proposal

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000
_OF_A_CLASS = 20  # rows of each label that a smaller sample keeps, where there are so many
BAD = "bad"
_BAD_ROWS = 300
RECENT = "recent"
_RECENT_ROWS = 1_000
_SEED = 7


def name_of(source: Path) -> str:
    """Name the sample after the file that it comes from, fit for URIs.

    Args:
        source: The team's file, or a folder of parts.
    """
    suffix = tables.files(source)[0].suffix
    plain = unicodedata.normalize("NFKD", source.stem).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", plain).strip("-.") or "table"
    return f"{stem}{'-table' if stem in (BAD, RECENT) else ''}{suffix}"


def write(source: Path, table: "pd.DataFrame", proposal: Proposal, target: Path) -> int:
    """Write the sample.

    Args:
        source: The team's file; copied byte for byte where it is small enough.
        table: What it holds.
        proposal: What was understood of it.
        target: Where to.

    Returns:
        Its rows.
    """
    if len(table) <= MOST_ROWS and source.is_file():
        target.write_bytes(source.read_bytes())
        return len(table)
    rows = _sampled(table, proposal)
    tables.write(rows, target)
    return len(rows)


def write_recent(table: "pd.DataFrame", proposal: Proposal, target: Path) -> tuple[int, bool]:
    """Write rows that stand for those that will come: ones that the sample leaves out, if any.

    Args:
        table: The team's table.
        proposal: What was understood of it.
        target: Where to.

    Returns:
        How many there are, and whether they are among the sample's.
    """
    others = table.drop(_sampled(table, proposal).index)
    among = others.empty
    source = table if among else others
    rows = _drawn(source, proposal, min(_RECENT_ROWS, -(-len(source) // 2)))
    tables.write(rows, target)
    return len(rows), among


def _sampled(table: "pd.DataFrame", proposal: Proposal) -> "pd.DataFrame":
    return table if len(table) <= MOST_ROWS else _drawn(table, proposal, MOST_ROWS)


def _drawn(table: "pd.DataFrame", proposal: Proposal, count: int) -> "pd.DataFrame":
    """Draw rows, some of each label, in the order they had."""
    rows = table.sample(count, random_state=_SEED)
    if proposal.classes:
        name = proposal.target.name
        shuffled = table.sample(frac=1, random_state=_SEED)
        rare = shuffled.groupby(name, observed=True).head(_OF_A_CLASS)
        rows = table.loc[rows.index.union(rare.index)]
    return rows.sort_index()


def write_bad(table: "pd.DataFrame", proposal: Proposal, target: Path) -> None:
    """Write the first rows with faults put in on purpose, as CSV.

    Args:
        table: The team's table.
        proposal: What was understood of it.
        target: Where to.
    """
    rows = table.head(_BAD_ROWS).astype(object)
    some = rows.index[3:60:20]
    for column in proposal.named("categorical")[:1]:
        rows.loc[some, column.name] = "no such thing"
    numeric = proposal.named("numeric")
    if numeric:
        rows.loc[some, numeric[0].name] = "n/a?"
    rows = rows.rename(columns={proposal.features[-1].name: f"{proposal.features[-1].name}_"})
    tables.write(rows, target)
