"""``sagepipe diff``."""

import sys
from dataclasses import asdict

from sagepipe.cli import definitions, plain
from sagepipe.compiler import difference
from sagepipe.contract.errors import SagepipeError


class TwicePipedError(SagepipeError):
    """Both definitions are to come through one pipe."""


def compare(old: str, new: str, as_markdown: bool, as_json: bool) -> bool:
    """Compare two definitions and print what changed.

    Returns:
        Whether anything did.

    Raises:
        SagepipeError: One of them can't be read.
    """
    if old == new == definitions.PIPED:
        raise TwicePipedError("only one of the two definitions can be piped in; name the other")
    found = difference.compare(definitions.load(old).definition, definitions.load(new).definition)
    if as_json:
        print(plain.lines(asdict(found)))
    elif as_markdown:
        sys.stdout.write(difference.markdown(found, old, new))
    else:
        sys.stdout.write(difference.plain(found))
    return bool(found)
