"""Which function of the project stands for a Lambda function, or for a queue's consumer."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from sagepipe.local.settings import LocalSettings


def find(wanted: str, settings: LocalSettings) -> str | None:
    """Find it by the whole ARN or URL, or by its last part.

    Args:
        wanted: A Lambda function's ARN, or a queue's URL.
        settings: The run's settings.

    Returns:
        ``module:function``, if a pattern fits.
    """
    for pattern, target in settings.functions.items():
        if fnmatchcase(wanted, pattern) or fnmatchcase(_short(wanted), pattern):
            return target
    return None


def faults(wanted: str, settings: LocalSettings) -> Iterator[str]:
    """Check that one stands for it.

    Args:
        wanted: A Lambda function's ARN, or a queue's URL.
        settings: The run's settings.

    Yields:
        The fault as one line.
    """
    if find(wanted, settings) is None:
        yield (
            f"no function of the project stands for {wanted!r}; name one in sagepipe.toml, under "
            f'[functions]: {_short(wanted)} = "module:function"'
        )


def _short(wanted: str) -> str:
    return wanted.rpartition(":")[2].rpartition("/")[2]
