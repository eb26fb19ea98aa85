"""The tags that runs carry."""

EXECUTION_ID = "sagepipe.execution_id"
LEVEL = "sagepipe.level"  # which of the two below a run stands for
EXECUTION = "execution"
STEP_LEVEL = "step"
STEP = "sagepipe.step"
JOB_NAME = "sagepipe.job_name"
IMAGE_URI = "sagepipe.image_uri"
GIT_COMMIT = "sagepipe.git_commit"
DATA_HASH = "sagepipe.data_hash"  # followed by the input's name
CONTINUES = "sagepipe.continues"  # in a spool: the run that the server has of the same step
SPOOL = "sagepipe.spool"  # of a run that came from a spool: its run there
SYNCED = "sagepipe.synced"  # of the same: that all of it has come
TRIALS = "sagepipe.trials"  # of a tuning step's run: what is nested in it are its training jobs
FAILURE_REASON = "sagepipe.failure_reason"

# MLflow's own; its UI shows them.
PARENT_RUN = "mlflow.parentRunId"
RUN_NAME = "mlflow.runName"
NOTE = "mlflow.note.content"
USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_TYPE = "mlflow.source.type"
SOURCE_COMMIT = "mlflow.source.git.commit"
