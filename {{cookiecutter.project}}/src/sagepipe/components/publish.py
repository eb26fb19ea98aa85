"""Putting the current model at a path that never changes."""

import shutil
from pathlib import Path

from sagepipe.contract.paths import MODEL_ARCHIVE
from sagepipe.dsl import Artifact, Input, Output, component


@component
def publish(model: Input[Artifact], published: Output[Artifact]) -> None:
    """Copy a model archive, unchanged, to where readers of the current model look for it.

    SageMaker puts each training job's archive below the job's own name. This step runs last, so
    that what lies at the published path has passed the pipeline's bar.

    Args:
        model: The archive, ``model.tar.gz``.
        published: The folder that holds the current one.

    Raises:
        FileNotFoundError: The input holds no such archive.
    """
    archive = Path(model.directory) / MODEL_ARCHIVE
    if not archive.is_file():
        raise FileNotFoundError(
            f"{archive} is not there; the step's input has to be a training job's model"
        )
    shutil.copyfile(archive, Path(published.directory) / MODEL_ARCHIVE)
