"""A folder that stands for S3: ``s3://bucket/key`` is ``<root>/bucket/key``.

Objects are never changed in place, as in S3: every write lies beside its place first and gets there
by a rename. How a file travels between a job and this folder:

* Below ``LINK_FROM`` bytes it is copied. A job may write to its copy, as on SageMaker.
* From there on it is cloned where the file system can (Btrfs, XFS: a copy that shares its blocks
  until one side is written to). Where it can't, a hard link is made to an object that is
  read-only, so that a job can't alter it: writing to such an input in place is refused, where
  SageMaker would allow it. Read-only means nothing to root, so a job of root's gets a copy.
* Files of the user's own (``file://`` URIs and plain paths) are cloned or copied, as they may not
  be made read-only.
* Where that would copy ``OVERLAY_FROM`` bytes or more, and the job can have an overlay, all are
  hard links: what the job writes to them goes elsewhere (see ``launch.overlays``).

One difference from S3 remains: a key can't be an object and the prefix of other objects at once.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from urllib.parse import unquote

from sagepipe.local import staging
from sagepipe.local.errors import StepError
from sagepipe.local.files import READ_ONLY, clone, files, modes_bind

LINK_FROM = 1024 * 1024
OVERLAY_FROM = 64 * 1024 * 1024  # a host with overlays can't be forked from what is warm
_READ_BY_ALL = 0o004


class Storage:
    """Objects by URI.

    Args:
        root: The folder that holds a folder for each bucket.
        project: Where relative local paths start.
        link: Whether large objects may be hard-linked into jobs; where not given, if modes bind
            this process.
        link_from: The size in bytes from which a file counts as large.
        others: Whether jobs may run as somebody else, such as an image's own user, or root.
    """

    def __init__(
        self,
        root: Path,
        project: Path,
        link: bool | None = None,
        link_from: int = LINK_FROM,
        others: bool = False,
    ) -> None:
        self._root = root
        self._project = project
        self._link = modes_bind() and not others if link is None else link
        self._others = others
        self._link_from = link_from

    def uri(self, text: str) -> str:
        """Make a URI of what may be a local path.

        Args:
            text: ``s3://…``, ``file://…`` or a path.

        Returns:
            An ``s3://`` or ``file://`` URI.

        Raises:
            StepError: It is neither.
        """
        if not isinstance(text, str) or not text:
            raise StepError(f"{text!r} is no S3 URI")
        if text.startswith(("s3://", "file://")):
            return text
        if "://" in text:
            raise StepError(f"{text!r} is no S3 URI: write s3://bucket/key, or a local path")
        slash = "/" if text.endswith("/") else ""
        return (self._project / Path(text).expanduser()).as_uri() + slash

    def path(self, uri: str) -> Path:
        """Say where an object lies on this machine.

        Args:
            uri: An ``s3://`` or ``file://`` URI, or a local path.

        Returns:
            Its path, there or not.

        Raises:
            StepError: The URI names no bucket, or leads out of it.
        """
        uri = self.uri(uri)
        if uri.startswith("file://"):
            return Path(unquote(uri[len("file://") :]))
        segments = [segment for segment in uri[len("s3://") :].split("/") if segment]
        if uri.startswith("s3:///") or not segments or segments[0].startswith("."):
            raise StepError(f"{uri!r} names no bucket: write s3://bucket/key")
        if any(segment in (".", "..") for segment in segments):
            raise StepError(f"{uri!r} leads out of its bucket")
        return self._root.joinpath(*segments)

    def objects(self, uri: str) -> list[tuple[Path, str]]:
        """List what a job that is given this URI would find.

        ``S3Prefix`` is a prefix of text, not a folder: ``…/train`` matches ``…/train/a.csv`` and
        ``…/train-b.csv`` alike. (CreateTrainingJob, S3DataSource)

        Args:
            uri: An object, a folder with or without a slash at the end, or a prefix of names.

        Returns:
            For each object its file, and the path it gets in the job, in the order of their keys.
        """
        found = self._objects(uri)
        return sorted(found, key=lambda item: os.fsencode(item[0]))

    def manifest(self, uri: str) -> list[tuple[Path, str]]:
        """List what a manifest names.

        Args:
            uri: An object: ``[{"prefix": …}, suffix, …]``. (CreateTrainingJob, S3DataSource)

        Returns:
            For each object its file, and its suffix: the path it gets in the job.

        Raises:
            StepError: It is no manifest, or an object that it names is not there.
        """
        try:
            head, *names = json.loads(self.path(uri).read_text(encoding="utf-8"))
            prefix = head["prefix"]
        except FileNotFoundError:
            raise StepError(f"manifest {uri}: no such object: {self.path(uri)}") from None
        except PermissionError:
            raise
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StepError(
                f'manifest {uri} is no list of a {{"prefix": …}} and names: {error}'
            ) from None
        found = []
        for name in names:
            if not isinstance(name, str) or name.startswith("/") or ".." in name.split("/"):
                raise StepError(f"manifest {uri}: {name!r} is no name under {prefix}")
            file = self.path(f"{prefix}{name}")
            if not file.is_file():
                raise StepError(f"manifest {uri} names {prefix}{name}: no such object: {file}")
            found.append((file, name))
        return found

    def _objects(self, uri: str) -> list[tuple[Path, str]]:
        place = self.path(uri)
        if place.is_file():
            return [] if uri.endswith("/") else [(place, place.name)]
        own = uri.startswith("file://")
        found = [(place / name, name) for name in files(place, own)] if place.is_dir() else []
        if own or uri.endswith("/") or place.parent == self._root:
            return found
        with suppress(OSError):
            for entry in sorted(os.scandir(place.parent), key=lambda entry: entry.name):
                if not entry.name.startswith(place.name) or entry.name == place.name:
                    continue
                if entry.is_dir():
                    names = [f"{entry.name}/{name}" for name in files(Path(entry.path))]
                    found += [(place.parent / name, name) for name in names]
                else:
                    found.append((Path(entry.path), entry.name))
        return found

    def download(self, uri: str, folder: Path, link: bool = True) -> int:
        """Bring objects into a job.

        Args:
            uri: As for ``objects``.
            folder: Where they go.
            link: Whether large ones may be links, which a job can't write to.

        Returns:
            How many there were.
        """
        objects = self.objects(uri)
        self.place(objects, folder, link)
        return len(objects)

    def copies_much(self, objects: Iterable[tuple[Path, str]]) -> bool:
        """Say whether so much would be copied, if it can't be cloned, that an overlay is worth it.

        Args:
            objects: As ``objects`` or ``manifest`` list them.

        Returns:
            Whether it would.
        """
        copied = (
            file.stat().st_size
            for file, _ in objects
            if not (self._link and self._stored(file) and file.stat().st_size >= self._link_from)
        )
        return sum(copied) >= OVERLAY_FROM

    def place(
        self,
        objects: Iterable[tuple[Path, str]],
        folder: Path,
        link: bool = True,
        overlaid: bool = False,
    ) -> None:
        """Put objects into a folder, which is made if it isn't there.

        Args:
            objects: As ``objects`` or ``manifest`` list them.
            folder: Where they go.
            link: Whether large ones may be links, which a job can't write to.
            overlaid: Whether all may be links, as the job will see the folder as an overlay.
        """
        folder.mkdir(parents=True, exist_ok=True)
        made = {folder}
        for source, name in objects:
            target = folder / name
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            if overlaid:
                self._transfer(source, target, not self._others or _read_by_all(source), 0)
            else:
                self._transfer(source, target, link and self._link and self._stored(source))

    def upload(self, folder: Path, uri: str) -> int:
        """Store a folder's files under a prefix; symbolic links and empty folders are left out.

        Args:
            folder: What to store.
            uri: The prefix.

        Returns:
            How many files there were.
        """
        return self.store({name: folder / name for name in files(folder)}, uri)

    def store(self, named: Mapping[str, Path], uri: str, link: bool = True) -> int:
        """Store files under a prefix; all of them appear at once where nothing is there yet.

        Args:
            named: For each name below the prefix its file.
            uri: The prefix.
            link: Whether objects may be links to large files, which nobody can write to then.

        Returns:
            How many files there were.
        """
        if not named:
            return 0
        with self.staged(uri) as staged:
            for name, file in named.items():
                target = staged / name
                target.parent.mkdir(parents=True, exist_ok=True)
                self._transfer(file, target, link)
            self.publish(staged, uri)
        return len(named)

    def remove(self, names: Iterable[str], uri: str) -> None:
        """Delete objects below a prefix; those that aren't there are none the less gone.

        Args:
            names: Their names below the prefix.
            uri: The prefix.
        """
        place = self.path(uri)
        for name in names:
            target = place / name
            target.unlink(missing_ok=True)
            for parent in target.parents:
                if parent == place:
                    break
                with suppress(OSError):  # other objects' folder
                    parent.rmdir()

    def delete(self, uri: str) -> None:
        """Delete an object; nothing is wrong where there is none, as in S3.

        Args:
            uri: An object's ``s3://`` URI.

        Raises:
            StepError: The URI is no object of S3's, or a prefix of objects.
        """
        if not uri.startswith("s3://"):
            raise StepError(f"{uri} is no object in S3; files of your own are not deleted")
        place = self.path(uri)
        if place.is_dir():
            raise StepError(f"{uri} is a prefix; objects are deleted by their whole names")
        with suppress(FileNotFoundError, NotADirectoryError):
            place.unlink()

    def staged(self, uri: str) -> AbstractContextManager[Path]:
        """Make a folder on the file system of a URI's place; gone afterwards.

        Args:
            uri: Where its contents shall go.

        Returns:
            Yields the folder.
        """
        own = not self.uri(uri).startswith("s3://")
        return staging.staged(self._root, self.path(uri) if own else None)

    def publish(self, staged: Path, uri: str) -> None:
        """Move everything in a ``staged`` folder under a prefix.

        Args:
            staged: The folder.
            uri: The prefix.

        Raises:
            StepError: A name would be an object and a prefix of other objects at once.
        """
        names = list(files(staged))
        if not names:
            return
        for name in names:
            self._seal(staged / name)
        place = self.path(uri)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if not _rename(staged, place):
                for name in names:
                    target = place / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(staged / name, target)
        except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            raise StepError(
                f"{uri}: {error.filename2 or error.filename} would have to be an object and a "
                "prefix of other objects at once, which only S3 itself can do"
            ) from None

    def _stored(self, file: Path) -> bool:
        return file.is_relative_to(self._root)

    def _seal(self, file: Path) -> None:
        if file.stat().st_size >= self._link_from:
            file.chmod(READ_ONLY)

    def _transfer(
        self, source: Path, target: Path, link: bool, link_from: int | None = None
    ) -> None:
        if source.stat().st_size >= (self._link_from if link_from is None else link_from):
            if clone(source, target):
                return
            if link:
                with suppress(OSError):
                    os.link(source, target)
                    return
        shutil.copyfile(source, target)


def _read_by_all(file: Path) -> bool:
    return bool(file.stat().st_mode & _READ_BY_ALL)


def _rename(folder: Path, place: Path) -> bool:
    """Move a folder where nothing is there yet: all its objects appear at once."""
    if place.exists():
        return False
    try:
        folder.rename(place)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):  # another job was faster
            return False
        raise
    return True
