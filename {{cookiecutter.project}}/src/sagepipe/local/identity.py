"""Names that nothing else has."""

import os
import string

LOWER = string.ascii_lowercase + string.digits
HEXADECIMAL = "0123456789abcdef"
MIXED = string.ascii_letters + string.digits


def random(count: int, alphabet: str = LOWER) -> str:
    """Make up a name.

    Args:
        count: How many characters.
        alphabet: Which.

    Returns:
        The name.
    """
    # Python's random and secrets take 20 ms to import; the slight bias does no harm here.
    return "".join(alphabet[byte % len(alphabet)] for byte in os.urandom(count))
