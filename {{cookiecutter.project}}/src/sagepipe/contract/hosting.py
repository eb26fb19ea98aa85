"""What SageMaker expects of a container that serves a model.

Sources: SageMaker Developer Guide, "Use your own inference code with hosting services" and "Use
your own inference code with batch transform"; SageMaker Runtime API, InvokeEndpoint.
"""

PING_PATH = "/ping"
INVOCATIONS_PATH = "/invocations"

DEFAULT_PORT = 8080
PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"  # set in inference pipelines and multi-container endpoints
HOST_VARIABLE = "SAGEPIPE_SERVE_HOST"  # the library's own: every address where not set
LOOPBACK = "127.0.0.1"

CUSTOM_ATTRIBUTES_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
CUSTOM_ATTRIBUTES_CHARACTERS = 1024  # CustomAttributesHeader, max; printable US-ASCII

MEBIBYTE = 1024 * 1024
PAYLOAD_BYTES = 25 * MEBIBYTE  # SageMaker hosting FAQ, real-time inference
BATCH_PAYLOAD_VARIABLE = "SAGEMAKER_MAX_PAYLOAD_IN_MB"  # set by a transform job that limits it

STOP_SECONDS = 30  # from SIGTERM to SIGKILL
