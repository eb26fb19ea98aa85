"""Tables that models are fitted on, and rows that they have not seen."""

import numpy as np
import pandas as pd
import pytest


def make_frame(rows: int, seed: int = 7) -> pd.DataFrame:
    """Make a table with each type of column, and values missing in numbers and text."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "distance (km)": random.lognormal(5, 1, rows),
            "hour": random.integers(0, 24, rows),
            "carrier": random.choice(["AA", "B6", "UA"], rows),
            "origin": random.choice(["EWR", "JFK"], rows),
            "holiday": random.choice([True, False], rows),
        }
    )
    frame.loc[1::9, "distance (km)"] = np.nan
    frame.loc[2::11, "carrier"] = None
    return frame


def make_score(frame: pd.DataFrame, seed: int = 7) -> pd.Series:
    """Make a number that depends on each column, with noise that no tree explains."""
    noise = np.random.default_rng(seed).normal(0, 2, len(frame))
    delay = frame["distance (km)"].fillna(90) / 100 + frame["hour"] / 4 + 3 * frame["holiday"]
    return delay + 2 * frame["carrier"].eq("UA").fillna(False) + noise


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    """The table that models are fitted on."""
    return make_frame(2000)


@pytest.fixture(scope="session")
def score(frame: pd.DataFrame) -> pd.Series:
    """A number for each row."""
    return make_score(frame)


@pytest.fixture(scope="session")
def late(score: pd.Series) -> pd.Series:
    """One of two classes for each row."""
    return (score > score.median()).map({True: "late", False: "on time"})


@pytest.fixture(scope="session")
def grade(score: pd.Series) -> pd.Series:
    """One of three classes for each row."""
    return pd.cut(score, [-np.inf, 4, 8, np.inf], labels=False)


@pytest.fixture(scope="session")
def new_rows() -> pd.DataFrame:
    """Rows that no model has seen."""
    return make_frame(5000, seed=11)
