"""Networks of jobs that have several hosts: each job's hosts reach each other by their names."""

import json
from threading import Lock

from sagepipe.contract.runners import DOCKER
from sagepipe.local.errors import StepError
from sagepipe.local.launch.engine import Engine
from sagepipe.local.launch.launch import Launch

_FIRST = 10  # the addresses below are the gateway's, and what the engine gives by itself


class Networks:
    """The networks that one run's jobs have.

    Args:
        engine: Docker or Podman.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._joined: dict[str, set[str]] = {}

    def needed(self, launch: Launch) -> bool:
        """Say whether a host needs one.

        Args:
            launch: The host.

        Returns:
            Whether its job has other hosts.
        """
        return len(launch.hosts) > 1

    def join(self, launch: Launch, outside: bool) -> list[str]:
        """Make the job's network, where this is its first host.

        Args:
            launch: The host.
            outside: Whether the job may reach other networks.

        Returns:
            The options of ``run`` by which the host joins and knows the others.

        Raises:
            StepError: The engine refuses.
        """
        name = launch.job
        with self._lock:
            if name not in self._joined:
                internal = [] if outside else ["--internal"]
                made = self._engine("network", "create", *internal, name)
                if made.returncode != 0:
                    raise StepError(
                        f"{self._engine.name} made no network for the job's {len(launch.hosts)} "
                        f"hosts: {made.stderr.strip()}"
                    )
                self._joined[name] = set()
            self._joined[name].add(launch.host)
        if self._engine.name == DOCKER:  # which resolves aliases in any network of one's own
            return ["--network", name, "--network-alias", launch.host]
        import ipaddress

        described = json.loads(self._engine("network", "inspect", name).stdout)
        subnet = ipaddress.ip_network(described[0]["subnets"][0]["subnet"])
        addresses = {host: str(subnet[_FIRST + n]) for n, host in enumerate(launch.hosts)}
        known = [word for host, at in addresses.items() for word in ("--add-host", f"{host}:{at}")]
        return ["--network", name, "--ip", addresses[launch.host], *known]

    def leave(self, launch: Launch) -> None:
        """Remove the job's network with its last host.

        Args:
            launch: The host, which has ended.
        """
        with self._lock:
            hosts = self._joined.get(launch.job, set())
            hosts.discard(launch.host)
            if launch.job in self._joined and not hosts:
                del self._joined[launch.job]
                self._engine(*self.removing(launch)[1:])

    def removing(self, launch: Launch) -> list[str]:
        """Say how a job's network is removed.

        Args:
            launch: One of the hosts.

        Returns:
            The command; it does nothing while another host is there.
        """
        return [self._engine.program, "network", "rm", launch.job]
