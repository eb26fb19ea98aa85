"""Whether the model that is to be served is the one that the registry knows."""

from pathlib import Path

from sagepipe.contract import hosting
from sagepipe.serving.errors import ModelError


def of(directory: str | Path) -> str:
    """Make the checksum of a model folder: of its files' names and contents.

    A component that evaluates a model returns it, and ``dsl.register_model`` keeps it in the model
    package as the serving container's variable ``SAGEPIPE_MODEL_SHA256``.

    Args:
        directory: The unpacked model (``Input[Model].directory``).

    Returns:
        64 hexadecimal digits.
    """
    import hashlib

    folder = Path(directory)
    whole = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix().encode()
        whole.update(hashlib.sha256(name).digest())
        with file.open("rb") as content:
            whole.update(hashlib.file_digest(content, "sha256").digest())
    return whole.hexdigest()


def check(directory: Path, expected: str) -> None:
    """Refuse a model that is not the one that was registered, before anything of it is read.

    Args:
        directory: The unpacked model.
        expected: The registry's checksum; empty where it is not known.

    Raises:
        ModelError: It is another.
    """
    if not expected or not directory.is_dir():  # that there is none is said where it is loaded
        return
    found = of(directory)
    if found != expected:
        raise ModelError(
            f"{directory}: this is not the model that was registered: its checksum is "
            f"{found}, {hosting.CHECKSUM_VARIABLE} of the model package says {expected}; serve "
            "what the pipeline has trained, or run it again"
        )
