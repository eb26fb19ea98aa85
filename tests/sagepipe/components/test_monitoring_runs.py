"""Scoring and monitoring as steps of a pipeline that is compiled and run."""

import os
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sagepipe import dsl, export, local
from sagepipe.compiler import compile_pipeline
from sagepipe.components import tables
from sagepipe.components.batch_score import batch_score
from sagepipe.components.monitor_data import monitor_data
from sagepipe.components.monitor_quality import monitor_quality
from sagepipe.dsl import Dataset, Model

LIBRARY = Path(dsl.__file__).parents[2]


@dsl.pipeline(name="watch")
def watch(model_uri: str, before_uri: str, now_uri: str, labels_uri: str) -> None:
    """Score what is new, and see whether it and the model are as they were."""
    recent = dsl.importer(now_uri, Dataset)
    scored = batch_score(data=recent, model=dsl.importer(model_uri, Model))
    drift = monitor_data(
        reference=dsl.importer(before_uri, Dataset), recent=recent, columns=["size", "kind"]
    )
    quality = monitor_quality(
        scored=scored.outputs["scored"],
        labels=dsl.importer(labels_uri, Dataset),
        target="price",
        key=["id"],
        metric="mae",
        baseline=0.5,
    )
    with dsl.If(drift.outputs["drifted"] & quality.outputs["degraded"]):
        dsl.fail(dsl.join("train again: mae is ", quality.outputs["value"]))


def houses(rows: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    size = chance.normal(100, 20, rows)
    kind = chance.choice(["flat", "house"], rows)
    return pd.DataFrame({"id": range(rows), "size": size, "kind": kind, "price": size * 3.0})


@pytest.mark.parametrize(
    ("suffix", "growth", "status"), [(".csv", 1.0, "Succeeded"), (".parquet", 1.5, "Failed")]
)
def test_the_verdicts_decide_what_a_pipeline_does(
    suffix: str, growth: float, status: str, tmp_path: Path
) -> None:
    from sklearn.linear_model import LinearRegression

    before, now = houses(300, 1), houses(200, 2)
    now["size"] *= growth
    export.save(
        LinearRegression().fit(before[["size"]], before["price"]),
        tmp_path / "model",
        before[["size"]],
        target="price",
    )
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "model", arcname=".")
    for name, table in (
        ("before", before.drop(columns="price")),
        ("now", now.drop(columns="price")),
        ("labels", now[["id", "price"]]),
    ):
        tables.write(table, tmp_path / f"{name}{suffix}")

    settings = local.LocalSettings(
        project=tmp_path,
        train=Path("train.py"),
        python=Path(sys.executable),
        environment={"PYTHONPATH": os.pathsep.join([str(LIBRARY)])},
    )
    execution = local.run(
        compile_pipeline(watch),
        {
            "model_uri": "model.tar.gz",
            **{f"{name}_uri": f"{name}{suffix}" for name in ("before", "now", "labels")},
            "bucket": "b",
            "role_arn": "arn:aws:iam::000000000000:role/local",
            "image_uri": "image",
            "mlflow_tracking_uri": "off",
        },
        settings,
    )
    assert execution.status == status, [step.failure_reason for step in execution.steps]
    if status == "Failed":
        reasons = [step.failure_reason or "" for step in execution.steps]
        assert any(reason.startswith("train again: mae is ") for reason in reasons)
    (scored,) = settings.s3.rglob(f"scored/**/now{suffix}")
    assert tables.read(scored)["prediction"].tolist() == pytest.approx((now["size"] * 3).tolist())
