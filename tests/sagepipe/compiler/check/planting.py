"""Planting one mistake at a time in definitions that are right."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sagepipe.compiler.check import check

DEFINITIONS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in (Path(__file__).parent / "sdk_v3").glob("*.json")
}


def planted(definition: str, root: str, mistakes: list[tuple]) -> Iterator[Any]:
    """List mistakes as parameters of a test.

    Args:
        definition: The file that they are planted in.
        root: The path that theirs go on from; paths that begin with ``$`` stand for themselves.
        mistakes: What it is; the path and the value to put there (``...`` takes it out), or several
            by path and where the finding is to be; words of its problem.
    """
    for name, where, what, words in mistakes:
        several = isinstance(where, dict)
        changes = where if several else {where: what}
        changes = {_path(root, path): value for path, value in changes.items()}
        found = _path(root, what if several else where)
        yield pytest.param(definition, changes, found, words, id=name)


def assert_found(definition: str, changes: dict[str, Any], path: str, words: str) -> None:
    """Check a definition after changes, and that there is what there should be and no more."""
    found = check(changed(DEFINITIONS[definition], changes))

    assert {finding.path for finding in found} == {path}
    assert any(words in finding.problem for finding in found), found
    assert all(finding.allowed and finding.source for finding in found)


def changed(definition: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Copy a definition and change it: to a value, or by a function of what is there."""
    found = copy.deepcopy(definition)
    for path, value in changes.items():
        *parents, last = _keys(path)
        parent: Any = found
        for key in parents:
            parent = parent[key]
        if value is ...:
            del parent[last]
        elif isinstance(parent, list) and last == len(parent):
            parent.append(value)
        else:
            parent[last] = value(parent[last]) if callable(value) else value
    return found


def get(path: str) -> dict[str, Any]:
    return {"Get": path}


def join(*values: Any, on: str = "/") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def more(count: int, key: str) -> Any:
    """Add copies of a list's first entry, each with a name and a path of its own."""

    def repeat(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for index in range(count):
            entry = copy.deepcopy(entries[0]) | {key: f"more{index}"}
            for inner in entry.values():
                if isinstance(inner, dict) and "LocalPath" in inner:
                    inner["LocalPath"] += str(index)
            made.append(entry)
        return entries + made

    return repeat


def step(name: str = "More", **fields: Any) -> dict[str, Any]:
    """A step that is right."""
    return {"Name": name, "Type": "Lambda", "FunctionArn": "arn", "Arguments": {}} | fields


def _path(root: str, path: str) -> str:
    return path if path.startswith("$") else root + path


def _keys(path: str) -> list[str | int]:
    tokens = re.findall(r"\.([\w:]+)|\[(\d+)\]|\['([^']+)'\]", path)
    return [int(index) if index else name or quoted for name, index, quoted in tokens]
