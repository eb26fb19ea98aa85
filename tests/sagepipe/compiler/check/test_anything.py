"""Whatever a file holds, a check ends with findings, not with a traceback."""

import copy
import json
import random
from pathlib import Path

import pytest

from sagepipe.compiler.check import Finding, check

FILES = sorted((Path(__file__).parent / "sdk_v3").glob("*.json"))
JUNK = [
    *(None, 0, -1, 1.5, True, "", "x", [], {}, [None], [[]], ["a", {}], {"a": 1}),
    *({"Get": path} for path in ("Steps.x", 1, "Steps.Loop.Selected", "ForEach.CurrentItem", {})),
    *({"Std:Join": body} for body in (3, {"On": 1, "Values": [{}]})),
    *({"Std:JsonGet": body} for body in ({}, {"PropertyFile": {"Get": "Steps.Train"}})),
]


def paths(value, path=()):
    if path:
        yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from paths(inner, (*path, key))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_junk_anywhere_is_survived(file):
    definition = json.loads(file.read_text(encoding="utf-8"))
    chance = random.Random(file.stem)
    places = list(paths(definition))

    for path in chance.sample(places, 120):
        broken = copy.deepcopy(definition)
        parent = broken
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = chance.choice(JUNK)

        assert all(isinstance(finding, Finding) for finding in check(broken)), path


@pytest.mark.parametrize("definition", [{}, {"Steps": None}, {"Steps": {}}, {"Steps": [1, [], {}]}])
def test_what_is_no_definition_has_findings(definition):
    assert {finding.path for finding in check(definition)} >= {"$.Version"}
