"""The columns, the question and the bar: the one place in the code that is about this table.

What values the columns may hold stands in ``expectations/``. For another table
`sagepipe adopt FILE --target COLUMN` writes both anew.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TASK = "{{ cookiecutter.task }}"

NUMERIC: list[str] = [
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
CATEGORICAL: list[str] = ["weekday", "carrier", "origin", "dest"]
BOOLEAN: list[str] = []

# What the model takes, in this order; a request to the served model holds these columns.
FEATURES = [*NUMERIC, *CATEGORICAL, *BOOLEAN]

# What is known once the flight has landed, and what the model predicts of it.
ARRIVAL_DELAY = "arr_delay"
{%- if cookiecutter.task == "classification" %}
TARGET = "late"
LATE_AFTER_MINUTES = 15
{%- else %}
TARGET = ARRIVAL_DELAY
{%- endif %}

# Rows that lack this column have no answer and are left out.
ANSWER = ARRIVAL_DELAY

{%- if cookiecutter.task == "classification" %}

# The labels, and what plots call them; of two, the second is the one that scores are about.
CLASSES: list[str | int | bool] = [0, 1]
CLASS_NAMES = ["on time", "late"]
{%- else %}

# A number has no classes.
CLASSES: list[str | int | bool] = []
CLASS_NAMES: list[str] = []
{%- endif %}

# Columns that are text whatever they look like.
TEXT = CATEGORICAL

# How rows are divided: "random", "stratified" (each label), "grouped" or "time", by these columns.
# Flights of one day share its weather and its troubles: each day stays whole.
SPLIT = "grouped"
SPLIT_BY: list[str] = ["month", "day"]

# The prepared table, in this order.
COLUMNS = list(dict.fromkeys([*SPLIT_BY, *FEATURES, TARGET]))

# Rows that are there twice are an error of this table's, not two flights.
KEEP_DUPLICATES = False

# What the pipeline's bar is held against, and the bar if a run names no other.
{%- if cookiecutter.task == "classification" %}
METRIC = "auc"
HIGHER_IS_BETTER = True
BAR = 0.65
{%- else %}
METRIC = "mae"
HIGHER_IS_BETTER = False
BAR = 26.0
{%- endif %}

# The files in which preprocessing hands its tables on.
TRAIN_FILE = "train_data.csv"
TEST_FILE = "test_data.csv"


def target(table: "pd.DataFrame") -> "pd.Series":
    """Derive what the model predicts from the raw table{% if cookiecutter.task == "classification" %}: 1 for a late flight, else 0{% endif %}."""
{%- if cookiecutter.task == "classification" %}
    return (table[ARRIVAL_DELAY] > LATE_AFTER_MINUTES).astype(int)
{%- else %}
    return table[ARRIVAL_DELAY]
{%- endif %}
