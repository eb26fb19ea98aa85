"""The chains of ``local/``, written with the Kubeflow Pipelines SDK, run by its SubprocessRunner.

python local_kfp.py chain-10        # in a folder that takes the outputs

Each step runs in this Python (``use_venv=False``) and installs nothing: without these two settings
a step makes a virtual environment and calls pip, which takes seconds.
"""

import sys

from kfp import dsl, local


@dsl.component(install_kfp_package=False)
def noop():
    """Do nothing."""


def chained(count):
    """Put so many steps in a row."""
    last = noop()
    for _ in range(count - 1):
        last = noop().after(last)


def wide(count):
    """Put so many steps beside each other, between one before and two after them."""
    first = noop()
    join = noop().after(*[noop().after(first) for _ in range(count)])
    noop().after(join)


def main(shape, count):
    """Run one of them."""

    @dsl.pipeline(name=f"{shape}-{count}")
    def pipeline():
        {"chain": chained, "wide": wide}[shape](count)

    local.init(local.SubprocessRunner(use_venv=False))
    pipeline()


if __name__ == "__main__":
    name, _, number = sys.argv[1].partition("-")
    main(name, int(number))
