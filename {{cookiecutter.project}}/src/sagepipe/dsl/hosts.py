"""The machines of a job that runs on several."""

from sagepipe.dsl.record import record


@record
class Hosts:
    """What a component with a parameter of this type is told (``resourceconfig.json``).

    Attributes:
        current: This machine's name, such as ``algo-1``.
        all: All machines' names, sorted.
        network_interface: The interface that they talk over, such as ``eth0``; known in training
            jobs only.
    """

    current: str = "algo-1"
    all: tuple[str, ...] = ("algo-1",)
    network_interface: str | None = None

    @property
    def rank(self) -> int:
        """This machine's place in ``all``, from 0."""
        return self.all.index(self.current)

    @property
    def is_first(self) -> bool:
        """Whether this machine is the one that does what has to be done once."""
        return self.rank == 0
