"""Fit one model of a mixed table of 20 columns and keep it as each server wants it.

    python make_models.py FOLDER

Makes ``onnx/model``, ``sklearn/model``, ``mlflow`` and ``pickle/model.pkl``, and the requests:
``row.json`` for us, ``row-mlflow.json``, ``rows.csv`` with 10,000 rows.
"""

import json
import pickle
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sagepipe import export

ROWS = 10_000


def make_table() -> pd.DataFrame:
    """Make 14 columns of numbers, one with gaps, and 6 of text."""
    random = np.random.default_rng(7)
    numbers = {f"number_{n}": random.normal(size=ROWS).round(4) for n in range(14)}
    texts = {f"text_{n}": random.choice(list("abcdefgh"), ROWS) for n in range(6)}
    table = pd.DataFrame({**numbers, **texts})
    table.loc[1::50, "number_3"] = np.nan
    return table


def fit(table: pd.DataFrame) -> Pipeline:
    """Fit what a team would: imputed and scaled numbers, encoded texts, logistic regression."""
    numbers = [name for name in table if name.startswith("number")]
    texts = [name for name in table if name.startswith("text")]
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
        ]
    )
    label = np.where(table["number_0"] + (table["text_0"] == "a") > 0.3, "yes", "no")
    return Pipeline([("prepare", prepare), ("model", LogisticRegression(max_iter=500))]).fit(
        table, label
    )


def main(folder: Path) -> None:
    """Write the models and the requests."""
    table = make_table()
    pipeline = fit(table)
    export.save(pipeline, folder / "onnx" / "model", table, target="label")
    export.save(pipeline, folder / "sklearn" / "model", table, target="label", engine="sklearn")
    mlflow.sklearn.save_model(
        pipeline, folder / "mlflow", serialization_format="cloudpickle", pip_requirements=[]
    )
    (folder / "pickle").mkdir()
    (folder / "pickle" / "model.pkl").write_bytes(pickle.dumps(pipeline))
    row = table.head(1).to_dict("records")
    (folder / "row.json").write_text(json.dumps(row))
    (folder / "row-mlflow.json").write_text(json.dumps({"dataframe_records": row}))
    table.to_csv(folder / "rows.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
