"""Pipelines as authors write them with sagepipe; ``theirs`` has the same ones."""

from pathlib import Path
from typing import Literal, NamedTuple

from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


class Looked(NamedTuple):
    rows: int
    share: float
    label: str
    names: list


@dsl.component
def look(raw: Input[Dataset], mode: str = "fast") -> Looked:
    """Look at the data."""
    return Looked(3, 0.25, "late", [{"uri": raw.uri, "mode": mode}] * 2)


@dsl.component
def prepare(
    raw: Input[Dataset],
    train: Output[Dataset],
    test: Output[Dataset],
    share: float = 0.2,
    columns: list = ["a", "b"],  # noqa: B006 - never changed
    label: str = "late",
    strict: bool = True,
) -> None:
    for part in (train, test):
        Path(part.path).write_text(f"{label} {share}")
        Path(part.path).with_name("more").write_text("an object for a second host")


@dsl.component
def merge(parts: Input[list[Dataset]], merged: Output[Dataset], note: str | None = None) -> None:
    """Put parts together."""
    files = [file for part in parts for file in sorted(Path(part.directory).iterdir())]
    Path(merged.path).write_text("".join(file.read_text() for file in files))


@dsl.component(kind="training", metrics=("auc", "loss"))
def fit(
    train: Input[Dataset],
    model: Output[Model],
    metrics: Output[Metrics],
    rate: float = 0.1,
    depth: int = 3,
    booster: str = "gbtree",
) -> None:
    Path(model.directory, "booster").write_text(booster)
    metrics.log_metric("auc", 0.9 if booster == "dart" else 0.8)
    metrics.log_metric("loss", rate)


@dsl.component
def score(test: Input[Dataset], model: Input[Model], metrics: Output[Metrics]) -> None:
    metrics.log_metric("auc", 0.7)
    metrics.metadata["by class"] = {"late": {"f1": 0.6}}


@dsl.component
def notify(text: str) -> None:
    print(text)


@dsl.pipeline(name="processing")
def processing(data_uri: str, machine: str = "ml.m5.xlarge", hosts: int = 2) -> None:
    raw = dsl.importer(data_uri, Dataset)
    seen = look(raw=raw).set_caching_options(True, "P30D").set_retry(3, "30s", 1.5)
    prepared = (
        prepare(
            raw=dsl.sharded(raw),
            share=seen.outputs["share"],
            label=dsl.join("is ", seen.outputs["label"]),
        )
        .set_instance_type(machine)
        .set_instance_count(hosts)
        .set_volume_size(50)
        .set_max_runtime(3600)
        .set_kms_key(volume="volume-key", output="output-key")
        .set_vpc(("sg-1",), ("subnet-1", "subnet-2"))
        .set_network_isolation()
        .set_env_variable("LEVEL", "debug")
        .set_output_uri("test", dsl.bucket_uri("shared", "test"))
        .set_caching_options(True)
        .set_display_name("Prepare")
        .set_description("Splits the table.")
    )
    merge(parts=[prepared.outputs["train"], prepared.outputs["test"]])
    notify(text=dsl.PIPELINE_NAME).after(seen, prepared)


@dsl.pipeline(name="training")
def training(data_uri: str, rate: float = 0.1, machine: str = "ml.m5.xlarge") -> None:
    prepared = prepare(raw=dsl.importer(data_uri, Dataset))
    fitted = (
        fit(train=dsl.sharded(prepared.outputs["train"]), rate=rate, booster="dart")
        .set_instance_type(machine)
        .set_instance_count(2)
        .set_volume_size(100)
        .set_max_runtime(7200)
        .set_spot(max_wait_seconds=10_000)
        .set_kms_key(volume="volume-key", output="output-key")
        .set_vpc(("sg-1",), ("subnet-1",))
        .set_network_isolation()
        .set_env_variable("LEVEL", "debug")
        .set_retry(2, "10s")
        .set_caching_options(True, "PT12H")
    )
    score(test=prepared.outputs["test"], model=fitted.outputs["model"])
    fit(train=dsl.importer("s3://elsewhere/train", Dataset))


@dsl.pipeline(name="tuning")
def tuning(data_uri: str, jobs: int = 4) -> None:
    train = dsl.importer(data_uri, Dataset)
    tuned = dsl.tune(
        fit,
        arguments={"train": train},
        ranges={
            "rate": dsl.Continuous(0.01, 0.3, "Logarithmic"),
            "depth": dsl.Integer(2, 9),
            "booster": dsl.Categorical("gbtree", "dart"),
        },
        objective="auc",
        max_jobs=jobs,
        max_parallel_jobs=2,
        seed=7,
    ).set_caching_options(True, "P1D")
    score(test=train, model=tuned.outputs["model"])
    dsl.register_model(model=tuned.outputs["model"], group="tuned")
    random = dsl.tune(
        fit,
        arguments={"train": train, "depth": 5, "booster": "dart"},
        ranges={"rate": dsl.Continuous(0, 1)},
        objective="loss",
        goal="Minimize",
        strategy="Random",
    )
    notify(text=dsl.join("best ", random.properties.BestTrainingJob.TrainingJobName))


@dsl.pipeline(name="conditions")
def conditions(
    data_uri: str, least: float = 0.8, most: int = 9, mode: str = "fast", strict: bool = True
) -> None:
    raw = dsl.importer(data_uri, Dataset)
    seen = look(raw=raw)
    fitted = fit(train=raw)
    metrics = score(test=raw, model=fitted.outputs["model"]).outputs["metrics"]
    rows, share = seen.outputs["rows"], seen.outputs["share"]
    with dsl.If((metrics["auc"] >= least) & (rows > 10) & (share < 0.5) & (rows <= most)):
        notify(text="all")
    with dsl.Elif((metrics["by class"]["late"]["f1"] > 0.5) | ~(rows == 0)):
        notify(text="some")
    with dsl.Elif(seen.outputs["label"].in_(["late", "early"]) & (strict == True)):  # noqa: E712
        notify(text="few")
    with dsl.Else():
        dsl.fail(dsl.join("not with ", share, " of ", rows))
    with dsl.If(mode != "fast", name="slow"):
        notify(text="slow")
    with dsl.If(fitted.outputs["metrics"]["auc"] > metrics["auc"]):
        notify(text="overfitted")
    with dsl.If(~((rows > 1) & (rows < 5))):
        dsl.fail("none")


@dsl.pipeline(name="models")
def models(
    data_uri: str, approval: Literal["Approved", "PendingManualApproval"] = "Approved"
) -> None:
    """Everything around a model."""
    raw = dsl.importer(data_uri, Dataset)
    fitted = fit(train=raw)
    scored = score(test=raw, model=fitted.outputs["model"])
    made = dsl.create_model(fitted.outputs["model"], environment={"WORKERS": "2"}, name="made")
    dsl.transform(model=made, data=raw)
    plain = dsl.transform(
        model=made,
        data=raw,
        content_type="application/jsonlines",
        split_type="None",
        accept="application/json",
        assemble_with="Line",
        strategy="SingleRecord",
        max_payload_mb=6,
        max_concurrent_transforms=4,
        input_filter="$[1:]",
        output_filter="$[0,-1]",
        join_source="Input",
        instance_type="ml.c5.xlarge",
        instance_count=3,
        output_uri=dsl.bucket_uri("predictions"),
        name="joined",
    )
    plain.set_retry(4).set_caching_options(True)
    score(test=plain.output, model=fitted.outputs["model"])
    shown, baseline = scored.outputs["metrics"], scored.outputs["metrics"]
    registered = dsl.register_model(
        model=fitted.outputs["model"],
        metrics=shown,
        group="delays",
        model_metrics={
            "ModelQuality.Constraints": shown.file("constraints.json"),
            "ModelDataQuality.Statistics": shown.file("data.json"),
            "ModelDataQuality.Constraints": shown.file("data-constraints.json"),
            "Bias.Report": shown.file("bias.json"),
            "Bias.PreTrainingReport": shown.file("before.json"),
            "Bias.PostTrainingReport": shown.file("after.json"),
            "Explainability.Report": shown.file("shap.json"),
        },
        drift_baselines={
            "Bias.ConfigFile": baseline.file("bias-config.json"),
            "Bias.PreTrainingConstraints": baseline.file("before.json"),
            "Bias.PostTrainingConstraints": baseline.file("after.json"),
            "Explainability.Constraints": baseline.file("shap.json"),
            "Explainability.ConfigFile": baseline.file("shap-config.json"),
            "ModelQuality.Statistics": baseline.file("metrics.json"),
            "ModelQuality.Constraints": baseline.file("constraints.json"),
            "ModelDataQuality.Statistics": baseline.file("data.json"),
            "ModelDataQuality.Constraints": baseline.file("data-constraints.json"),
        },
        content_types=("text/csv",),
        response_types=("application/json",),
        realtime_instance_types=("ml.m5.large", "ml.m5.xlarge"),
        transform_instance_types=("ml.m5.4xlarge",),
        approval_status=approval,
        description="Delays",
        metadata={"data": data_uri, "owner": "team"},
        environment={"WORKERS": "2"},
    )
    registered.set_retry(3).set_display_name("Register")
    dsl.register_model(model=dsl.importer("s3://elsewhere/model.tar.gz", Model))


@dsl.pipeline(name="values", description="Parameters and what can be made of them.")
def values(
    needed: str,
    mode: Literal["fast", "full"] = "fast",
    count: int = 3,
    share: float = 1,
    strict: bool = False,
    columns: list = ["a"],  # noqa: B006 - never changed
    options: dict = {"deep": [1, 2]},  # noqa: B006 - never changed
) -> None:
    raw = dsl.importer(dsl.join("s3://", needed, "/", dsl.EXECUTION_ID), Dataset)
    look(raw=raw, mode=mode)
    prepare(raw=raw, share=share, strict=strict, columns=columns, label=needed)
    notify(text=dsl.join(mode, count, share, dsl.join("a", "b", separator="+"), separator="-"))
    notify(text=dsl.PIPELINE_NAME)


@dsl.pipeline(name="loops")
def loops(data_uri: str, boosters: list = ["gbtree", "dart"]) -> None:  # noqa: B006
    raw = dsl.importer(data_uri, Dataset)
    loop = dsl.ParallelFor(boosters, parallelism=2)
    with loop as item:
        fitted = fit(train=raw, booster=item)
    best = loop.best(fitted.outputs["metrics"]["auc"])
    score(test=raw, model=best["model"])
    score(test=raw, model=dsl.Collected(fitted.outputs["model"])[1])
    with dsl.ParallelFor(look(raw=raw).outputs["names"], name="files") as item:
        inner = look(raw=dsl.importer(item.uri, Dataset), mode=item["mode"])
        prepared = prepare(raw=raw, label=inner.outputs["label"])
    notify(text=dsl.join(dsl.Collected(inner.outputs["rows"])[0]))
    merge(parts=[dsl.Collected(prepared.outputs["train"])[0]])
    with dsl.ParallelFor(["x", "y", "z"], parallelism=2) as text:
        notify(text=text)


@dsl.pipeline(name="exits")
def exits(data_uri: str) -> None:
    raw = dsl.importer(data_uri, Dataset)
    bye = notify(text="bye")
    with dsl.ExitHandler(bye):
        prepared = prepare(raw=raw)
        fitted = fit(train=prepared.outputs["train"])
    notify(text="anyway").after(fitted).ignore_upstream_failure()
    notify(text="stopped").after(fitted, trigger="Stopped").after(prepared, trigger="Failed")
    scored = score(test=prepared.outputs["test"], model=fitted.outputs["model"])
    dsl.cleanup(
        prepared.outputs["train"].file("a.csv"), prepared.outputs["train"].file("b.csv"), fitted
    ).after(scored)
