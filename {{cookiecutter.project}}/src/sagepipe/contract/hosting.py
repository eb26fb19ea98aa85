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
QUEUE_VARIABLE = "SAGEPIPE_SERVE_QUEUE"  # the library's own
OUTSIDE_VARIABLE = "SAGEPIPE_SERVE_OUTSIDE"  # the library's own
# The library's own: the checksum of the model folder, as the model registry has it.
CHECKSUM_VARIABLE = "SAGEPIPE_MODEL_SHA256"
# What becomes of values that training's expectations refuse, the default first.
OUTSIDE = ("refuse", "report")
OUTSIDE_HEADER = "X-Sagepipe-Outside"  # the library's own: SageMaker does not pass it on
METRICS_PATH = "/metrics"  # the library's own, as the next: SageMaker passes neither on
OPENAPI_PATH = "/openapi.json"

# As AWS's containers call them: with the prefix in sagemaker-inference-toolkit (parameters.py),
# without in the example of a container of one's own (serve). The first that is set counts.
WORKERS_VARIABLES = ("SAGEMAKER_MODEL_SERVER_WORKERS", "MODEL_SERVER_WORKERS")
TIMEOUT_VARIABLES = ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "MODEL_SERVER_TIMEOUT")
ACCEPT_VARIABLE = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
LOOPBACK = "127.0.0.1"

CUSTOM_ATTRIBUTES_HEADER = "X-Amzn-SageMaker-Custom-Attributes"
CUSTOM_ATTRIBUTES_CHARACTERS = 1024  # CustomAttributesHeader, max; printable US-ASCII

# The ways to run a model, the default first: sagepipe.toml, [serving] engine.
ENGINES = ("onnx", "sklearn")
ENGINE_PARAMETER = "engine"  # of the pipelines that train

MEBIBYTE = 1024 * 1024
PAYLOAD_BYTES = 25 * MEBIBYTE  # SageMaker hosting FAQ, real-time inference
BATCH_PAYLOAD_VARIABLE = "SAGEMAKER_MAX_PAYLOAD_IN_MB"  # set by a transform job that limits it

BATCH_VARIABLE = "SAGEMAKER_BATCH"  # true in a transform job
BATCH_STRATEGY_VARIABLE = "SAGEMAKER_BATCH_STRATEGY"  # only where the caller set it, as the next
BATCH_CONCURRENCY_VARIABLE = "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"
BATCH_PAYLOAD_MB = 6  # CreateTransformJob, MaxPayloadInMB: default
BATCH_TOTAL_MB = 100  # and MaxConcurrentTransforms x MaxPayloadInMB, most
BATCH_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}

PING_SECONDS = 2
INVOCATION_SECONDS = 60  # InvokeEndpoint: the container has to answer within
TRANSFORM_SECONDS = 3600  # ModelClientConfig, InvocationsTimeoutInSeconds: most
INFERENCE_ID_HEADER = "X-Amzn-SageMaker-Inference-Id"
STARTUP_SECONDS = 480  # until /ping has to answer with 200
STOP_SECONDS = 30  # from SIGTERM to SIGKILL
