"""Tables in files: what components read and write, CSV or Parquet."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CSV = ".csv"
PARQUET = ".parquet"
FORMATS = (CSV, PARQUET)


def files(place: str | Path) -> list[Path]:
    """Find the files of a table.

    Args:
        place: A file, or a folder: every CSV and Parquet file right in it, by name.

    Returns:
        The files, all of one format; at least one.

    Raises:
        ValueError: There is none, or there are both formats.
    """
    path = Path(place)
    if not path.exists():
        raise ValueError(f"{path} has no table: there is no such file or folder")
    entries = sorted(path.iterdir()) if path.is_dir() else [path]
    found = [entry for entry in entries if entry.suffix in FORMATS and entry.is_file()]
    if not found:
        held = ", ".join(entry.name for entry in entries) or "nothing"
        raise ValueError(f"{path} has no table: it needs a .csv or .parquet file, and has {held}")
    if len({file.suffix for file in found}) > 1:
        names = ", ".join(file.name for file in found)
        raise ValueError(f"{path} has tables of two formats, {names}: keep those of one")
    return found


def read(place: str | Path, text: Iterable[str] = ()) -> "pd.DataFrame":
    """Read a table.

    Args:
        place: A file, or a folder whose files are the table's parts, in the order of their names.
        text: Columns that are text, also where a CSV file has digits alone in them.

    Returns:
        The table, its rows numbered from 0.

    Raises:
        ValueError: There is no table, it can't be read, or its parts have different columns.
    """
    import pandas as pd

    found = files(place)
    parts = [_read_file(file, list(text)) for file in found]
    for file, part in zip(found, parts, strict=True):
        if list(part.columns) != list(parts[0].columns):
            raise ValueError(
                f"{file} has the columns {', '.join(map(str, part.columns))}, and {found[0].name} "
                f"has {', '.join(map(str, parts[0].columns))}: parts of a table have the same"
            )
    # A part whose column is empty does not know the column's type; the others do.
    return pd.concat(parts, ignore_index=True).infer_objects()


def write(table: "pd.DataFrame", file: str | Path) -> None:
    """Write a table, without its index.

    Args:
        table: The table.
        file: Where to; its suffix, ``.csv`` or ``.parquet``, says how.

    Raises:
        ValueError: It has another suffix.
    """
    path = Path(file)
    if path.suffix == CSV:
        table.to_csv(path, index=False)
    elif path.suffix == PARQUET:
        table.to_parquet(path, index=False)
    else:
        raise ValueError(f"{path} is neither a .csv nor a .parquet file")


def _read_file(file: Path, text: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    try:
        if file.suffix == CSV:
            return pd.read_csv(file, low_memory=False, dtype=dict.fromkeys(text, "str"))
        return pd.read_parquet(file)
    except (ValueError, OSError) as error:  # the parsers' errors are among the first
        hint = _hint(file, error) if file.suffix == CSV else ""
        raise ValueError(f"{file} can't be read as a {file.suffix} table: {error}{hint}") from None


def _hint(file: Path, error: Exception) -> str:
    """Say how to mend what most often is the matter with a CSV file, if it seems to be."""
    with file.open("rb") as opened:
        header = opened.readline()
    asked: list[str] = []
    if isinstance(error, UnicodeDecodeError):
        asked.append('encoding="latin-1"')
    if header.count(b";") > header.count(b","):
        asked.append('sep=";", decimal=","')
    if not asked:
        return ""
    return (
        "; it has to be UTF-8 with commas between values: write it anew, such as with "
        f"pandas.read_csv({file.name!r}, {', '.join(asked)}).to_csv({file.name!r}, index=False)"
    )
