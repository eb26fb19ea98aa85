"""Run the conformance checks with every runner and keep what came of them for the docs.

python scripts/make_conformance.py     # needs podman or docker, bwrap, and the base image
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run the tests of tests/conformance, one process, and let them write."""
    environment = {**os.environ, "SM_TEMPLATE_UPDATE_CONFORMANCE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "tests/conformance"]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
