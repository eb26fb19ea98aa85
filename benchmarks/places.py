"""Where things are: the library, the peers' scripts, their Python and what it is told."""

import subprocess
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE.parent
LIBRARY = TEMPLATE / "{{cookiecutter.project}}" / "src"
PEERS = HERE / "peers"
# The SageMaker SDK asks for a region while it is imported, and looks roles up unless told not to.
OFFLINE = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_VALIDATE_ROLE": "false",
}


def peers_python(given: Path | None) -> Path:
    """Return a Python that has the peers; make it where none is given."""
    if given is not None:
        return given.absolute()
    folder = HERE / ".peers"
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making {folder} (about 1 GB)")
        venv.create(folder, with_pip=True)
        (folder / ".gitignore").write_text("*\n")
        requirements = PEERS / "requirements.txt"
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    return python
