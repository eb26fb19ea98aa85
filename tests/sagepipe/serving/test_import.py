"""Training imports this room too: it must cost nothing until it is used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import sagepipe


def test_importing_it_loads_nothing_heavy():
    source = (
        "import json, sys, sagepipe.serving, sagepipe.export;"
        "import sagepipe.serving.engines.sklearn, sagepipe.serving.engines.onnx;"
        "print(json.dumps(sorted(name.split('.')[0] for name in sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": str(Path(sagepipe.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {
        "numpy",
        "pandas",
        "sklearn",
        "skops",
        "starlette",
        "uvicorn",
        "orjson",
        "onnx",
        "onnxruntime",
    }
    assert heavy & set(json.loads(done.stdout)) == set()
