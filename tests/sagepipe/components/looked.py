"""A pipeline that looks at a table and divides it."""

from sagepipe import dsl
from sagepipe.components.profile_data import profile_data
from sagepipe.components.split_data import split_data
from sagepipe.dsl import Dataset


@dsl.pipeline(name="looked")
def looked(data_uri: str) -> None:
    """Propose what to expect of a table, and divide it by group."""
    table = dsl.importer(data_uri, Dataset)
    profile_data(data=table, target="fell", group="wood")
    split_data(data=table, strategy="grouped", by="wood", test_fraction=0.25)
