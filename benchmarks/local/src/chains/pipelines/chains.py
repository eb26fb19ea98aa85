"""Steps that do nothing: one after the other, and ten beside each other."""

from chains.components import noop
from sagepipe import dsl


def chained(count: int) -> None:
    """Put so many steps in a row."""
    last = noop()
    for _ in range(count - 1):
        last = noop().after(last)


@dsl.pipeline(name="chain-1")
def chain_1() -> None:
    """Run one step."""
    chained(1)


@dsl.pipeline(name="chain-10")
def chain_10() -> None:
    """Run ten steps, one after the other."""
    chained(10)


@dsl.pipeline(name="chain-100")
def chain_100() -> None:
    """Run a hundred steps, one after the other."""
    chained(100)


@dsl.pipeline(name="wide-10")
def wide_10() -> None:
    """Run ten steps beside each other, between one before and two after them."""
    first = noop()
    join = noop().after(*(noop().after(first) for _ in range(10)))
    noop().after(join)
