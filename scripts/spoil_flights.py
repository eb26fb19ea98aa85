"""Make the bad sample of the generated project from its good one.

    python scripts/spoil_flights.py

The same sample gives the same file, byte for byte. Each fault is one that data have in real life,
and each is of another kind, so that a run on the file shows what the validation says of it.
"""

import csv
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "{{cookiecutter.project}}/data"
ROWS = 300

# Column, the rows' numbers below the header, what they hold instead.
FAULTS = [
    ("humid", (12, 47, 160), "640"),  # a unit changed, or a digit was added
    ("carrier", (5, 80), "ZZ"),  # a category that nobody has seen
    ("origin", (33, 34, 35), ""),  # a gap where there may be none
    ("wind_speed", (9, 210), "calm"),  # a text among numbers
]
RENAMED = ("visib", "visibility")  # as an upstream team does


def spoil(rows: list[list[str]]) -> list[list[str]]:
    """Put the faults into the first rows of a table, its header included."""
    header, *kept = [list(row) for row in rows[: ROWS + 1]]
    for column, numbers, value in FAULTS:
        for number in numbers:
            kept[number - 1][header.index(column)] = value
    old, new = RENAMED
    return [[new if name == old else name for name in header], *kept]


def main() -> None:
    """Write the bad sample."""
    with (DATA / "flights.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    with (DATA / "bad.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(spoil(rows))


if __name__ == "__main__":
    main()
