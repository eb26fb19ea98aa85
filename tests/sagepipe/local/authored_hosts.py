"""Components of several machines, and on spot machines, that the local runner's tests run."""

import os
import signal
from pathlib import Path

from sagepipe import dsl
from sagepipe.contract import paths
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


@dsl.component(instance_count=3)
def shout(raw: Input[Dataset], out: Output[Dataset], hosts: dsl.Hosts) -> int:
    """Shout what one machine's share of the files says."""
    files = sorted(Path(raw.directory).iterdir())
    for file in files:
        text = f"{hosts.current} of {len(hosts.all)}: {file.read_text()}".upper()
        (Path(out.directory) / file.name).write_text(text)
    return len(files)


@dsl.component(kind="training", instance_count=2, metrics=("epochs",))
def fit(
    train: Input[Dataset], model: Output[Model], metrics: Output[Metrics], hosts: dsl.Hosts
) -> None:
    """Count epochs over interruptions; every machine adds a part of the model."""
    kept = paths.relocate(paths.CHECKPOINTS) / hosts.current
    before = int(kept.read_text()) if kept.exists() else 0
    kept.write_text(str(before + 1))
    if not before:
        signal.pause()  # until the interruption
    (Path(model.directory) / hosts.current).write_text(str(len(os.listdir(train.directory))))
    if hosts.is_first:
        metrics.log_metric("epochs", before + 1)


@dsl.pipeline(name="hosts")
def several(data_uri: str, machines: int = 2) -> None:
    """A share of the files for each machine, and training that is interrupted."""
    raw = dsl.sharded(dsl.importer(data_uri, Dataset))
    shouted = shout(raw=raw).set_instance_count(machines)
    fitted = fit(train=shouted.outputs["out"])
    fitted.set_max_runtime(600).set_spot(max_wait_seconds=1200)
