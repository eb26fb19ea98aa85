"""``python -m sagepipe.runtime.warm FD FILE``: started by the local runner, one for each run."""

import os
import socket
import sys
from pathlib import Path

from sagepipe.runtime.warm import program
from sagepipe.runtime.warm.modules import Modules
from sagepipe.runtime.warm.template import Template


def main(descriptor: str, record: str) -> None:
    """Serve the runner until it hangs up, or be one of its steps.

    Args:
        descriptor: The number of the socket to the runner.
        record: The file that says what earlier steps imported.
    """
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder that this process was started in, which is no step's
    control = socket.socket(fileno=int(descriptor))
    os.set_inheritable(control.fileno(), False)
    request = Template(control, Modules(Path(record))).serve()
    if request is not None:
        program.run(request)
    else:
        program.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])
