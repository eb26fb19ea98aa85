"""A program: run a command that may write to folders without altering what lies in them (Linux).

``python -I -S enter.py FOLDER CHANGES [FOLDER CHANGES …] -- COMMAND …``

Each folder becomes an overlay in a mount namespace of the command's own: what is written there goes
to its folder of changes, and a file is copied when it is written to for the first time. Where there
are no changes to keep (an empty word) the folder can't be written to. Sources: unshare(2),
mount(2), user_namespaces(7), capabilities(7); the kernel's documentation of overlayfs.
"""

import ctypes
import os
import sys
from collections.abc import Sequence

_NEW_NAMESPACE, _NEW_USER = 0x00020000, 0x10000000  # linux/sched.h, CLONE_*
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _SLAVE = 0x1, 0x20, 0x1000, 0x4000, 0x80000  # MS_*
_CAPABILITIES = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_SET_SECURE_BITS, _ROOT_IS_NOBODY = 28, 0x1 | 0x2  # PR_SET_SECUREBITS, SECBIT_NOROOT, locked


def overlay(folders: Sequence[tuple[str, str]]) -> None:
    """Let this process and its children see folders as overlays.

    Args:
        folders: For each its path, and where what is written to it goes; nothing may be written to
            it where that is empty.

    Raises:
        OSError: The kernel doesn't allow it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    folders = sorted(folders)  # a folder comes before those in it
    unprivileged = _leave_namespace(libc)
    _call(libc.mount, None, b"/", None, _RECURSIVE | _SLAVE, None)
    # Opened before the first of them is an overlay: others may lie in it.
    opened = [os.open(path, os.O_DIRECTORY) for path, _ in folders]
    for (path, changes), lower in zip(folders, opened, strict=True):
        target = os.fsencode(path)
        if changes:
            work = f"{changes}.work"
            for made in (changes, work):
                os.makedirs(made, exist_ok=True)
            upper, working = (os.open(made, os.O_DIRECTORY) for made in (changes, work))
            # By descriptor: a path may hold what separates options.
            options = f"userxattr,lowerdir={_path(lower)},upperdir={_path(upper)},"
            options += f"workdir={_path(working)}"
            _call(libc.mount, b"overlay", target, b"overlay", 0, options.encode())
            os.close(upper)
            os.close(working)
        else:
            _call(libc.mount, target, target, None, _BIND, None)
            _call(libc.mount, None, target, None, _REMOUNT | _BIND | _READ_ONLY, None)
        os.close(lower)
    if unprivileged:
        _drop_capabilities(libc)


def _leave_namespace(libc: ctypes.CDLL) -> bool:
    """Have mounts of one's own; say whether that took a user namespace."""
    try:
        _call(libc.unshare, _NEW_NAMESPACE)
    except PermissionError:
        user, group = os.geteuid(), os.getegid()
        _call(libc.unshare, _NEW_NAMESPACE | _NEW_USER)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        return True
    return False


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Be again who has no more rights than before: modes of files are to hold."""
    _call(libc.prctl, _SET_SECURE_BITS, _ROOT_IS_NOBODY, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    _call(libc.capset, header, (ctypes.c_uint32 * 6)())


def _path(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"


def _call(function: "ctypes._NamedFuncPointer", *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")


def main(words: list[str]) -> None:
    """Run a command.

    Args:
        words: The folders, ``--`` and the command.
    """
    end = words.index("--")
    overlay(list(zip(words[:end:2], words[1:end:2], strict=True)))
    command = words[end + 1 :]
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"[sagepipe] {command[0]} can't be started: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
