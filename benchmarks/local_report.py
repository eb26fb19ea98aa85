"""The results of ``local_runs.py`` for people."""

from collections.abc import Mapping
from typing import Any

TARGET = 0.02
TITLES = {
    "chain-1": "1 step",
    "chain-10": "10 steps",
    "chain-100": "100 steps",
    "wide-10": "10 wide",
}


def report(found: Mapping[str, Any]) -> str:
    """Write everything that was measured as Markdown."""
    where = ", ".join(f"{name} {text}" for name, text in found["machine"].items() if text)
    rounds = ", ".join(f"{name} {count}" for name, count in found["rounds"].items())
    lines = [
        "# Local runs",
        "",
        where,
        "",
        f"Whole processes, from start to end: median (least to most). Rounds: {rounds}.",
        "",
        *chains(found),
        "",
        *overhead(found),
    ]
    if "flight" in found:
        lines += ["", *flight(found)]
    if found["not run here"]:
        lines += ["", "Not run here:", ""]
        lines += [f"- {name}: {reason}" for name, reason in found["not run here"].items()]
    return "\n".join(lines) + "\n"


def chains(found: Mapping[str, Any]) -> list[str]:
    """Write how long the chains take."""
    measured = found["chains"]
    lines = [row("Steps that do nothing", *TITLES.values()), row(*["---"] * (len(TITLES) + 1))]
    for name in found["overhead"]:
        times = (measured[chain].get(name) for chain in TITLES)
        lines.append(row(name, *(span(seconds) if seconds else "not run" for seconds in times)))
    lines += [row(name, *["not run here"] * len(TITLES)) for name in found["not run here"]]
    return lines


def overhead(found: Mapping[str, Any]) -> list[str]:
    """Write what a step costs."""
    starts = found["python"]
    lines = [
        "A step is (wall of N steps - wall of 1 step) / (N - 1), of the medians of the longest",
        "chain that a runner is given; beyond Python is that less the one process that a step",
        f"needs: {ms(starts['sagepipe']['median'])} for sagepipe's and "
        f"{ms(starts['peers']['median'])} for the peers' (`python -c pass`, from start to end).",
        "More of them count as the runner's, and so does what it imports in a step of its own.",
        "",
        row("Runner", "A step", "Beyond Python", f"At most {ms(TARGET)}"),
        row(*["---"] * 4),
    ]
    for name, cost in found["overhead"].items():
        met = "" if "sagepipe" not in name else "met" if cost["beyond"] <= TARGET else "**missed**"
        lines.append(row(name, ms(cost["step"]), ms(cost["beyond"]), met))
    return lines


def flight(found: Mapping[str, Any]) -> list[str]:
    """Write how long the flight pipeline takes."""
    lines = [
        "The flight pipeline: the same three components, the same data, the same model "
        f"(AUC {', '.join(found['flight']['auc'])}). sagepipe's run",
        "also decides, registers the model and publishes it.",
        "",
        row("Runner", "Wall"),
        row("---", "---"),
    ]
    return lines + [row(name, span(times)) for name, times in found["flight"]["times"].items()]


def row(*cells: str) -> str:
    """Write a row of a table."""
    return f"| {' | '.join(cells)} |"


def span(times: Mapping[str, float]) -> str:
    """Write a median with what it lies between."""
    return f"{times['median']:.2f} s ({times['min']:.2f} to {times['max']:.2f})"


def ms(seconds: float) -> str:
    """Write a short time."""
    return f"{seconds * 1000:.0f} ms"
