"""The scoring pipeline: from new rows to predictions, by the model in use."""

from sagepipe import dsl
from sagepipe.components.batch_score import batch_score
from sagepipe.dsl import Dataset, Model

from {{ cookiecutter.package }}.pipelines.training import PUBLISHED_MODEL

NAME = "{{ cookiecutter.project }}-scoring"


@dsl.pipeline(name=NAME)
def scoring(recent_uri: str, instance_type: str = "ml.m5.xlarge") -> None:
    """Add the model's predictions to a table.

    The model is the one that training published last. Each execution writes a folder of its own.

    Args:
        recent_uri: Where the rows are, CSV or Parquet, their columns named as in the raw table.
        instance_type: The machine that scores.
    """
    batch_score(
        data=dsl.importer(recent_uri, Dataset), model=dsl.importer(PUBLISHED_MODEL, Model)
    ).set_instance_type(instance_type).set_output_uri(
        "scored", dsl.bucket_uri("predictions", NAME, dsl.EXECUTION_ID)
    )
