"""A processing job of the SDK's users: it knows its paths, and nothing of this library."""

import argparse
import os
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--share", type=float, default=0.5)
share = parser.parse_args().share

# A process of this machine has its /opt/ml elsewhere; in a container the variable is not set.
root = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "processing"
lines = (root / "input/raw/numbers.txt").read_text().split()
cut = round(len(lines) * share)
for name, part in (("train", lines[:cut]), ("test", lines[cut:])):
    (root / name / f"{name}.txt").write_text("\n".join(part))
print(f"{cut} of {len(lines)} lines to train with")
