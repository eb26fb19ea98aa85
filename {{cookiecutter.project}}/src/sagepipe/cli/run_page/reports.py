"""What a step left for people to look at: pages such as Data Docs, and pictures."""

import base64
import html
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sagepipe.contract import paths
from sagepipe.local import StepExecution

_PAGES = (".html", ".htm", ".md", ".pdf")
_PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
_FOLDERS = (paths.PROCESSING_OUTPUT, paths.OUTPUT_DATA)
_MOST_REPORTS = 40
_MOST_SEEN = 5000  # an output may be a data set of a million files
_HEAD_BYTES = 4096
_MOST_EMBEDDED = 300_000

_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Report:
    """A file to look at.

    Attributes:
        title: What to call it: a page's own title, or the file's name.
        name: Where it lies in the step's outputs.
        file: The file.
    """

    title: str
    name: str
    file: Path

    def link(self, folder: Path) -> str:
        """Say where it lies, as seen from a page in a folder."""
        return quote(os.path.relpath(self.file, folder).replace(os.sep, "/"))

    @property
    def embedded(self) -> str:
        """The picture itself as a ``data:`` URI; nothing for a page or a large picture."""
        kind = _PICTURES.get(self.file.suffix.lower())
        try:
            if kind is None or self.file.stat().st_size > _MOST_EMBEDDED:
                return ""
            return f"data:{kind};base64,{base64.b64encode(self.file.read_bytes()).decode()}"
        except OSError:
            return ""


def reports(step: StepExecution) -> list[Report]:
    """Find what a step left to look at.

    Args:
        step: The step; what it wrote before it failed counts too.

    Returns:
        Pages first, then pictures, each by name.
    """
    found = []
    for root in _roots(step.folder):
        for file in _files(root):
            if file.suffix.lower() in (*_PAGES, *_PICTURES):
                name = file.relative_to(root).as_posix()
                found.append(Report(_title(file) or name, name, file))
    found.sort(key=lambda item: (item.file.suffix.lower() in _PICTURES, item.name))
    return found[:_MOST_REPORTS]


def _roots(folder: Path) -> Iterator[Path]:
    """Name the folders of outputs: those of each host, where a job has several."""
    for place in (folder, *sorted(folder.glob("algo-*"))):
        for name in _FOLDERS:
            yield place / name.lstrip("/")


def _files(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            seen += 1
            if seen > _MOST_SEEN:
                return
            if not name.startswith(".") and not os.path.islink(os.path.join(folder, name)):
                yield Path(folder, name)


def _title(file: Path) -> str:
    """Read a page's own title."""
    if file.suffix.lower() not in (".html", ".htm"):
        return ""
    try:
        with open(file, "rb") as page:
            head = page.read(_HEAD_BYTES).decode(errors="replace")
    except OSError:
        return ""
    match = _TITLE.search(head)
    return " ".join(html.unescape(match[1]).split()) if match else ""
