"""HTTP and nothing else: as many processes as there are CPUs, and the same answer to everything.

What it does in a second is the most that any server on uvicorn could do beside the same client.
With a model folder as its argument, the answer is what ONNX Runtime says of the rows: no check of
a schema, of expectations or of limits, no log, no metrics, one request after the other.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from sagepipe.serving.server import bind
from sagepipe.serving.settings import ServerSettings

BODY = b'{"predictions":["no"],"probabilities":[[0.98,0.02]],"classes":["no","yes"]}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def constant(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and answer."""
    while (await receive()).get("more_body"):
        continue
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def session(folder: Path) -> Callable[..., Any]:
    """Make an application of a model's bare session."""
    import numpy as np
    import orjson

    from sagepipe.serving.engines import onnx

    model = onnx.load(folder)
    inputs = onnx.inputs_of(model.schema)
    numbers, texts = inputs[onnx.NUMBERS], inputs[onnx.TEXTS]
    outputs = [output.name for output in model.session.get_outputs()]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if not body.startswith(b"["):
            written = BODY  # rows of CSV are left to the servers that read them
        else:
            rows = orjson.loads(body)
            feed = {
                onnx.NUMBERS: np.array([[row[name] for name in numbers] for row in rows], float),
                onnx.TEXTS: np.array([[row[name] for name in texts] for row in rows], object),
            }
            labels, scores = model.session.run(outputs, feed)
            said = {"predictions": labels.tolist(), "probabilities": scores.tolist()}
            written = orjson.dumps(said)
        headers = [HEADERS[0], (b"content-length", b"%d" % len(written))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": written})

    return answer


def work(settings: ServerSettings, application: Callable[..., Any]) -> None:
    """Be one of the processes, each with a socket of its own."""
    config = uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",
    )
    uvicorn.Server(config).run(sockets=[bind(settings, shared=True)])


def main() -> None:
    """Start the processes, and end them with this one."""
    settings = ServerSettings.read(os.environ)
    application = session(Path(sys.argv[1])) if len(sys.argv) > 1 else constant
    workers = []
    for _ in range(settings.workers):
        process = os.fork()
        if process == 0:
            work(settings, application)
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
