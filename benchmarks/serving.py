"""Measure servers on this machine side by side; write results/serving.* (see README.md)."""

import argparse
import http.client
import json
import re
import shutil
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import serving_report
from places import HERE, LIBRARY
from serving_runners import SERVERS, Running, Server, ceilings, ours, peers
from timing import Process, machine, run

ROUNDS = 3
SECONDS = 4
CLIENTS = (1, 32)
CSV_WARMING, CSV_REQUESTS = 4, 25  # each of several workers has its first
STARTING_SECONDS = 120


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(server: Server, port: int) -> tuple[Running, float]:
    """Start a server and wait for its first 200 on /ping.

    Returns:
        It, and the seconds that it took.

    Raises:
        RuntimeError: There was none.
    """
    start = time.perf_counter()
    running = Running(server, port)
    while time.perf_counter() - start < STARTING_SECONDS:
        try:
            if ask(port, "GET", "/ping")[0] == 200:
                return running, time.perf_counter() - start
        except OSError:
            pass
        time.sleep(0.005)
    running.stop()
    raise RuntimeError(f"{server.name} did not answer within {STARTING_SECONDS} s")


def ask(
    port: int, method: str, path: str, body: bytes | None = None, content_type: str = ""
) -> tuple[int, bytes]:
    """Send one request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": content_type} if body else {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def load(wrk: str, port: int, clients: int, body: Path, seconds: int) -> dict[str, float]:
    """Ask for one row again and again, each client over a connection that it keeps.

    Returns:
        Requests a second and milliseconds of the median and the slowest in a hundred.

    Raises:
        RuntimeError: Some were not answered with 200.
    """
    script = body.with_suffix(".lua")
    script.write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [==[{body.read_text()}]==]\n"
        "done = function(summary, latency, requests)\n"
        "  local e = summary.errors\n"
        '  print("RESULT " .. summary.requests / summary.duration * 1e6 .. " "\n'
        '    .. latency:percentile(50) / 1000 .. " " .. latency:percentile(99) / 1000 .. " "\n'
        "    .. e.status + e.connect + e.read + e.write + e.timeout)\nend\n"
    )
    url = f"http://127.0.0.1:{port}/invocations"
    options = ["-t1", f"-c{clients}", f"-d{seconds}", "--timeout", "60", "-s", script]
    printed = run(Process("wrk", [wrk, *options, url]))
    found = re.search(r"RESULT (\S+) (\S+) (\S+) (\S+)", printed)
    if found is None or float(found[4]):
        raise RuntimeError(f"not every request was answered with 200:\n{printed}")
    return {"a second": float(found[1]), "p50 ms": float(found[2]), "p99 ms": float(found[3])}


def csv_seconds(port: int, body: bytes) -> float:
    """Take the median of answering 10,000 rows of CSV."""
    times = []
    for _ in range(CSV_WARMING + CSV_REQUESTS):
        start = time.perf_counter()
        status, answer = ask(port, "POST", "/invocations", body, "text/csv")
        times.append(time.perf_counter() - start)
        if status != 200:
            raise RuntimeError(f"10,000 rows of CSV: {status} {answer[:200]!r}")
    return statistics.median(times[CSV_WARMING:])


def memory(running: Running) -> dict[str, float]:
    """Add up a server's memory, in MB: what is shared counts once; and the largest process."""
    proportional, resident = [], []
    for process in running.processes():
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        for name, sizes in (("Pss", proportional), ("Rss", resident)):
            found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
            sizes.append(int(found[1]) / 1024 if found else 0.0)
    return {"all": sum(proportional), "sum of rss": sum(resident), "largest": max(resident)}


def measured(server: Server, folder: Path, wrk: str, seconds: int) -> dict[str, Any]:
    """Start a server once, and measure everything."""
    port = free_port()
    running, start = started(server, port)
    try:
        row = folder / server.row
        load(wrk, port, max(CLIENTS), row, 1)
        loads = {str(clients): load(wrk, port, clients, row, seconds) for clients in CLIENTS}
        idle = memory(running)
        csv = csv_seconds(port, (folder / "rows.csv").read_bytes())
        return {"start": start, **loads, "csv": csv, "memory": idle}
    finally:
        running.stop()


IN_PROCESS = """
import sys, time, statistics
from pathlib import Path
from sagepipe.serving import defaults, engines
from sagepipe.serving.schema import Schema
folder, body = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
model, schema, times = engines.load(folder), Schema.read(folder), []
for _ in range(int(sys.argv[3]) + int(sys.argv[4])):
    start = time.perf_counter()
    defaults.predict(model, defaults.parse(body, "text/csv", schema))
    times.append(time.perf_counter() - start)
print(statistics.median(times[int(sys.argv[3]) :]))
"""


def in_process(folder: Path, engine: str) -> float:
    """Parse and predict 10,000 rows of CSV without a server."""
    counts = [str(CSV_WARMING), str(CSV_REQUESTS)]
    arguments = [folder / engine / "model", folder / "rows.csv", *counts]
    environment = {"PYTHONPATH": str(LIBRARY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", IN_PROCESS, *arguments]
    return float(run(Process("in process", command, environment=environment)))


def merged(rounds: Sequence[Any]) -> Any:
    """Take the median of each number, and keep them all."""
    if isinstance(rounds[0], dict):
        return {key: merged([one[key] for one in rounds]) for key in rounds[0]}
    return {"median": statistics.median(rounds), "all": [round(one, 5) for one in rounds]}


def everything(given: argparse.Namespace, wrk: str, folder: Path) -> dict[str, Any]:
    """Measure all servers in turns."""
    found: dict[str, Any] = {"machine": machine(), "rounds": given.rounds}
    environment = {"PYTHONPATH": str(LIBRARY)}
    make = [sys.executable, SERVERS / "make_models.py", folder]
    run(Process("make_models.py", make, environment=environment))
    servers = [*ours(folder), *peers(folder), *ceilings(folder)]
    rounds: dict[str, list[Any]] = {server.name: [] for server in servers}
    alone: dict[str, list[float]] = {"onnx": [], "sklearn": []}
    for server in servers:  # once before it counts: bytecode is compiled, files are in memory
        started(server, free_port())[0].stop()
    for number in range(given.rounds):
        for server in servers:
            print(f"round {number + 1}: {server.name}", file=sys.stderr)
            rounds[server.name].append(measured(server, folder, wrk, given.seconds))
        for engine, times in alone.items():
            times.append(in_process(folder, engine))
    found["servers"] = {name: merged(one) for name, one in rounds.items()}
    found["in process"] = {name: merged(times) for name, times in alone.items()}
    found["machine"]["load after"] = machine()["load before"]
    return found


def main() -> None:
    """Measure everything and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of load, each time")
    parser.add_argument("--wrk", help="the load generator, where it is not on the PATH")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where to write")
    given = parser.parse_args()
    wrk = given.wrk or shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk, the load generator, is not here: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        found = everything(given, wrk, Path(folder))
    given.results.mkdir(exist_ok=True)
    content = json.dumps(found, indent=2) + "\n"
    (given.results / "serving.json").write_text(content, encoding="utf-8")
    text = serving_report.report(found)
    (given.results / "serving.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
