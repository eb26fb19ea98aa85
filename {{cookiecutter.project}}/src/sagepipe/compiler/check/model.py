"""AWS's own service models, as botocore brings them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sagepipe.contract.errors import SagepipeError

Shape = Mapping[str, Any]


class MissingModel(SagepipeError):
    """The service models are not installed."""


class Model:
    """The shapes of one service.

    Args:
        service: Its name in botocore, such as ``sagemaker``.

    Raises:
        MissingModel: botocore is not installed.
    """

    def __init__(self, service: str) -> None:
        try:
            import botocore
            from botocore.loaders import Loader
        except ModuleNotFoundError:
            raise MissingModel(
                "check reads AWS's service models, which botocore brings: install the extra `aws`"
            ) from None
        described = Loader().load_service_model(service, "service-2")
        self._shapes: Mapping[str, Shape] = described["shapes"]
        self._operations: Mapping[str, Any] = described["operations"]
        self.version = f"botocore {botocore.__version__}"

    def shape(self, name: str) -> Shape:
        """Return a shape."""
        return self._shapes[name]

    def request(self, operation: str) -> str:
        """Name the shape of an operation's request."""
        return str(self._operations[operation]["input"]["shape"])

    def response(self, operation: str) -> str:
        """Name the shape of an operation's response."""
        return str(self._operations[operation]["output"]["shape"])


@cache
def load(service: str) -> Model:
    """Load a service's model once: reading it is most of what a check costs.

    Raises:
        MissingModel: botocore is not installed.
    """
    return Model(service)
