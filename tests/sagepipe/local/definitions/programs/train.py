"""What an image runs for ``train``: hyperparameters as texts, a channel, a metric in the log."""

import json
import os
from pathlib import Path

root = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
given = json.loads((root / "input/config/hyperparameters.json").read_text())
assert all(isinstance(value, str) for value in given.values()), given
files = sorted((root / "input/data/train").iterdir())
numbers = [float(line) for file in files for line in file.read_text().split()]
mean = sum(numbers) / len(numbers) + float(given.get("shift", 0))
(root / "model/mean.txt").write_text(str(mean))
print(f"distance={abs(mean)};")
