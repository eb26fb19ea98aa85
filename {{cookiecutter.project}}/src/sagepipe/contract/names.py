"""Names and patterns: what SageMaker accepts, and what this library agrees on across its rooms."""

import re

DEFINITION_VERSION = "2020-12-01"

# Patterns of botocore's ``sagemaker`` model.
PIPELINE_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")  # PipelineName
STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")  # StepName
CHANNEL_NAME = re.compile(r"[A-Za-z0-9.\-_]{1,64}")  # ChannelName
PARAMETER_NAME = re.compile(r"[A-Za-z0-9\-_]{1,256}")  # PipelineParameterName
ENTITY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # EntityName: package groups
ROLE_ARN = re.compile(r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")  # RoleArn
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")  # S3's naming rules
APPROVALS = ("Approved", "Rejected", "PendingManualApproval")  # ModelApprovalStatus
INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")  # form of every ProcessingInstanceType

# What differs between laptop, dev and prod travels as pipeline parameters of these names.
BUCKET = "bucket"
ROLE = "role_arn"
IMAGE = "image_uri"
SERVING_IMAGE = "serving_image_uri"
TRACKING_URI = "mlflow_tracking_uri"
ENVIRONMENT_PARAMETERS = (BUCKET, ROLE, IMAGE, SERVING_IMAGE, TRACKING_URI)
TRACKING_OFF = "off"
# What is done where MLflow can't be used: the job fails; its records are kept in its output and
# `sagepipe mlflow sync` uploads them; nothing is recorded at all.
REQUIRED, BEST_EFFORT = "required", "best-effort"
POLICIES = (REQUIRED, BEST_EFFORT, TRACKING_OFF)
# What a step's log says where MLflow could not be used, and who shows a run looks for.
NOT_RECORDED = "this step is not recorded"
KEPT = "its records are kept in its output"
SPOOL = ".mlflow-spool"  # the folder of an output that holds them
SPOOL_DATABASE = "mlflow.db"

# Environment variables that the compiler sets and the runtime reads.
COMPONENT_VARIABLE = "SAGEPIPE_COMPONENT"
STEP_VARIABLE = "SAGEPIPE_STEP"
IMAGE_VARIABLE = "SAGEPIPE_IMAGE_URI"
# What the local runner found behind that name: the image's digest, or that there is no image.
IMAGE_DIGEST_VARIABLE = "SAGEPIPE_IMAGE_DIGEST"
NO_IMAGE = "none: it ran as a process, in no image"
GIT_COMMIT_VARIABLE = "SAGEPIPE_GIT_COMMIT"
TRACKING_URI_VARIABLE = "MLFLOW_TRACKING_URI"
POLICY_VARIABLE = "SAGEPIPE_MLFLOW_POLICY"
EXPERIMENT_VARIABLE = "MLFLOW_EXPERIMENT_NAME"

# What a component's outputs are called on disk.
METRICS_FILE = "metrics.json"
CLASSIFICATION_METRICS_FILE = "classification_metrics.json"
METADATA_FILE = ".metadata.json"
SUITE_HASH = "sagepipe_suite_hash"  # in the meta of a validation's result: which suite it was
VERDICT = "sagepipe_verdict"  # beside it: whether the data passed, with how many rows

# What every model package says of the execution that made it.
PACKAGE_EXECUTION = "sagepipe.execution_id"
PACKAGE_RUN = "mlflow.run_name"
PACKAGE_EXPERIMENT = "mlflow.experiment_name"
PACKAGE_METADATA = (PACKAGE_EXECUTION, PACKAGE_RUN, PACKAGE_EXPERIMENT)

# What a model says of itself in MLflow, in its archive and in its model package.
MODEL_VERSION = "mlflow.model_version"
MODEL_RUN = "mlflow.run_id"
NOT_TRACKED = "none"  # SageMaker refuses empty texts (CustomerMetadataValue)

# The last segment of every output's prefix in S3.
OUTPUT_LEAF = "data"

# The output, property file and file that hold what a component returns.
RETURNED = "returned"
RETURNED_FILE = "returned.json"

# How a training job's log shows a number to SageMaker's metric definitions.
METRIC_LINE = "sagepipe metric {name}={value};"

# Jobs of a pipeline are named ``pipelines-<execution id>-<step>-<10 characters>``; a tuning job's
# training jobs ``<execution id>-<step>-<10 characters>-<number>-<8 characters>``.
JOB_NAME = re.compile(
    r"(pipelines-)?(?P<execution>[a-z0-9]{12})-(?P<step>.+)-[A-Za-z0-9]{10}(?(1)|-\d{3,}-[a-f0-9]{8})"
)


def execution_id(job_name: str) -> str:
    """Read the pipeline execution's id from a job's name.

    The id can't travel in the job's environment: SageMaker's step cache keys on it, so no step
    would ever be a hit.

    Args:
        job_name: ``ProcessingJobName`` or ``TRAINING_JOB_NAME``.

    Returns:
        The 12 characters of the execution id, or the job's own name outside a pipeline.
    """
    match = JOB_NAME.fullmatch(job_name)
    return match["execution"] if match else job_name
