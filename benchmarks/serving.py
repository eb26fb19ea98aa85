"""Measure the server with each engine; write results/serving.md and .json (see README.md)."""

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cookiecutter.main import cookiecutter
from places import HERE, TEMPLATE
from timing import machine

ENGINES = ("onnx", "sklearn")
READY_SECONDS = 60
# What a training job and a processing job do, without a runner around them.
TRAIN = """
import sys
from pathlib import Path
from sagepipe.dsl import HTML, Dataset, Model
from flight_delay.components.preprocess import preprocess
from flight_delay.components.train import train

folder = Path(sys.argv[1])
outputs = {"train": folder / "train", "test": folder / "test", "report": folder / "report"}
for output in outputs.values():
    output.mkdir()
kinds = {"train": Dataset, "test": Dataset, "report": HTML}
made = {name: kinds[name](directory=path, path=path / name) for name, path in outputs.items()}
preprocess.python_func(raw=Dataset(path=Path("data/flights.csv")), **made)
for engine in sys.argv[2:]:
    model = folder / engine / "model"
    train.python_func(
        train=Dataset(directory=outputs["train"]), model=Model(directory=model), engine=engine
    )
"""


def models(folder: Path) -> tuple[Path, Path]:
    """Generate a project and train a model for each engine.

    Returns:
        The project and the folder that holds ``<engine>/model``.
    """
    project = Path(
        cookiecutter(str(TEMPLATE), no_input=True, default_config=True, output_dir=str(folder))
    )
    work = folder / "work"
    work.mkdir()
    command = [sys.executable, "-c", TRAIN, str(work), *ENGINES]
    environment = {**os.environ, "PYTHONPATH": str(project / "src")}
    subprocess.run(command, cwd=project, env=environment, check=True, stdout=subprocess.DEVNULL)
    return project, work


@contextmanager
def served(python: Path, project: Path, base: Path) -> Iterator[tuple[int, int, float]]:
    """Run the project's server.

    Yields:
        Its process, its port, and the seconds from its start to the first 200 on ``/ping``.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "PYTHONPATH": str(project / "src"),
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEPIPE_SERVE_HOST": "127.0.0.1",
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, project / "docker" / "serve.py"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        while not answers(port):
            if process.poll() is not None or time.perf_counter() - started > READY_SECONDS:
                raise RuntimeError(f"the server did not start: status {process.poll()}")
        yield process.pid, port, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(READY_SECONDS)


def answers(port: int) -> bool:
    """Whether /ping says 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /ping HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        time.sleep(0.005)
        return False


async def ask(port: int, request: bytes, clients: int, seconds: float) -> list[float]:
    """Ask again and again over connections that are kept.

    Returns:
        Seconds from each request to its answer.
    """
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (started := time.perf_counter()) < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            await reader.readexactly(length)
            times.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return times


def load(port: int, request: bytes, clients: int, seconds: float) -> dict[str, float]:
    """Ask for one row, after a warm-up."""
    asyncio.run(ask(port, request, clients, seconds / 4))
    times = asyncio.run(ask(port, request, clients, seconds))
    cuts = statistics.quantiles(times, n=100)
    return {"requests/s": len(times) / seconds, "p50 ms": cuts[49] * 1e3, "p99 ms": cuts[98] * 1e3}


def resident(parent: int) -> dict[str, float]:
    """Megabytes in memory: of the largest process, and of all with shared pages once."""
    pids = [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]
    status = [Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() for pid in pids]

    def megabytes(key: str) -> list[float]:
        return [
            int(line.split()[1]) / 1024 for text in status for line in text if line.startswith(key)
        ]

    return {"largest MB": max(megabytes("Rss:")), "all MB": sum(megabytes("Pss:"))}


def row_request(model: Path) -> bytes:
    """Ask for the schema's example."""
    example = json.loads((model / "schema.json").read_text())["example"]
    body = json.dumps({"instances": [example]}).encode()
    head = (
        "POST /invocations HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def one_round(python: Path, project: Path, base: Path, seconds: float) -> dict[str, float]:
    """Start a server, measure it, end it."""
    request = row_request(base / "model")
    with served(python, project, base) as (pid, port, ready):
        one = load(port, request, 1, seconds)
        many = load(port, request, 32, seconds)
        return {
            "start to ping s": ready,
            **{f"1 client: {name}": value for name, value in one.items()},
            **{f"32 clients: {name}": value for name, value in many.items()},
            **resident(pid),
        }


def report(found: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    names = list(next(iter(found["engines"].values())))
    lines = [
        "# Serving, one row a request",
        "",
        ", ".join(f"{key}: {value}" for key, value in found["machine"].items()),
        f"Medians of {found['rounds']} interleaved rounds of {found['seconds']} s each.",
        "",
        "| | " + " | ".join(found["engines"]) + " |",
        "|---" * (len(found["engines"]) + 1) + "|",
    ]
    for name in names:
        values = (f"{engine[name]:.3g}" for engine in found["engines"].values())
        lines.append(f"| {name} | " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    for engine in ENGINES:
        parser.add_argument(
            f"--{engine}", type=Path, default=Path(sys.executable), metavar="PYTHON"
        )
    given = parser.parse_args()
    found: dict[str, Any] = {
        "machine": machine(),
        "rounds": given.rounds,
        "seconds": given.seconds,
    }
    measured: dict[str, list[dict[str, float]]] = {engine: [] for engine in ENGINES}
    with tempfile.TemporaryDirectory() as scratch:
        project, work = models(Path(scratch))
        for number in range(given.rounds + 1):
            for engine in ENGINES:
                seconds = given.seconds if number else 0.5
                values = one_round(getattr(given, engine), project, work / engine, seconds)
                if number:  # the first compiles bytecode
                    measured[engine].append(values)
    found["engines"] = {
        engine: {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
        for engine, rounds in measured.items()
    }
    results = HERE / "results"
    (results / "serving.json").write_text(json.dumps(found, indent=2) + "\n")
    (results / "serving.md").write_text(report(found))
    print(report(found))


if __name__ == "__main__":
    main()
