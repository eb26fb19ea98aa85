"""A pipeline that uses all of the language, for the compiler's tests."""

from typing import Literal, NamedTuple

from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


class Stats(NamedTuple):
    """What ``look`` returns."""

    rows: int
    names: list
    share: float


@dsl.component
def look(raw: Input[Dataset], mode: Literal["fast", "full"] = "fast") -> Stats:
    """Look at a table.

    Args:
        raw: The table.
        mode: How thoroughly.
    """


@dsl.component
def total(
    raw: Input[Dataset], note: str | None = None, extra: Input[Dataset] | None = None
) -> float:
    """Add something up."""


@dsl.component
def part(raw: Input[Dataset], out: Output[Dataset], n: int, name: str = "") -> int:
    """Take a part of a table."""


@dsl.component
def merge(
    parts: Input[list[Dataset]], out: Output[Dataset], sizes: list, weights: dict | None = None
) -> None:
    """Put parts together."""


@dsl.component(kind="training", metrics=("auc", "by_class.late"))
def fit(
    train: Input[Dataset],
    model: Output[Model],
    metrics: Output[Metrics],
    rate: float = 0.1,
    depth: int = 3,
    kind: str = "a",
) -> None:
    """Fit a model."""


@dsl.component(instance_type="ml.m5.large")
def score(data: Input[Dataset], metrics: Output[Metrics], report: Output[Dataset]) -> None:
    """Score a model."""


@dsl.component
def notify(text: str) -> None:
    """Tell people."""


@dsl.component(instance_count=3)
def shard(raw: Input[Dataset], out: Output[Dataset], hosts: dsl.Hosts) -> None:
    """Work on a share of the files."""


@dsl.pipeline(name="inner")
def inner(data_uri: str, rows: int = 5):
    """A pipeline inside another."""
    return part(raw=dsl.importer(data_uri, Dataset), n=rows).outputs["out"]


@dsl.pipeline(name="whole")
def whole(
    data_uri: str,
    mode: Literal["fast", "full"] = "fast",
    items: list = [1, 2],  # noqa: B006 - never changed
    strict: bool = True,
    machines: int = 2,
    key: str = "alias/team",
) -> None:
    """All of the language."""
    raw = dsl.importer(data_uri, Dataset)
    seen = look(raw=raw, mode=mode).set_caching_options(True, "P30D")
    shard(raw=dsl.sharded(raw)).set_instance_count(machines).set_retry(3, "30s")

    with dsl.ParallelFor([{"n": 1, "name": "a"}, {"n": 2, "name": "b"}], parallelism=1) as item:
        piece = part(raw=raw, n=item.n, name=item["name"])
        with dsl.If(piece.outputs["Output"] > 100):
            notify(text=dsl.join("large: ", item.name))
    merged = merge(
        parts=dsl.Collected(piece.outputs["out"]), sizes=dsl.Collected(piece.outputs["Output"])
    )
    total(raw=dsl.Collected(piece.outputs["out"])[0], note="x", extra=raw)

    with dsl.ParallelFor(["x", "y"]) as name, dsl.ParallelFor([1, 2]) as n:
        part(raw=raw, n=n, name=name)

    with (loop := dsl.ParallelFor(seen.outputs["names"], parallelism=3, name="kinds")) as kind:
        fitted = fit(train=merged.output, kind=kind).set_spot(90_000)
        scored = score(data=merged.output)
    best = loop.best(fitted.outputs["metrics"]["auc"])
    dsl.register_model(
        model=best["model"],
        metadata={"machines": machines},
        drift_baselines={
            "ModelDataQuality.Statistics": dsl.Collected(scored.outputs["report"])[0].file("s.json")
        },
    )
    with dsl.ParallelFor(items) as n:
        part(raw=raw, n=n)

    tuned = dsl.tune(
        fit,
        arguments={"train": merged.output},
        ranges={
            "rate": dsl.Continuous(0.01, 0.3, "Logarithmic"),
            "depth": dsl.Integer(2, 9),
            "kind": dsl.Categorical("a", "b"),
        },
        objective="auc",
        max_jobs=4,
        seed=7,
    )
    predicted = dsl.transform(model=tuned.outputs["model"], data=raw, join_source="Input")
    last = fit(train=merged.output).set_kms_key(volume=key, output=key)
    last.set_vpc(("sg-1",), ("subnet-1",)).set_network_isolation()

    checked = score(data=predicted.output).set_display_name("Check").set_description("Look again.")
    metrics = checked.outputs["metrics"]
    with dsl.If(seen.outputs["rows"] > 10, name="enough"):
        notify(text="many")
    with dsl.Elif(
        seen.outputs["rows"].in_([3, 4]) & (mode == "fast")
        | (metrics["by class"]["late"] > last.outputs["metrics"]["by_class.late"])
    ):
        notify(text="few")
    with dsl.Elif(~((strict == True) & (metrics["auc"] >= 0.5))):  # noqa: E712 - a pipeline value
        notify(text="who knows")
    with dsl.Else():
        dsl.fail(dsl.join("none in ", data_uri))

    bye = notify(text=dsl.join("bye ", dsl.EXECUTION_ID)).set_env_variable("N", machines)
    with dsl.ExitHandler(bye):
        first = part(raw=raw, n=1)
        second = part(raw=first.outputs["out"], n=first.outputs["Output"])
    notify(text="anyway").after(second).ignore_upstream_failure()
    notify(text="it failed").after(second, trigger="Failed")
    trained = fit(train=merged.output)
    dsl.cleanup(first.outputs["out"].file("x.csv"), trained).after(second)

    got = inner(data_uri=data_uri)
    inner(data_uri="s3://bucket/fixed", rows=machines)
    total(raw=got).after(piece)
    told = dsl.step(
        {
            "Name": "tell_them",
            "Type": "Lambda",
            "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
            "Arguments": {"rows": seen.outputs["rows"], "at": got},
            "OutputParameters": [{"OutputName": "k", "OutputType": "String"}],
        }
    )
    notify(text=told.properties.OutputParameters["k"])
