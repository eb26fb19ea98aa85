"""Components and a pipeline that the local runner's tests run from source to result."""

from pathlib import Path
from typing import Literal, NamedTuple

from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


class Stats(NamedTuple):
    """What ``look`` returns."""

    rows: int
    names: list
    widest: str


@dsl.component
def look(raw: Input[Dataset], note: str | None = None) -> Stats:
    """Count lines and list the first words."""
    lines = Path(raw.path).read_text().splitlines()
    return Stats(len(lines), [line.split()[0] for line in lines], max(lines, key=len))


@dsl.component
def repeat(raw: Input[Dataset], out: Output[Dataset], times: int, mark: str) -> int:
    """Write the table several times over."""
    text = Path(raw.path).read_text() * times
    Path(out.path).write_text(f"{mark}\n{text}")
    return len(text.splitlines())


@dsl.component
def merge(parts: Input[list[Dataset]], sizes: list, names: list, whole: Output[Dataset]) -> None:
    """Put parts together, with what is known of them."""
    marks = [Path(part.path).read_text().partition("\n")[0] for part in parts]
    Path(whole.path).write_text(f"{marks} {sizes} {names}")


@dsl.component(kind="training", metrics=("auc", "by_class.late"))
def fit(
    train: Input[Dataset],
    model: Output[Model],
    metrics: Output[Metrics],
    auc: float,
    mode: Literal["fast", "full"] = "fast",
) -> None:
    """Fit nothing; say how good it is."""
    Path(model.directory, "model.txt").write_text(mode)
    metrics.log_metric("auc", auc)
    metrics.metadata["by_class"] = {"late": auc / 2}


@dsl.component
def tell(text: str, told: Output[Dataset], number: float = 0) -> None:
    """Write something down."""
    Path(told.path).write_text(f"{text} {number}")


@dsl.pipeline(name="both")
def both(
    data_uri: str,
    auc: float = 0.75,
    enough: int = 2,
    mode: Literal["fast", "full"] = "fast",
) -> None:
    """Returned values and a training metric decide; a loop's outputs are collected."""
    raw = dsl.importer(data_uri, Dataset)
    seen = look(raw=raw)
    with dsl.ParallelFor([{"times": 1, "mark": "a"}, {"times": 3, "mark": "b"}]) as item:
        made = repeat(raw=raw, times=item.times, mark=item.mark)
    merge(
        parts=dsl.Collected(made.outputs["out"]),
        sizes=dsl.Collected(made.outputs["Output"]),
        names=seen.outputs["names"],
    )
    fitted = fit(train=dsl.Collected(made.outputs["out"])[1], auc=auc, mode=mode)
    metrics = fitted.outputs["metrics"]
    with dsl.If((seen.outputs["rows"] >= enough) & (metrics["auc"] > 0.7), name="good"):
        tell(text=dsl.join("good: ", seen.outputs["widest"]), number=metrics["by_class.late"])
    with dsl.Elif(metrics["by_class.late"].in_([0.25]) & (mode == "full")):
        tell(text="fair")
    with dsl.Else():
        dsl.fail(dsl.join("poor: ", seen.outputs["rows"], " rows, auc ", metrics["auc"]))


@dsl.component
def stop_if(text: str, bad: str) -> str:
    """Fail where two texts are the same."""
    if text == bad:
        raise ValueError(f"{text} it is")
    return text


@dsl.pipeline(name="rounds")
def rounds(data_uri: str, bars: list = [{"auc": 0.5, "mode": "fast"}]) -> None:  # noqa: B006
    """Loops over what only the run knows: a task's list, a parameter's objects."""
    raw = dsl.importer(data_uri, Dataset)
    with dsl.ParallelFor(look(raw=raw).outputs["names"], parallelism=2, name="words") as word:
        made = repeat(raw=raw, times=1, mark=word)
        merge(parts=[made.outputs["out"]], sizes=[1], names=[])
    tell(text=dsl.join("rows of the second: ", dsl.Collected(made.outputs["Output"])[1]))
    with (loop := dsl.ParallelFor(bars, name="bars")) as bar:
        fitted = fit(train=dsl.Collected(made.outputs["out"])[0], auc=bar.auc, mode=bar.mode)
    best = loop.best(fitted.outputs["metrics"]["auc"])
    dsl.register_model(model=best["model"], group="best")


@dsl.pipeline(name="exits")
def exits(data_uri: str, bad: str = "none") -> None:
    """An exit task, one that runs in spite of a failure, and files that are cleaned up."""
    bye = tell(text=dsl.join("bye ", dsl.EXECUTION_ID))
    with dsl.ExitHandler(bye):
        first = stop_if(text="first", bad=bad)
        second = stop_if(text="second", bad=bad).after(first)
        written = tell(text=second.output)
    tell(text="anyway").after(first).ignore_upstream_failure()
    tell(text="sorry").after(first, trigger="Failed")
    dsl.cleanup(written.outputs["told"].file("told"))
