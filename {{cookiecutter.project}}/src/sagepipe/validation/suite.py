"""Reading expectation suites."""

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sagepipe.validation.result import SuiteError

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite


def find_suite(name: str) -> Path:
    """Find a suite among the files of an installed package, wherever that is installed.

    Args:
        name: The package and the file in it, such as ``flight_delay.expectations:raw.json``.

    Returns:
        The suite's file.

    Raises:
        SuiteError: The name has another form, or there is no such package or file.
    """
    from importlib.resources import files

    package, _, file = name.partition(":")
    if not package or not file or ".." in PurePosixPath(file).parts or file.startswith("/"):
        raise SuiteError(
            f"suite {name!r} has to be named by its package and its file in it, such as "
            "flight_delay.expectations:raw.json"
        )
    try:
        folder = Path(str(files(package)))
    except ModuleNotFoundError as error:
        if not (error.name and f"{package}.".startswith(f"{error.name}.")):
            raise  # the package is there; something that it imports isn't
        raise SuiteError(
            f"suite {name!r}: there is no package {error.name!r}; install the project where the "
            "job runs (in its image: build it again)"
        ) from None
    path = folder / file
    if not path.is_file():
        there = ", ".join(sorted(entry.name for entry in folder.glob("*.json"))) or "no suite"
        raise SuiteError(f"suite {name!r}: there is no {file} in {folder}, which has {there}")
    return path


def load(file: Path) -> "ExpectationSuite":
    """Read a suite.

    Args:
        file: JSON as ``ExpectationSuite.to_json_dict()`` writes it.

    Returns:
        The suite.

    Raises:
        SuiteError: The file is missing, is not JSON, is empty, or holds an expectation that Great
            Expectations doesn't know or that lacks an argument.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SuiteError(f"there is no expectation suite {file}") from None
    except ValueError as error:
        raise SuiteError(f"expectation suite {file} is not JSON: {error}") from None
    if not isinstance(content, dict) or not content.get("expectations"):
        raise SuiteError(
            f"expectation suite {file} holds no expectations; write a JSON object with a name and "
            "a list of expectations"
        )
    return of(content, file)


def of(content: dict[str, Any], file: Path) -> "ExpectationSuite":
    """Make a suite of its JSON.

    Args:
        content: The JSON.
        file: Where it comes from, for messages.

    Returns:
        The suite.

    Raises:
        SuiteError: It holds an expectation that can't be used.
    """
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    suite = gx.ExpectationSuite(name=content.get("name") or file.stem)
    for position, expectation in enumerate(content["expectations"], start=1):
        try:
            suite.add_expectation(ExpectationConfiguration(**expectation).to_domain_obj())
        except Exception as error:  # Great Expectations' own, pydantic's, KeyError, TypeError …
            kind = expectation.get("type") if isinstance(expectation, dict) else expectation
            raise SuiteError(
                f"expectation {position} of suite {file} ({kind}) can't be used: "
                f"{' '.join(str(error).split())}"
            ) from None
    return suite


def content_hash(file: Path) -> str:
    """Hash a suite by what it says, not by how the file is laid out.

    Args:
        file: The suite.

    Returns:
        ``sha256:…``.
    """
    content = json.loads(file.read_text(encoding="utf-8"))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
