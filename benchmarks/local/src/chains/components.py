"""A component that does nothing: what is measured is all the rest."""

from sagepipe import dsl


@dsl.component
def noop() -> None:
    """Do nothing."""
