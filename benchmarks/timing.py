"""Interleaved rounds, medians, and the machine that they were measured on."""

import math
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A command to measure from its start to its end.

    Attributes:
        name: What it is.
        command: The program and its arguments.
        folder: Where it runs.
        environment: Variables besides those of this process.
        most_rounds: How often it is measured where there are more rounds than that.
    """

    name: str
    command: Sequence[str | Path]
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    most_rounds: int | None = None


def measure(
    processes: Sequence[Process],
    rounds: int,
    warm_up: bool = True,
    check: Callable[[Process, str], None] | None = None,
) -> dict[str, list[float]]:
    """Run commands in turn, each once before it counts.

    Args:
        processes: The commands.
        rounds: How often each is measured.
        warm_up: Whether each runs once before; no where they have run already.
        check: Called with what a command printed, after its time was taken; raises if it is wrong.

    Returns:
        Seconds by the command's name.
    """
    times: dict[str, list[float]] = {process.name: [] for process in processes}
    for number in range(rounds + warm_up):
        for process in processes:
            if number - warm_up >= (process.most_rounds or rounds):
                continue
            start = time.perf_counter()
            printed = run(process)
            seconds = time.perf_counter() - start
            if check:
                check(process, printed)
            if number >= warm_up:
                times[process.name].append(seconds)
    return times


def run(process: Process) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        RuntimeError: It failed.
    """
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [str(word) for word in process.command],
        cwd=process.folder,
        env={**inherited, **(process.environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{process.name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def medians(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Take the median of each."""
    return {name: statistics.median(listed) for name, listed in times.items()}


def exponent(points: Mapping[int, float]) -> float:
    """Fit ``time = c * size ** k``.

    Args:
        points: Times by size.

    Returns:
        ``k``: 1 for time that grows with size, 2 for its square.
    """
    logs = [(math.log(size), math.log(seconds)) for size, seconds in points.items()]
    return statistics.linear_regression(*zip(*logs, strict=True)).slope


def machine() -> dict[str, str]:
    """Describe the machine."""
    cpu = platform.processor() or platform.machine()
    memory = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if "model name" in line), cpu)
        kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
        memory = f"{kilobytes / 2**20:.0f} GB"
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return {
        "date": date.today().isoformat(),
        "processor": f"{cpu}, {os.cpu_count()} cores",
        "memory": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load before": load,
    }
