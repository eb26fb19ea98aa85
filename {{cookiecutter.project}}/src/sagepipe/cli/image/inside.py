"""What an image holds, told from inside it: the image's own Python runs this file's text.

It prints one JSON object. Only the standard library is at hand, and sagepipe isn't.
"""

import json
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

DPKG = Path("/var/lib/dpkg/status")
# Debian's own images without a package manager have a file for each package instead.
DPKG_FOLDER = Path("/var/lib/dpkg/status.d")
OS_RELEASE = Path("/etc/os-release")


def distribution(found: metadata.Distribution) -> dict[str, Any]:
    """Describe an installed Python package; its size is that of the files that are still there."""
    meta = found.metadata.json
    sizes = []
    for file in found.files or []:
        path = Path(str(found.locate_file(file)))
        if path.is_file():
            sizes.append(path.stat().st_size)
    classifiers = [line for line in meta.get("classifier", []) if line.startswith("License :: ")]
    return {
        "name": found.name,
        "version": found.version,
        "summary": meta.get("summary", ""),
        "expression": meta.get("license_expression", ""),
        "licence": meta.get("license", ""),
        "classifiers": classifiers,
        "requires": found.requires or [],
        "bytes": sum(sizes),
    }


def debian() -> list[dict[str, str]]:
    """List the system's packages."""
    files = [DPKG] if DPKG.is_file() else sorted(DPKG_FOLDER.glob("*"))
    text = "\n\n".join(file.read_text(errors="replace") for file in files if file.is_file())
    found = []
    for block in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", block, flags=re.M))
        status = fields.get("Status", "install ok installed")
        if "Package" in fields and "Version" in fields and status.endswith(" installed"):
            found.append(
                {
                    "name": fields["Package"],
                    "version": fields["Version"],
                    "architecture": fields.get("Architecture", ""),
                }
            )
    return found


def contents() -> dict[str, Any]:
    """Collect everything."""
    release = OS_RELEASE.read_text() if OS_RELEASE.is_file() else ""
    return {
        "python": platform.python_version(),
        "system": dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', release, flags=re.M)),
        "distributions": [distribution(found) for found in metadata.distributions()],
        "debian": debian(),
    }


if __name__ == "__main__":
    print(json.dumps(contents()))
