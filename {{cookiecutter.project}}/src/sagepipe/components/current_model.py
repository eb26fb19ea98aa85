"""The place of the published model, before there is one."""

from pathlib import Path

from sagepipe.dsl import Artifact, Output, component

NOTE_FILE = "README.txt"
_NOTE = """model.tar.gz beside this file is the model that a pipeline published last.
Until one has passed the bar there is none. This file lets jobs read the place all the same.
"""


@component
def current_model(place: Output[Artifact]) -> None:
    """Make the place of the published model one that a job can read, with a model in it or not.

    SageMaker fails a job whose input has no object in it. Send ``place`` to where ``publish`` puts
    the model, and hand it to ``compare_to_champion``. The job depends on no other, so that it runs
    beside the first steps and the pipeline takes no longer.

    Args:
        place: The folder that ``publish`` writes to; it gets a README.txt, and keeps what it has.
    """
    (Path(place.directory) / NOTE_FILE).write_text(_NOTE, encoding="utf-8")
