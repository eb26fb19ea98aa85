"""A pipeline whose validation decides what runs; the jobs import it by the name ``checked``."""

from pathlib import Path
from typing import Literal

from sagepipe import dsl
from sagepipe.components.validate_data import validate_data
from sagepipe.dsl import Dataset, Output


@dsl.component
def tell(text: str, told: Output[Dataset]) -> None:
    """Write something down."""
    Path(told.path).write_text(text)


@dsl.pipeline(name="checked")
def checked(data_uri: str, on_failure: Literal["fail", "warn"] = "warn") -> None:
    """Check a table, and go on as the verdict says."""
    validated = validate_data(
        data=dsl.importer(data_uri, Dataset),
        suite="trees.expectations:raw.json",
        name="raw",
        on_failure=on_failure,
    )
    with dsl.If(validated.outputs["passed"]):
        tell(text=dsl.join("good: ", validated.outputs["rows"], " rows"))
    with dsl.Else():
        tell(text=dsl.join("bad: ", validated.outputs["failed"], " expectations"))
