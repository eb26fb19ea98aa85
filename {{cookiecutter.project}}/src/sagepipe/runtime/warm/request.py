"""What the runner asks the template for; ``local.launch.template`` writes the same."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One step's process.

    Attributes:
        command: The command that would start it cold: Python's path, then ``-m`` and a module, or a
            file, then the arguments.
        component: The component, ``module:function``.
        environment: All its variables.
        folder: Its working folder.
        imports: The file that it leaves the names of what it imported in.
    """

    command: list[str]
    component: str
    environment: dict[str, str]
    folder: str
    imports: str

    @classmethod
    def decode(cls, message: bytes) -> "Request":
        """Read it as it came over the socket: JSON."""
        return cls(**json.loads(message))
