"""Data that is there before: an importer."""

from sagepipe import dsl

RUNS = {"imported": {"uri": "FILE"}}


@dsl.component
def read(data: dsl.Input[dsl.Dataset]) -> str:
    with open(data.path) as f:
        return f.read()


@dsl.pipeline
def imported(uri: str):
    importer_task = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset, reimport=True)
    read(data=importer_task.output)
    read(data=dsl.importer(uri, dsl.Dataset, reimport=False).output)
