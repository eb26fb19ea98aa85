"""What `adopt` puts into ``data/``."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sagepipe.cli.adoption import sample
from sagepipe.components import tables
from sagepipe.components.profiling.proposal import Proposal, propose


def trees(rows: int) -> tuple[pd.DataFrame, Proposal]:
    height = np.random.default_rng(1).normal(20, 5, rows)
    table = pd.DataFrame({"place": np.arange(rows) / 7, "height": height})
    table["kind"] = np.where(table.index % 50 == 0, "yew", "oak")
    return table, propose(table, "kind")


def test_recent_rows_are_those_that_the_sample_leaves_out(tmp_path: Path) -> None:
    table, proposal = trees(sample.MOST_ROWS + 300)
    assert sample.write(tmp_path, table, proposal, tmp_path / "table.parquet") == sample.MOST_ROWS
    count, among = sample.write_recent(table, proposal, tmp_path / "recent.parquet")
    recent, kept = (tables.read(tmp_path / f"{name}.parquet") for name in ("recent", "table"))
    assert (len(recent), among) == (count, False)
    assert 150 <= count <= 300
    assert not set(recent["place"]) & set(kept["place"])


def test_recent_rows_are_half_of_a_sample_that_is_the_whole_table(tmp_path: Path) -> None:
    table, proposal = trees(500)
    count, among = sample.write_recent(table, proposal, tmp_path / "recent.csv")
    assert among
    recent = tables.read(tmp_path / "recent.csv")
    assert len(recent) == count >= 250
    assert recent["place"].is_monotonic_increasing
    assert (recent["kind"] == "yew").sum() == 10  # a label of few rows is there with all of them


@pytest.mark.parametrize(
    ("given", "named"),
    [("recent", "recent-table"), ("my trees", "my-trees"), ("Bäume über 2 m", "Baume-uber-2-m")],
)
def test_a_sample_takes_no_other_files_name(given: str, named: str, tmp_path: Path) -> None:
    file = tmp_path / f"{given}.csv"
    tables.write(trees(500)[0], file)
    assert sample.name_of(file) == f"{named}.csv"
