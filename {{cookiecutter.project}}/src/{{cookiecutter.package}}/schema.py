"""The columns: the one place in the code that names them.

What values they may hold stands in ``expectations/``.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NUMERIC = [
    "month",
    "sched_dep_time",
    "sched_arr_time",
    "distance",
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
CATEGORICAL = ["weekday", "carrier", "origin", "dest"]

# What the model takes, in this order; a request to the served model holds these columns.
FEATURES = [*NUMERIC, *CATEGORICAL]

# What is known once the flight has landed, and what the model predicts of it.
ARRIVAL_DELAY = "arr_delay"
{%- if cookiecutter.task == "classification" %}
TARGET = "late"
LATE_AFTER_MINUTES = 15
{%- else %}
TARGET = ARRIVAL_DELAY
{%- endif %}

# Flights of one day share its weather and its troubles: the split keeps each day whole.
DATE = ["month", "day"]

# The files in which preprocessing hands its tables on.
TRAIN_FILE = "train_data.csv"
TEST_FILE = "test_data.csv"


def read(file: str | Path) -> "pd.DataFrame":
    """Read a table.

    Args:
        file: A CSV file with a header line.

    Returns:
        The table, as it stands in the file.

    Raises:
        ValueError: The file is missing or is not such a CSV file.
    """
    import pandas as pd

    path = Path(file)
    if not path.is_file():
        held = sorted(entry.name for entry in path.iterdir()) if path.is_dir() else "nothing"
        raise ValueError(f"{path} is not a CSV file; there is {held}")
    try:
        return pd.read_csv(path)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as a CSV file: {error}") from None


def features(table: "pd.DataFrame") -> "pd.DataFrame":
    """Take the model's input out of a table, each column with the type that the model takes."""
    return table[FEATURES].astype(dict.fromkeys(NUMERIC, "float64"))


def target(table: "pd.DataFrame") -> "pd.Series":
    """Derive what the model predicts from the raw table{% if cookiecutter.task == "classification" %}: 1 for a late flight, else 0{% endif %}."""
{%- if cookiecutter.task == "classification" %}
    return (table[ARRIVAL_DELAY] > LATE_AFTER_MINUTES).astype(int)
{%- else %}
    return table[ARRIVAL_DELAY]
{%- endif %}
