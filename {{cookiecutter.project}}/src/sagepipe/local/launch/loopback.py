"""A network of nothing but a loopback, which the sandboxes of one job's hosts share."""

import json
import os
import subprocess
from threading import Lock

from sagepipe.local.launch.launch import Launch

# Its only work is to be there, and to end when this process lets go of its standard input.
_HOLD = ("sh", "-c", "echo; exec cat")


class Loopbacks:
    """The networks that one run's jobs of several hosts have.

    Args:
        bwrap: Bubblewrap's path.
    """

    def __init__(self, bwrap: str) -> None:
        self._bwrap = bwrap
        self._lock = Lock()
        self._holders: dict[str, subprocess.Popen[bytes]] = {}
        self._pids: dict[str, int] = {}
        self._hosts: dict[str, set[str]] = {}

    def join(self, launch: Launch) -> list[str]:
        """Make the job's network, where this is its first host.

        Args:
            launch: The host.

        Returns:
            The words before a command that put it into the network.
        """
        with self._lock:
            if launch.job not in self._holders:
                self._hold(launch.job)
                self._hosts[launch.job] = set()
            self._hosts[launch.job].add(launch.host)
            pid = self._pids[launch.job]
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", str(pid), *user, "--net", "--"]

    def leave(self, launch: Launch) -> None:
        """Let go of the job's network with its last host.

        Args:
            launch: The host, which has ended.
        """
        with self._lock:
            hosts = self._hosts.get(launch.job, set())
            hosts.discard(launch.host)
            if hosts or launch.job not in self._holders:
                return
            holder = self._holders.pop(launch.job)
        assert holder.stdin and holder.stdout
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()

    def _hold(self, job: str) -> None:
        told, telling = os.pipe()
        try:
            holder = subprocess.Popen(
                [
                    *(self._bwrap, "--ro-bind", "/", "/", "--unshare-net"),
                    *("--info-fd", str(telling), "--", *_HOLD),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
                pass_fds=(telling,),
            )
        finally:
            os.close(telling)
        with open(told, "rb") as reader:
            self._pids[job] = json.loads(reader.read())["child-pid"]
        assert holder.stdout
        holder.stdout.readline()  # the loopback is up
        self._holders[job] = holder
