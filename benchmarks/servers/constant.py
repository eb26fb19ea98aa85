"""HTTP and nothing else: as many processes as there are CPUs, and the same answer to everything.

What it does in a second is the most that any server on uvicorn could do beside the same client.
"""

import os
import signal
from typing import Any

import uvicorn

from sagepipe.serving.server import bind
from sagepipe.serving.settings import ServerSettings

BODY = b'{"predictions":["no"],"probabilities":[[0.98,0.02]],"classes":["no","yes"]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and answer."""
    while (await receive()).get("more_body"):
        continue
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def work(settings: ServerSettings) -> None:
    """Be one of the processes, each with a socket of its own."""
    config = uvicorn.Config(
        answer, http="httptools", ws="none", lifespan="off", access_log=False, log_level="error"
    )
    uvicorn.Server(config).run(sockets=[bind(settings, shared=True)])


def main() -> None:
    """Start the processes, and end them with this one."""
    settings = ServerSettings.read(os.environ)
    workers = []
    for _ in range(settings.workers):
        process = os.fork()
        if process == 0:
            work(settings)
            os._exit(0)
        workers.append(process)
    # Only now, as a process inherits what its maker blocks.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.sigwait({signal.SIGTERM})
    for process in workers:
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)


if __name__ == "__main__":
    main()
