"""Choose what each image installs and check it: `python docker/requirements.py FOLDER`.

The lists beside this file say which version of which package, and the hashes of its files;
`make pins` makes them from the extras of pyproject.toml. What sagepipe.toml names decides what
serves.
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def named(lines: list[str]) -> set[str]:
    """Read the names of packages, spelled as package indexes compare them."""
    matches = [re.match(r"[A-Za-z0-9][\w.-]*", line) for line in lines]
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in matches if match}


def pinned(extra: str, wanted: list[str]) -> str:
    """Read an extra's list, which has to have all that the extra asks for."""
    text = (PROJECT / "docker" / f"{extra}.txt").read_text()
    if missing := sorted(named(wanted) - named(text.splitlines())):
        names = ", ".join(missing)
        sys.exit(f"error: docker/{extra}.txt lacks {names} of pyproject.toml: make pins")
    return text


def main(folder: Path) -> None:
    """Write train.txt and serve.txt into a folder."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    serving = tomllib.loads((PROJECT / "sagepipe.toml").read_text()).get("serving", {})
    serves = "serve-sklearn" if serving.get("engine") == "sklearn" else "serve"
    for target, extra in {"train": "train", "serve": serves}.items():
        text = pinned(extra, [*project["dependencies"], *extras[extra]])
        (folder / f"{target}.txt").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
