"""What SageMaker expects of a container that serves a model.

Sources: SageMaker Developer Guide, "Use your own inference code with hosting services" and "Use
your own inference code with batch transform"; SageMaker Runtime API, InvokeEndpoint.
"""

PING_PATH = "/ping"
INVOCATIONS_PATH = "/invocations"
EXECUTION_PARAMETERS_PATH = "/execution-parameters"  # batch transform; optional

DEFAULT_PORT = 8080
PORT_VARIABLE = "SAGEMAKER_BIND_TO_PORT"  # set in inference pipelines and multi-container endpoints
HOST_VARIABLE = "SAGEPIPE_SERVE_HOST"  # the library's own: every address where not set
LOOPBACK = "127.0.0.1"

CUSTOM_ATTRIBUTES_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
CUSTOM_ATTRIBUTES_CHARACTERS = 1024  # CustomAttributesHeader, max; printable US-ASCII

MEBIBYTE = 1024 * 1024
PAYLOAD_BYTES = 25 * MEBIBYTE  # SageMaker hosting FAQ, real-time inference
BATCH_PAYLOAD_VARIABLE = "SAGEMAKER_MAX_PAYLOAD_IN_MB"  # set by a transform job that limits it

BATCH_VARIABLE = "SAGEMAKER_BATCH"  # true in a transform job
BATCH_STRATEGY_VARIABLE = "SAGEMAKER_BATCH_STRATEGY"  # only where the caller set it, as the next
BATCH_CONCURRENCY_VARIABLE = "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"
BATCH_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}

PING_SECONDS = 2
STARTUP_SECONDS = 480  # until /ping has to answer with 200
STOP_SECONDS = 30  # from SIGTERM to SIGKILL
