"""Asking a model that is served on this machine as AWS is asked: ``invoke_endpoint``.

Source: SageMaker Runtime API, InvokeEndpoint. The container gets the headers that this request
defines, and no others; what it sends back is cut to what the response defines.
"""

import http.client
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sagepipe.contract import hosting
from sagepipe.local.errors import LocalError

VARIANT = "AllTraffic"  # what the SageMaker SDK calls the only variant
_SECONDS = 60  # InvokeEndpoint: the container has to answer within
_HEADERS = {
    "ContentType": "Content-Type",
    "Accept": "Accept",
    "CustomAttributes": hosting.CUSTOM_ATTRIBUTES_HEADER,
    "InferenceId": hosting.INFERENCE_ID_HEADER,
}
_CHARACTERS = {
    "ContentType": 1024,
    "Accept": 1024,
    "CustomAttributes": hosting.CUSTOM_ATTRIBUTES_CHARACTERS,
    "InferenceId": 64,
}


class EndpointError(LocalError):
    """The model's container answered with an error.

    Attributes:
        response: As botocore's ClientError has it: ``OriginalStatusCode``, ``OriginalMessage``.
    """

    def __init__(self, status: int, message: str) -> None:
        whose = "client" if 400 <= status < 500 else "server"
        super().__init__(f'Received {whose} error ({status}) from primary with message "{message}"')
        self.response = {
            "Error": {"Code": "ModelError", "Message": str(self)},
            "OriginalStatusCode": status,
            "OriginalMessage": message,
        }


class LocalRuntime:
    """Stands for ``boto3.client("sagemaker-runtime")`` where a model is served on this machine.

    Args:
        url: Where it is served, by ``sagepipe serve`` or in a container.
    """

    def __init__(self, url: str = "http://127.0.0.1:8080") -> None:
        self._url = urlsplit(url)

    def invoke_endpoint(
        self, *, EndpointName: str, Body: bytes | str, **given: str
    ) -> dict[str, Any]:
        """Ask for predictions.

        Args:
            EndpointName: Any name; there is one model.
            Body: The request's body, of at most 25 MB.
            given: ``ContentType``, ``Accept``, ``CustomAttributes``, ``InferenceId``.

        Returns:
            ``Body`` to read from, ``ContentType``, ``InvokedProductionVariant``, and
            ``CustomAttributes`` if the container set them.

        Raises:
            EndpointError: The container answered with an error.
            LocalError: The request isn't one, or nobody answers.
        """
        body = Body.encode() if isinstance(Body, str) else Body
        headers = _checked(body, given)
        host, port = self._url.hostname or hosting.LOOPBACK, self._url.port
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
        try:
            connection.request("POST", hosting.INVOCATIONS_PATH, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise LocalError(
                f"{EndpointName}: no answer from {self._url.geturl()}: {error}; "
                "`sagepipe serve` serves the last registered model"
            ) from None
        finally:
            connection.close()
        if not 200 <= response.status < 300:
            raise EndpointError(response.status, content.decode("utf-8", "replace"))
        attributes = response.headers.get(hosting.CUSTOM_ATTRIBUTES_HEADER)
        return {
            "Body": io.BytesIO(content),
            "ContentType": response.headers.get("Content-Type", ""),
            "InvokedProductionVariant": VARIANT,
            **({"CustomAttributes": attributes} if attributes is not None else {}),
        }


def _checked(body: bytes, given: Mapping[str, str]) -> dict[str, str]:
    """Make headers of what the request defines."""
    if len(body) > hosting.PAYLOAD_BYTES:
        raise LocalError(
            f"Body has {len(body):,} bytes; an endpoint takes {hosting.PAYLOAD_BYTES:,}"
        )
    for name, text in given.items():
        if name not in _HEADERS:
            raise LocalError(
                f"InvokeEndpoint's {name} means nothing here; there are {', '.join(_HEADERS)}"
            )
        if not text.isascii() or len(text) > _CHARACTERS[name]:
            raise LocalError(f"{name} has to be ASCII, at most {_CHARACTERS[name]} characters")
    return {_HEADERS[name]: text for name, text in given.items()}
