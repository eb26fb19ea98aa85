"""The patterns of AWS's models, which are Java's, as Python's."""

import re
from functools import cache

# Classes of Unicode inside a character class: exact for ASCII, generous beyond it.
_BEYOND = r"\u00a1-\U0010ffff"
_CLASSES = {
    r"\p{L}": "A-Za-z" + _BEYOND,
    r"\p{M}": r"\u0300-\U0010ffff",
    r"\p{N}": "0-9" + _BEYOND,
    r"\p{Z}": r" \u00a0-\U0010ffff",
    r"\p{S}": r"$+<=>^`|~" + _BEYOND,
    r"\p{P}": r"!\"#%&'()*,\-./:;?@\[\\\]_{}" + _BEYOND,
    r"\p{Alnum}": "A-Za-z0-9",
}
_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"
_COUNTED_END = re.compile(r"\$\{\d+(,\d*)?\}$")


@cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a model's pattern.

    Returns:
        What a whole value has to match; nothing where Python can't read the pattern.
    """
    for name, members in _CLASSES.items():
        pattern = pattern.replace(name, members)
    pattern = pattern.replace(_SURROGATES, r"\U00010000-\U0010ffff")
    pattern = _COUNTED_END.sub("", pattern)
    try:
        return re.compile(pattern)
    except re.error:
        return None
