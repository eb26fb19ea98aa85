"""A training job's program, /opt/ml/code/train.py: run the component that the job names."""

import sys

from sagepipe import runtime

if __name__ == "__main__":
    sys.exit(runtime.main_training())
