"""Measure checking tables against a suite; write results/validation.* (see README.md)."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from places import HERE, LIBRARY
from timing import Process, machine, run

sys.path.insert(0, str(LIBRARY))
SIZES = (10_000, 100_000, 1_000_000)
NUMBERS, TEXTS = ("a", "b", "c", "d", "e"), ("f", "g", "h")


def suite(broken: int) -> list[dict[str, Any]]:
    """Write 25 expectations, of which some do not hold."""

    def expect(kind: str, column: str, **arguments: Any) -> dict[str, Any]:
        return {
            "type": f"expect_column_values_to_{kind}",
            "kwargs": {"column": column, **arguments},
        }

    found: list[dict[str, Any]] = [
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
    ]
    for column in NUMBERS:
        found.append(expect("be_in_type_list", column, type_list=["int64", "float64"]))
        found.append(expect("not_be_null", column, mostly=0.9))
        found.append(expect("be_between", column, min_value=-10, max_value=10))
    for position, column in enumerate(TEXTS):
        kinds = ["oak", "fir"] if position < broken else ["oak", "fir", "elm"]
        found.append(expect("not_be_null", column))
        found.append(expect("be_in_set", column, value_set=kinds))
        found.append(expect("match_regex", column, regex="^[a-z]{3}$"))
    assert len(found) == 25
    return found


def table(rows: int) -> Any:
    """Make a table of five columns of numbers, with gaps, and three of texts."""
    import numpy
    import pandas

    random = numpy.random.default_rng(rows)
    columns: dict[str, Any] = {
        name: numpy.where(random.random(rows) < 0.01, numpy.nan, random.uniform(-9, 9, rows))
        for name in NUMBERS
    }
    columns |= {name: random.choice(["oak", "fir", "elm"], rows) for name in TEXTS}
    return pandas.DataFrame(columns)


def timed(call: Callable[[], Any], rounds: int) -> float:
    """Return the median of some rounds in seconds of CPU, after one that does not count."""
    times = []
    for _ in range(rounds + 1):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times[1:])


def checks(rounds: int) -> dict[str, dict[str, float]]:
    """Measure each way of checking, by the table's length."""
    from sagepipe.validation import engine
    from sagepipe.validation import suite as suites

    frames = engine.open_frames()
    good, bad = (
        suites.of({"name": "trees", "expectations": suite(count)}, Path("trees.json"))
        for count in (0, 3)
    )
    found: dict[str, dict[str, float]] = {}
    for rows in SIZES:
        frame = table(rows)
        ways: dict[str, Callable[[], Any]] = {
            "details of all": lambda f=frame: engine.run(frames, f, good, engine.FULL),
            "all hold": lambda f=frame: engine.check(frames, f, good),
            "three do not hold": lambda f=frame: engine.check(frames, f, bad),
        }
        found[str(rows)] = {name: timed(way, rounds) for name, way in ways.items()}
    return found


IMPORT = """
import time, pandas
start = time.process_time()
import great_expectations
print(time.process_time() - start)
"""


def imports(rounds: int) -> float:
    """Measure importing Great Expectations after pandas, which reads the table anyway."""
    process = Process("import", [sys.executable, "-c", IMPORT])
    return statistics.median([float(run(process)) for _ in range(rounds + 1)][1:])


def report(found: dict[str, Any]) -> str:
    """Write the results for people."""
    where = ", ".join(f"{name} {text}" for name, text in found["machine"].items() if text)
    ways = list(next(iter(found["checks"].values())))
    lines = ["# Validation", "", f"25 expectations, seconds of CPU; {where}", ""]
    lines += [f"| Rows | {' | '.join(ways)} |", "|---|" + "---|" * len(ways)]
    for rows, times in found["checks"].items():
        cells = " | ".join(f"{times[way]:.2f} s" for way in ways)
        lines.append(f"| {int(rows):,} | {cells} |")
    lines += ["", f"Importing Great Expectations, once a run: {found['import']:.1f} s."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    given = parser.parse_args()
    found = {
        "machine": machine(),
        "import": imports(given.rounds),
        "checks": checks(given.rounds),
    }
    results = HERE / "results"
    (results / "validation.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (results / "validation.md").write_text(report(found), encoding="utf-8")
    print(report(found), end="")


if __name__ == "__main__":
    main()
