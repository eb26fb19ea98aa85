"""Measure what recording a step in MLflow costs; write results/tracking.* (see README.md)."""

import argparse
import importlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from places import HERE, LIBRARY
from timing import machine
from tracking_steps import STEPS, Work, make_work

ROUNDS = 7
TABLES = (1_000, 13_000, 1_000_000)
COLUMNS = 20  # half of them text
TARGETS = {"SQLite": 0.150, "HTTP": 0.400}
STARTING_SECONDS = 120
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore",
}


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run MLflow's server over a SQLite store of its own, as ``make ui`` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    with (folder / "server.txt").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        end = time.monotonic() + STARTING_SECONDS
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=5):
                break
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f"no server:\n{(folder / 'server.txt').read_text()}")
            time.sleep(0.1)
        yield address
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
        process.wait(60)


class Imports:
    """Adds up the time that importing modules takes, so that it can be taken off.

    That of this thread: what others import meanwhile holds nothing up that could be taken off.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inside = False
        self._thread = threading.get_ident()
        bootstrap: Any = sys.modules["_frozen_importlib"]
        self._load: Callable[..., Any] = bootstrap._find_and_load
        bootstrap._find_and_load = self._timed

    def _timed(self, *arguments: Any) -> Any:
        if self._inside or threading.get_ident() != self._thread:
            return self._load(*arguments)
        self._inside, start = True, time.perf_counter()
        try:
            return self._load(*arguments)
        finally:
            self._inside = False
            self.seconds += time.perf_counter() - start


def in_child(measure: Callable[[], Any]) -> Any:
    """Call something in a fork of this process, and return what it returns.

    Raises:
        RuntimeError: The child failed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            answer = json.dumps(measure()).encode()
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("a step that was to be measured failed")
    return json.loads(answer)


def one(name: str, uri: str, execution: str, work: Work) -> dict[str, float]:
    """Record a step once, and count."""
    import requests

    asked = 0
    send: Any = requests.Session.send

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return send(*arguments, **options)

    requests.Session.send = counted  # type: ignore[method-assign]
    imports = Imports()
    start, before = time.perf_counter(), time.process_time()
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        STEPS[name](uri, execution, work)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    seconds, processor = time.perf_counter() - start, time.process_time() - before
    return {
        "seconds": seconds - imports.seconds,
        "processor": processor - imports.seconds,
        "imports": imports.seconds,
        "requests": asked,
    }


def loaded(name: str, uri: str, work: Work) -> list[str]:
    """Name all modules that recording a step needs."""
    one(name, uri, "warm-up", work)
    return sorted(sys.modules)


def everything(rounds: int, folder: Path) -> dict[str, Any]:
    """Measure all in turns, each step in a new process that has imported what it needs."""
    found: dict[str, Any] = {"machine": machine(), "rounds": rounds}
    work = make_work()
    measured: dict[str, dict[str, list[dict[str, float]]]] = {}
    (folder / "sqlite").mkdir()
    (folder / "http").mkdir()
    with server(folder / "http") as address:
        places = {"SQLite": f"sqlite:///{folder}/sqlite/mlflow.db", "HTTP": address}
        shutil.copy(folder / "http/mlflow.db", folder / "sqlite")
        for name in STEPS:
            for uri in places.values():
                for module in in_child(lambda n=name, u=uri: loaded(n, u, work)):
                    with suppress(Exception):
                        importlib.import_module(module)
        for number in range(rounds):
            for place, uri in places.items():
                for name in STEPS:
                    print(f"round {number + 1}: {place}, {name}", file=sys.stderr)
                    call = lambda n=name, u=uri, r=number: one(n, u, f"execution-{r}-{n}", work)  # noqa: E731
                    measured.setdefault(place, {}).setdefault(name, []).append(in_child(call))
    found["steps"] = {
        place: {name: summary(times) for name, times in names.items()}
        for place, names in measured.items()
    }
    found["data sets"] = {str(rows): in_child(lambda n=rows: describing(n)) for rows in TABLES}
    found["machine"]["load after"] = machine()["load before"]
    return found


def describing(rows: int) -> dict[str, float]:
    """Time how long a data set's description takes, of which its record is made."""
    import numpy
    import pandas
    from mlflow.data.pandas_dataset import from_pandas

    from sagepipe.tracking import datasets

    random = numpy.random.default_rng(7)
    columns = [random.random(rows) for _ in range(COLUMNS // 2)]
    columns += [random.choice(["a", "bc", "def"], rows) for _ in range(COLUMNS // 2)]
    frame = pandas.DataFrame({f"column_{number}": it for number, it in enumerate(columns)})
    found = {}
    for name, describe in (
        ("sagepipe", lambda: datasets.describe(frame, "train", "fit")),
        ("MLflow", lambda: from_pandas(frame, name="train").to_dict()),
    ):
        start = time.perf_counter()
        describe()
        found[name] = time.perf_counter() - start
    return found


def summary(times: list[dict[str, float]]) -> dict[str, Any]:
    """Take medians, the least and the most."""
    return {
        key: {
            "median": statistics.median(one[key] for one in times),
            "min": min(one[key] for one in times),
            "max": max(one[key] for one in times),
        }
        for key in times[0]
    }


def report(found: Mapping[str, Any]) -> str:
    """Write everything that was measured as Markdown."""
    where = ", ".join(f"{name} {text}" for name, text in found["machine"].items() if text)
    lines = ["# Tracking", "", where, ""]
    lines += [
        "What recording one step takes beyond importing, in ms: median (least to most) of "
        f"{found['rounds']} rounds.",
        "",
        "| Who records | SQLite | over HTTP | requests | target: SQLite, HTTP |",
        "|---|---|---|---|---|",
    ]
    for name in STEPS:
        both = [found["steps"][place][name] for place in TARGETS]
        times = [
            "{median:.0f} ({min:.0f} to {max:.0f})".format(
                **{key: value * 1000 for key, value in one["seconds"].items()}
            )
            for one in both
        ]
        met = [
            "met" if one["seconds"]["median"] < target else "**missed**"
            for one, target in zip(both, TARGETS.values(), strict=True)
        ]
        targets = [
            f"< {target * 1000:.0f} ms {said}"
            for target, said in zip(TARGETS.values(), met, strict=True)
        ]
        last = ", ".join(targets) if name == "sagepipe" else ""
        lines.append(
            f"| {name} | {' | '.join(times)} | {both[1]['requests']['median']:.0f} | {last} |"
        )
    lines += [
        "",
        f"What describing a data set of {COLUMNS} columns takes, in ms, which is part of recording "
        "it:",
        "",
        "| Rows | sagepipe | MLflow |",
        "|---|---|---|",
    ]
    for rows, times in found["data sets"].items():
        both = " | ".join(f"{times[name] * 1000:,.0f}" for name in ("sagepipe", "MLflow"))
        lines.append(f"| {int(rows):,} | {both} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure everything and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where to write")
    given = parser.parse_args()
    os.environ.update(QUIET)
    sys.path.insert(0, str(LIBRARY))
    with tempfile.TemporaryDirectory(prefix="tracking-") as folder:
        found = everything(given.rounds, Path(folder))
    given.results.mkdir(parents=True, exist_ok=True)
    (given.results / "tracking.json").write_text(json.dumps(found, indent=2) + "\n")
    (given.results / "tracking.md").write_text(report(found))
    print(report(found))


if __name__ == "__main__":
    main()
