"""Where SageMaker puts things inside a job's container.

Sources: SageMaker Developer Guide, "How Amazon SageMaker runs your training image", "Build your own
processing container" and "Use your own inference code with hosting services".
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ML_ROOT = "/opt/ml"

# Training (your-algorithms-training-algo-running-container).
TRAINING_INPUT = f"{ML_ROOT}/input"
INPUT_DATA = f"{TRAINING_INPUT}/data"
TRAINING_CONFIG = f"{TRAINING_INPUT}/config"
HYPERPARAMETERS_FILE = f"{TRAINING_CONFIG}/hyperparameters.json"
INPUT_DATA_CONFIG_FILE = f"{TRAINING_CONFIG}/inputdataconfig.json"
TRAINING_RESOURCE_CONFIG_FILE = f"{TRAINING_CONFIG}/resourceconfig.json"
CHECKPOINT_CONFIG_FILE = f"{TRAINING_CONFIG}/checkpointconfig.json"
MODEL = f"{ML_ROOT}/model"
TRAINING_OUTPUT = f"{ML_ROOT}/output"
OUTPUT_DATA = f"{TRAINING_OUTPUT}/data"
FAILURE_FILE = f"{TRAINING_OUTPUT}/failure"
CHECKPOINTS = f"{ML_ROOT}/checkpoints"
MODEL_ARCHIVE = "model.tar.gz"
OUTPUT_ARCHIVE = "output.tar.gz"

# Processing (build-your-own-processing-container).
PROCESSING = f"{ML_ROOT}/processing"
PROCESSING_INPUT = f"{PROCESSING}/input"
PROCESSING_OUTPUT = f"{PROCESSING}/output"
PROCESSING_CONFIG = f"{ML_ROOT}/config"
PROCESSING_JOB_CONFIG_FILE = f"{PROCESSING_CONFIG}/processingjobconfig.json"
PROCESSING_RESOURCE_CONFIG_FILE = f"{PROCESSING_CONFIG}/resourceconfig.json"
EXIT_MESSAGE_FILE = f"{ML_ROOT}/output/message"

# Where this template's image keeps its own code.
TRAINING_CODE = f"{ML_ROOT}/code/train.py"
SERVING_PROGRAM = "/opt/program"

# The training toolkit's variable for a folder that stands for /opt/ml.
BASE_DIR_VARIABLE = "SAGEMAKER_BASE_DIR"


def relocate(path: str) -> Path:
    """Map a path under /opt/ml to where it lies in this process.

    Args:
        path: An absolute path as SageMaker names it, such as ``/opt/ml/processing/input/raw``.

    Returns:
        The same path, or its place under ``$SAGEMAKER_BASE_DIR`` where that is set. Paths outside
        /opt/ml stay as they are.
    """
    from pathlib import Path  # importing the language, which needs none, costs a tenth less

    base = os.environ.get(BASE_DIR_VARIABLE, ML_ROOT)
    if path == ML_ROOT or path.startswith(f"{ML_ROOT}/"):
        return Path(base + path[len(ML_ROOT) :])
    return Path(path)
