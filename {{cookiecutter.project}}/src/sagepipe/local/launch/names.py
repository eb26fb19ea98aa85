"""What the names of a job's hosts mean to its processes."""

from contextlib import suppress
from pathlib import Path

from sagepipe.local.launch.launch import Launch

HOSTS_FILE = "/etc/hosts"
_LOCAL = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n"


def address(launch: Launch, host: str) -> str:
    """Say where a host is found by all the others on this machine.

    Each has an address of its own on the loopback interface, so that servers of two hosts don't
    clash where each listens on its own name.

    Args:
        launch: One of the hosts.
        host: The name of any of them.

    Returns:
        Its address.
    """
    number = list(launch.hosts).index(host) + 1
    return f"127.0.{1 + number // 250}.{number % 250}"


def write(launch: Launch, *, alone: bool) -> Path:
    """Write the file that resolves names.

    Args:
        launch: The host.
        alone: Whether it can't reach the network, so that other names would be of no use.

    Returns:
        The file, to be seen as ``/etc/hosts``.
    """
    text = "".join(f"{address(launch, host)}\t{host}\n" for host in launch.hosts)
    others = _LOCAL
    if not alone:
        with suppress(OSError):
            others = Path(HOSTS_FILE).read_text(encoding="utf-8")
    file = launch.folder / "hosts"
    file.write_text(text + others, encoding="utf-8")
    return file
