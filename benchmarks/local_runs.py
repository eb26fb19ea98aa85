"""Measure runs on this machine beside the peers; write results/local.* (see README.md)."""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import local_report
from places import HERE, peers_python
from runners import IMAGE, Runner, Scratch, auc, fault, ours, peers, remove_containers, sdk
from timing import Process, machine, measure

# Steps by workload, shortest first. Ten steps beside each other have one before and two after them,
# as Metaflow's flows have to start, join and end.
CHAINS = {"chain-1": 1, "chain-10": 10, "wide-10": 13, "chain-100": 100}
ROUNDS = {"chain-1": 5, "chain-10": 5, "wide-10": 3, "chain-100": 2, "flight": 2}


def chains(
    runners: Sequence[Runner], pythons: Sequence[Process], rounds: Mapping[str, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Measure each chain with all runners in turns, and between them the bare start of Python.

    Every run has to run all of its steps.

    Returns:
        The summaries by chain and runner, and those of the bare starts.
    """
    found = {}
    starts: dict[str, list[float]] = {process.name: [] for process in pythons}
    for name, steps in CHAINS.items():
        print(name, file=sys.stderr)
        processes = [runner.on_chain(name) for runner in runners if steps <= runner.most_steps]
        check = all_ran(runners, name)
        times = measure([*pythons, *processes], rounds[name], name == "chain-1", check)
        for process in pythons:
            starts[process.name] += times.pop(process.name)
        found[name] = summaries(times)
    return found, summaries(starts)


def all_ran(runners: Sequence[Runner], chain: str) -> Callable[[Process, str], None]:
    """Make the check that a runner ran all steps of a chain."""
    counts = {runner.name: runner.count for runner in runners}

    def check(process: Process, printed: str) -> None:
        if process.name in counts and (count := counts[process.name](printed)) != CHAINS[chain]:
            raise RuntimeError(f"{process.name} ran {count} steps of {chain}: {printed}")

    return check


def overhead(
    runners: Sequence[Runner], measured: Mapping[str, Any], python: Mapping[str, Any]
) -> dict[str, Any]:
    """Work out what one more step costs: in all, and beyond the one Python that it needs."""
    found = {}
    for runner in runners:
        longest = max(
            (name for name in ("chain-10", "chain-100") if runner.name in measured[name]),
            key=CHAINS.__getitem__,
        )
        one, many = (measured[name][runner.name]["median"] for name in ("chain-1", longest))
        step = (many - one) / (CHAINS[longest] - 1)
        beyond = step - python[runner.python]["median"]
        found[runner.name] = {"of": longest, "step": step, "beyond": beyond}
    return found


def flights(runners: Sequence[Runner], scratch: Scratch, rounds: int) -> dict[str, Any]:
    """Measure the flight pipeline; every model has to be the same one."""
    print("flight", file=sys.stderr)
    seen: set[str] = set()

    def check(process: Process, printed: str) -> None:
        seen.add(auc(printed))
        if seen == {""} or len(seen) > 1:
            raise RuntimeError(f"{process.name}: AUC {seen}: {printed}")

    processes = []
    for runner in runners:
        if runner.python == "peers":
            processes.append(flight(runner, runner.folder, "off"))
        else:
            processes.append(flight(runner, scratch.flight, "off", "-p", "mlflow_tracking_uri=off"))
            processes.append(flight(runner, scratch.flight, "on"))
    return {"auc": seen, "times": summaries(measure(processes, rounds, check=check))}


def flight(runner: Runner, folder: Path, mlflow: str, *options: str) -> Process:
    """Make the process that runs the flight pipeline."""
    name = f"{runner.name}, MLflow {mlflow}"
    return Process(name, [*runner.flight, *options], folder, runner.environment)


def pythons(python: Path, scratch: Scratch) -> list[Process]:
    """Start and end the two Pythons."""
    library = {"PYTHONPATH": str(scratch.library)}
    return [
        Process("sagepipe", [sys.executable, "-c", "pass"], scratch.folder, library),
        Process("peers", [python, "-c", "pass"], scratch.folder, library),
    ]


def summaries(times: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Take median, least and most of each."""
    return {
        name: {
            "median": statistics.median(listed),
            "min": min(listed),
            "max": max(listed),
            "all": [round(seconds, 4) for seconds in listed],
        }
        for name, listed in times.items()
    }


def measured(scratch: Scratch, given: argparse.Namespace) -> dict[str, Any]:
    """Measure everything."""
    rounds = {name: given.rounds or count for name, count in ROUNDS.items()}
    python = peers_python(given.peers)
    found: dict[str, Any] = {"machine": machine(), "rounds": rounds, "not run here": {}}
    runners = [*ours(scratch), *peers(scratch, python)]
    containers = sdk(scratch, python, given.image)
    try:
        if reason := fault(containers, "chain-1"):
            found["not run here"][containers.name] = reason
        everyone = runners if reason else [*runners, containers]
        found["chains"], found["python"] = chains(everyone, pythons(python, scratch), rounds)
    finally:
        remove_containers(containers)
    found["overhead"] = overhead(everyone, found["chains"], found["python"])
    if not given.no_flight:
        with_flight = [runner for runner in runners if runner.flight]
        found["flight"] = flights(with_flight, scratch, rounds["flight"])
    found["machine"]["load after"] = machine()["load before"]
    return found


def main() -> None:
    """Measure everything and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="a Python that has the peers installed")
    parser.add_argument("--rounds", type=int, help="the same number of rounds for everything")
    parser.add_argument("--no-flight", action="store_true", help="leave out the flight pipeline")
    parser.add_argument("--image", default=IMAGE, help="the SDK's image; any that has python3")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where to write")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Scratch(Path(folder)), given)
    given.results.mkdir(exist_ok=True)
    content = json.dumps(found, indent=2, default=sorted) + "\n"
    (given.results / "local.json").write_text(content, encoding="utf-8")
    text = local_report.report(found)
    (given.results / "local.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
