"""How wide text is, roughly: no font is at hand where a pipeline is drawn."""

# Widths in ems of a wide sans-serif (Verdana and DejaVu Sans), so that any reader's font has room.
_NARROW, _WIDE = frozenset("ijlt.,:;|'!()[]{}/ fr-"), frozenset("mwMW@%—…")
_EMS = {"narrow": 0.38, "wide": 0.95, "capital": 0.7, "other": 0.6}

TITLE_SIZE, SMALL_SIZE = 13.0, 11.0


def width(text: str, bold: bool = False, small: bool = False) -> float:
    """Estimate how wide text is drawn.

    Args:
        text: One line.
        bold: Whether it is bold.
        small: Whether it is of the small size.

    Returns:
        Its width in pixels, rather too wide than too narrow.
    """
    ems = sum(_ems(letter) for letter in text)
    return ems * (SMALL_SIZE if small else TITLE_SIZE) * (1.1 if bold else 1.0)


def _ems(letter: str) -> float:
    if letter in _NARROW:
        return _EMS["narrow"]
    if letter in _WIDE or ord(letter) > 0x2E80:  # from there on, scripts of square letters
        return _EMS["wide"] + 0.11 * (ord(letter) > 0x2E80)
    return _EMS["capital" if letter.isupper() else "other"]
