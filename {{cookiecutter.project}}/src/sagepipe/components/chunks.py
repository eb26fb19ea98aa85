"""Tables that are read some rows at a time, as if they had been read in one piece."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.components import tables

if TYPE_CHECKING:
    import pandas as pd

_BUFFER = 2**20  # bytes that are read of a column at once
_MISSING = "missing"  # in place of a type: there is no value, or one is missing
_WHOLE = ("int", "uint")
_DECIMAL = "float64"
_NUMBERS = (*_WHOLE, "float")


def read(place: str | Path, rows: int) -> Iterator["pd.DataFrame"]:
    """Read a table in chunks, each with the columns' types that the whole table has.

    A column's type hangs on all its values: whole numbers become decimal ones where one is
    missing, and everything text where one is. So the table is read twice, the first time for
    nothing but the types.

    Args:
        place: A file, or a folder whose files are the table's parts, in the order of their names.
        rows: The most rows of a chunk.

    Yields:
        Chunks, their rows numbered from 0; at least one, which has no rows where the table has
        none.

    Raises:
        ValueError: There is no table, it can't be read, or its parts have different columns, or a
            column of different types.
    """
    if rows < 1:
        raise ValueError(f"a chunk of {rows} rows is none; ask for at least 1")
    found = tables.files(place)
    wanted = _types(found, rows)
    for file in found:
        for chunk in _read(file, rows, wanted):
            yield chunk.astype({name: kind for name, kind in wanted.items() if kind != _MISSING})


def _types(found: list[Path], rows: int) -> dict[str, str]:
    """Find the type that each column has in the whole table."""
    of_parts: dict[str, set[str]] = {}
    for position, file in enumerate(found):
        kinds: dict[str, set[str]] = {}
        for chunk in _read(file, rows, {}):
            for name in chunk.columns:
                kinds.setdefault(name, set()).update(_seen(chunk[name]))
        if position and list(kinds) != list(of_parts):
            raise ValueError(
                f"{file} has the columns {', '.join(kinds)}, and {found[0].name} has "
                f"{', '.join(of_parts)}: parts of a table have the same"
            )
        for name, seen in kinds.items():
            one = _of_file(name, seen, file)
            of_parts.setdefault(name, set()).update({one} | (seen & {_MISSING}))
    return {name: _joined(name, seen, "its parts") for name, seen in of_parts.items()}


def _seen(column: "pd.Series") -> set[str]:
    """Name the type of a column's values, and whether some are missing."""
    missing = column.isna()
    kind = set() if missing.all() else {str(column.dtype)}
    return kind | ({_MISSING} if missing.any() or not kind else set())


def _of_file(name: str, seen: set[str], file: Path) -> str:
    """Name the type of a column in a file of which each chunk has been seen."""
    kinds = seen - {_MISSING}
    if file.suffix == tables.CSV and len(kinds) > 1:
        numbers = any(kind.startswith(_NUMBERS) for kind in kinds)
        if "str" in kinds or (numbers and kinds & {"bool", "object"}):
            return "str"  # a CSV file's values are texts unless all of them are something else
    return _joined(name, seen, file.name)


def _joined(name: str, seen: set[str], where: str) -> str:
    """Name the type of a column whose parts have these."""
    kinds = seen - {_MISSING}
    if not kinds:
        return _MISSING
    if kinds == {"category"}:
        return _MISSING  # each chunk has categories of its own, and the same values
    if len(kinds) == 1 and _MISSING not in seen:
        return next(iter(kinds))
    whole = {kind for kind in kinds if kind.startswith(_WHOLE)}
    if whole and kinds - whole <= {_DECIMAL} and len(whole) == 1:
        return _DECIMAL  # pandas has no whole number that is missing
    if kinds <= {"bool", "object"}:
        return "object"
    if len(kinds) == 1:
        return next(iter(kinds))
    raise ValueError(
        f"column {name!r} is of different types in {where}, {', '.join(sorted(kinds))}: to read "
        "it in chunks, write it with one, or read the table in one piece"
    )


def _read(file: Path, rows: int, wanted: dict[str, str]) -> Iterator["pd.DataFrame"]:
    """Read a file's chunks."""
    try:
        if file.suffix == tables.CSV:
            yield from _read_csv(file, rows, wanted)
        else:
            yield from _read_parquet(file, rows)
    except (ValueError, OSError) as error:  # the parsers' errors are among the first
        raise ValueError(f"{file} can't be read as a {file.suffix} table: {error}") from None


def _read_csv(file: Path, rows: int, wanted: dict[str, str]) -> Iterator["pd.DataFrame"]:
    import pandas as pd

    # Told now, these are parsed as in one piece; the other types are no matter of parsing.
    told: Any = {name: kind for name, kind in wanted.items() if kind in ("str", _DECIMAL)}
    with pd.read_csv(file, chunksize=rows, dtype=told, low_memory=False) as chunks:
        for chunk in chunks:
            yield chunk.reset_index(drop=True)


def _read_parquet(file: Path, rows: int) -> Iterator["pd.DataFrame"]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Left to itself, pyarrow holds all bytes of a file that it has read until it is closed.
    with pq.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER) as table:
        for batch in table.iter_batches(batch_size=rows):
            yield pa.Table.from_batches([batch]).to_pandas().reset_index(drop=True)
        if table.metadata.num_rows == 0:
            yield table.read().to_pandas().reset_index(drop=True)
