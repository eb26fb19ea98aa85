"""Definitions as text."""

import json
from typing import Any

import pytest

from sagepipe.compiler import to_json


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"empty": [{}, [], [[]], [{"a": {}}]], "null": None},
        {"text": 'it\'s "late"\n\u2028é\\', "ü": ["", " "]},
        {"numbers": [0, -1, 10**20, 1e-7, 0.1, 1e300], "logic": [True, False]},
        {"keys": {2: "a", True: "b", None: "c", 1.5: "d"}},
    ],
)
def test_a_definition_is_written_as_the_standard_library_does(value: dict[str, Any]) -> None:
    assert to_json(value) == json.dumps(value, indent=2, ensure_ascii=False) + "\n"
