"""The results of ``serving.py`` for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ONNX, SKLEARN, MLFLOW = "sagepipe, onnx", "sagepipe, sklearn", "mlflow models serve"
AWS = "AWS's"


@dataclass(frozen=True)
class Target:
    """A bound on a ratio.

    Attributes:
        server: Whose number.
        of: What is measured.
        path: Where it stands in the results.
        peer: Whose it is compared with.
        bound: The ratio.
        at_least: Whether the ratio has to be that large; that small otherwise.
    """

    server: str
    of: str
    path: tuple[str, ...]
    peer: str
    bound: float
    at_least: bool = False


MANY = "one row, 32 clients: requests a second"
TARGETS = (
    Target(ONNX, "one row, 1 client: p50", ("1", "p50 ms"), MLFLOW, 0.03),
    Target(ONNX, "one row, 1 client: p50", ("1", "p50 ms"), AWS, 0.04),
    Target(ONNX, MANY, ("32", "a second"), MLFLOW, 60, True),
    Target(ONNX, MANY, ("32", "a second"), AWS, 45, True),
    Target(ONNX, "one row, 32 clients: p99", ("32", "p99 ms"), MLFLOW, 1),
    Target(ONNX, "one row, 32 clients: p99", ("32", "p99 ms"), AWS, 1),
    Target(ONNX, "start to the first 200", ("start",), MLFLOW, 0.15),
    Target(ONNX, "start to the first 200", ("start",), AWS, 0.5),
    Target(SKLEARN, MANY, ("32", "a second"), MLFLOW, 12, True),
    Target(SKLEARN, "one row, 1 client: p50", ("1", "p50 ms"), MLFLOW, 0.6),
    Target(SKLEARN, "start to the first 200", ("start",), MLFLOW, 0.35),
    Target(SKLEARN, "memory", ("memory", "all"), MLFLOW, 0.6),
)
CSV_TARGET = 1.2
WORKER_TARGET_MB = 90


def report(found: Mapping[str, Any]) -> str:
    """Write everything that was measured as Markdown."""
    where = ", ".join(f"{name} {text}" for name, text in found["machine"].items() if text)
    lines = [
        "# Serving",
        "",
        where,
        "",
        f"Medians of {found['rounds']} interleaved rounds. One row of 20 columns as JSON, asked by",
        "wrk over kept connections; 10,000 rows of CSV, one request after the other. Memory: what",
        "processes share counts once; in brackets the largest process by itself. A constant is",
        "what uvicorn does with as many processes and no model: HTTP and the client leave no more.",
        "The bare session is the same model with nothing around it but JSON; neither reads CSV.",
        "",
        *servers(found),
        "",
        *targets(found),
    ]
    return "\n".join(lines) + "\n"


def servers(found: Mapping[str, Any]) -> list[str]:
    """Write what each server did."""
    head = ("Server", "1 client", "32 clients", "10,000 rows", "First 200", "Memory")
    lines = [row(*head), row(*["---"] * len(head))]
    for name, one in found["servers"].items():
        memory = one["memory"]
        lines.append(
            row(
                name,
                asked(one["1"]),
                asked(one["32"]),
                f"{one['csv']['median'] * 1000:.0f} ms",
                f"{one['start']['median']:.2f} s",
                f"{memory['all']['median']:.0f} MB ({memory['largest']['median']:.0f})",
            )
        )
    alone = found["in process"]
    lines += [
        row(f"in process, {name}", "", "", f"{one['median'] * 1000:.0f} ms", "", "")
        for name, one in alone.items()
    ]
    return lines


def targets(found: Mapping[str, Any]) -> list[str]:
    """Write which targets are met."""
    lines = [row("Server", "What", "Beside", "Ratio", "Target", ""), row(*["---"] * 6)]
    for target in TARGETS:
        ratio = value(found, target.server, target.path) / value(found, target.peer, target.path)
        met = ratio >= target.bound if target.at_least else ratio <= target.bound
        bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g}"
        peer = named(found, target.peer)
        lines.append(row(target.server, target.of, peer, f"{ratio:.3g}", bound, verdict(met)))
    ratio = value(found, ONNX, ("csv",)) / found["in process"]["onnx"]["median"]
    met = verdict(ratio <= CSV_TARGET)
    bound = f"at most {CSV_TARGET:g}"
    lines.append(row(ONNX, "10,000 rows of CSV", "in process", f"{ratio:.3g}", bound, met))
    largest = value(found, ONNX, ("memory", "largest"))
    met = verdict(largest <= WORKER_TARGET_MB)
    bound = f"at most {WORKER_TARGET_MB} MB"
    lines.append(row(ONNX, "memory of a process", "", f"{largest:.0f} MB", bound, met))
    return lines


def value(found: Mapping[str, Any], server: str, path: tuple[str, ...]) -> float:
    """Find a number in the results."""
    one: Any = found["servers"][named(found, server)]
    for key in path:
        one = one[key]
    median: float = one["median"]
    return median


def named(found: Mapping[str, Any], server: str) -> str:
    """Find a server's name; AWS's stack is called by what there was of it."""
    if server != AWS:
        return server
    return next(name for name in found["servers"] if "Flask" in name)


def asked(one: Mapping[str, Any]) -> str:
    """Write what a load came to."""
    numbers = (one[key]["median"] for key in ("a second", "p50 ms", "p99 ms"))
    return "{:,.0f}/s, p50 {:.2f} ms, p99 {:.1f} ms".format(*numbers)


def verdict(met: bool) -> str:
    """Say whether a target is met."""
    return "met" if met else "**missed**"


def row(*cells: str) -> str:
    """Write a row of a table."""
    return f"| {' | '.join(cells)} |"
