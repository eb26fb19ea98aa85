"""Measure importing, compiling and checking beside the peers; write results/ (see README.md)."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from places import HERE, LIBRARY, OFFLINE, PEERS, peers_python
from timing import Process, exponent, machine, measure, medians, run

OURS = {"PYTHONPATH": f"{LIBRARY}:{HERE / 'project' / 'src'}"}
ALL_OF_IT = "from sagepipe.dsl import *"  # `import sagepipe.dsl` leaves out what pipelines need
SIZES = (100, 200, 500, 1000, 2000)


def imports(python: Path, rounds: int) -> dict[str, Any]:
    """Measure what ``import`` adds to starting the same Python."""
    found = medians(
        measure(
            [
                Process("python", [python, "-c", "pass"]),
                Process("sagepipe.dsl", [python, "-c", ALL_OF_IT], None, OURS),
                Process("kfp.dsl", [python, "-W", "ignore", "-c", "import kfp.dsl"]),
            ],
            rounds,
        )
    )
    bare = found.pop("python")
    net = {name: seconds - bare for name, seconds in found.items()}
    return {"python alone": bare, **net, "ratio": net["kfp.dsl"] / net["sagepipe.dsl"]}


def cold(python: Path, rounds: int) -> dict[str, Any]:
    """Measure a whole process that compiles one pipeline of six steps."""
    ours = Process(
        "sagepipe compile",
        [sys.executable, "-m", "sagepipe.cli", "compile", "-o", "-"],
        HERE / "project",
        OURS,
    )
    theirs = Process("SageMaker SDK", [python, "-W", "ignore", "training_sdk.py"], PEERS, OFFLINE)
    mine, other = (step_names(run(process)) for process in (ours, theirs))
    assert mine == other, f"not the same pipeline: {mine}, {other}"
    found = medians(measure([ours, theirs], rounds))
    return {**found, "ratio": found["SageMaker SDK"] / found["sagepipe compile"]}


def step_names(printed: str) -> list[str]:
    """Name the steps of a definition that was printed."""
    return [f"{step['Name']} {step['Type']}" for step in json.loads(printed)["Steps"]]


def warm(python: Path, rounds: int, slow_rounds: int) -> dict[str, Any]:
    """Measure a chain of steps, compiled and checked in a process that is warm."""
    sizes = [str(size) for size in SIZES]
    ours = [
        json.loads(run(Process("many", [sys.executable, "many.py", *sizes], HERE, OURS)))
        for _ in range(3)
    ]
    compiled = {size: sorted(found["compile"][str(size)] for found in ours)[1] for size in SIZES}
    kfp, sdk = (
        float(run(Process(name, [python, "-W", "ignore", name, "100", str(count)], PEERS, OFFLINE)))
        for name, count in (("many_kfp.py", rounds), ("many_sdk.py", slow_rounds))
    )
    return {
        "sagepipe, by steps": compiled,
        "exponent": exponent(compiled),
        "check, 100 steps": sorted(found["check"] for found in ours)[1],
        "kfp, 100 steps": kfp,
        "SageMaker SDK, 100 steps": sdk,
    }


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, str, bool]]:
    """Write what was measured beside its target: what, ours, the peer's, the target, met."""
    importing, compiling, many = found["import"], found["compile"], found["warm"]
    hundred = many["sagepipe, by steps"][100]
    return [
        (
            "`from sagepipe.dsl import *`, cold, beside `import kfp.dsl`",
            milliseconds(importing["sagepipe.dsl"]),
            f"{milliseconds(importing['kfp.dsl'])} ({importing['ratio']:.1f} times)",
            "< 50 ms, < 1/5",
            importing["sagepipe.dsl"] < 0.05 and importing["ratio"] > 5,
        ),
        (
            "`sagepipe compile`, cold process, beside the SageMaker SDK",
            milliseconds(compiling["sagepipe compile"]),
            f"{milliseconds(compiling['SageMaker SDK'])} ({compiling['ratio']:.1f} times)",
            "< 300 ms, < 1/5",
            compiling["sagepipe compile"] < 0.3 and compiling["ratio"] > 5,
        ),
        (
            "100 steps compiled and written, warm",
            milliseconds(hundred),
            f"kfp {milliseconds(many['kfp, 100 steps'])}, "
            f"SageMaker SDK {milliseconds(many['SageMaker SDK, 100 steps'])}",
            "< 20 ms",
            hundred < 0.02,
        ),
        (
            f"exponent of the time in steps, {SIZES[0]} to {SIZES[-1]}",
            f"{many['exponent']:.2f}",
            "",
            "about 1",
            many["exponent"] < 1.15,
        ),
        (
            "100 steps checked, warm",
            milliseconds(many["check, 100 steps"]),
            "",
            "< 1000 ms",
            many["check, 100 steps"] < 1,
        ),
    ]


def milliseconds(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds * 1000:.0f} ms"


def report(found: dict[str, Any]) -> str:
    """Write the results for people."""
    where = ", ".join(f"{name} {text}" for name, text in found["machine"].items() if text)
    lines = [
        "# Results",
        "",
        where,
        "",
        "| What | sagepipe | Peer | Target | |",
        "|---|---|---|---|---|",
    ]
    for what, ours, theirs, target, met in rows(found):
        lines.append(
            f"| {what} | {ours} | {theirs} | {target} | {'met' if met else '**missed**'} |"
        )
    sizes = found["warm"]["sagepipe, by steps"]
    lines += ["", "| Steps | Compiled and written, warm | A step |", "|---|---|---|"]
    for size, seconds in sizes.items():
        lines.append(f"| {size} | {milliseconds(seconds)} | {seconds / size * 1e6:.0f} µs |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="a Python that has the peers installed")
    parser.add_argument("--rounds", type=int, default=15, help="how often each process runs")
    parser.add_argument("--slow-rounds", type=int, default=3, help="the same for the SageMaker SDK")
    given = parser.parse_args()
    python = peers_python(given.peers)
    found: dict[str, Any] = {"machine": machine()}
    found["import"] = imports(python, given.rounds)
    found["compile"] = cold(python, given.slow_rounds)
    found["warm"] = warm(python, given.rounds, min(given.slow_rounds, 1))
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    (results / "latest.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (results / "latest.md").write_text(report(found), encoding="utf-8")
    print(report(found), end="")


if __name__ == "__main__":
    main()
