"""The tags that runs carry."""

EXECUTION_ID = "sagepipe.execution_id"
LEVEL = "sagepipe.level"  # which of the two below a run stands for
EXECUTION = "execution"
STEP_LEVEL = "step"
STEP = "sagepipe.step"
JOB_NAME = "sagepipe.job_name"
IMAGE_URI = "sagepipe.image_uri"
IMAGE_DIGEST = "sagepipe.image_digest"
GIT_COMMIT = "sagepipe.git_commit"
DATA_HASH = "sagepipe.data_hash"  # followed by the input's name
CONTINUES = "sagepipe.continues"  # in a spool: what the server has of the same step, or model
SPOOL = "sagepipe.spool"  # of a run or model that came from a spool: what it is there
WANTED = "sagepipe.wanted"  # in a spool, and a model's id on the server: its registered name
SYNCED = "sagepipe.synced"  # of the same: that all of it has come
REUSED_FROM = "sagepipe.reused_from"  # of a step that was not run: the execution of its outputs
REUSED_RUN = "sagepipe.reused_run"  # and the run that made them
TRIALS = "sagepipe.trials"  # of a tuning step's run: what is nested in it are its training jobs
BEST = "sagepipe.best"  # of the best training job of a tuning step
BEST_TRIAL = "sagepipe.best_trial"  # of the tuning step's run: which one that is
SUITE_HASH = "sagepipe.suite_hash"  # followed by what was validated
FAILURE_REASON = "sagepipe.failure_reason"
VERDICT = "sagepipe.verdict"  # of a comparison with the champion, in a sentence

# On versions in MLflow's model registry.
PACKAGE_ARN = "sagepipe.model_package_arn"
EXECUTION_ARN = "sagepipe.execution_arn"
APPROVAL = "sagepipe.approval_status"
CANDIDATE, CHAMPION = "candidate", "champion"  # aliases

# MLflow's own; its UI shows them.
PARENT_RUN = "mlflow.parentRunId"
RUN_NAME = "mlflow.runName"
NOTE = "mlflow.note.content"
USER = "mlflow.user"
SOURCE_NAME = "mlflow.source.name"
SOURCE_COMMIT = "mlflow.source.git.commit"
