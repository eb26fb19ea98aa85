"""A small project, and the command as a user runs it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import sagepipe

LIBRARY = Path(sagepipe.__file__).parents[1]

FILES = {
    "sagepipe.toml": """
        [project]
        name = "small"
        package = "team"
        default_pipeline = "numbers"

        [local]
        train = "docker/train.py"
        serve = "docker/serve.py"

        [env.local]
        bucket = "local"
        role_arn = "arn:aws:iam::000000000000:role/local"
        image_uri = "small-train:local"
        serving_image_uri = "small-serve:local"
        mlflow_tracking_uri = "off"

        [env.local.parameters]
        data_uri = "data/numbers.txt"

        [env.dev]
        region = "eu-west-1"
        bucket = "team-bucket"
        role_arn = "${TEAM_ROLE}"
        image_uri = "train:1"
        serving_image_uri = ""
        mlflow_tracking_uri = "off"

        [env.dev.parameters]
        data_uri = "s3://team-bucket/numbers.txt"
    """,
    "data/numbers.txt": "1\n2\n3\n",
    "docker/train.py": "from sagepipe.runtime import main_training\n\nmain_training()\n",
    "docker/serve.py": """
        import os
        print("serving", os.environ["SAGEMAKER_BASE_DIR"], os.environ["SAGEMAKER_BIND_TO_PORT"])
    """,
    "src/team/__init__.py": "",
    "src/team/pipelines/__init__.py": "",
    "src/team/parts.py": """
        from pathlib import Path

        from sagepipe import dsl
        from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


        @dsl.component
        def add(
            numbers: Input[Dataset],
            sums: Output[Dataset],
            metrics: Output[Metrics],
            plus: int = 0,
        ) -> None:
            '''Add the numbers up.'''
            total = sum(int(line) for line in Path(numbers.path).read_text().split()) + plus
            print("the sum is", total)
            Path(sums.path).write_text(str(total))
            metrics.log_metric("total", total)


        @dsl.component(kind="training")
        def learn(sums: Input[Dataset], model: Output[Model]) -> None:
            '''Learn a number by heart.'''
            Path(model.directory, "number.txt").write_text(Path(sums.path).read_text())
    """,
    "src/team/pipelines/numbers.py": """
        from sagepipe import dsl
        from sagepipe.dsl import Dataset
        from team.parts import add, learn


        @dsl.pipeline(name="small-numbers")
        def numbers(data_uri: str, least: float = 5.0, plus: int = 0) -> None:
            '''Add numbers up and learn the sum.'''
            added = add(numbers=dsl.importer(data_uri, Dataset), plus=plus)
            learned = learn(sums=added.outputs["sums"])
            with dsl.If(added.outputs["metrics"]["total"] >= least):
                dsl.register_model(model=learned.outputs["model"], metrics=added.outputs["metrics"])
            with dsl.Else():
                dsl.fail("the sum is too small")
    """,
}


@pytest.fixture
def project(tmp_path):
    """A project of two components, run without MLflow."""
    root = tmp_path / "small"
    for name, content in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(content).lstrip(), encoding="utf-8")
    return root


@pytest.fixture
def sagepipe_command(project):
    """Run ``sagepipe`` in the project."""

    def run(*arguments, cwd=project, **environment):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MLFLOW_"))}
        source = f"{project / 'src'}{os.pathsep}{LIBRARY}"
        return subprocess.run(
            [sys.executable, "-m", "sagepipe.cli", *arguments],
            cwd=cwd,
            env={**kept, "PYTHONPATH": source, "COLUMNS": "120", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run
