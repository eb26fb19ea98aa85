"""What is checked: SageMaker's rule and where it is written, by number."""

from dataclasses import dataclass

GUIDE = "developer guide"
API = "API model (botocore)"


@dataclass(frozen=True)
class Check:
    """One rule of the platform.

    Attributes:
        rule: What SageMaker does.
        source: Who says so.
    """

    rule: str
    source: str


_TRAINING_IMAGE = f"{GUIDE}, Dockerfile for training"
_RUNNING = f"{GUIDE}, how SageMaker provides training information"
_OUTPUT = f"{GUIDE}, how SageMaker processes training output"
_PROCESSING = f"{GUIDE}, build your own processing container"
_HOSTING = f"{GUIDE}, custom inference code with hosting services"
_BATCH = f"{GUIDE}, custom inference code with batch transform"
_STEPS = f"{GUIDE}, pipeline steps"
_SDK_TESTS = "integration tests of the SageMaker SDK"

CHECKS = {
    1: Check("A training job without an entrypoint runs the image with `train`", _TRAINING_IMAGE),
    2: Check("An entrypoint replaces the image's, and no `train` follows", _TRAINING_IMAGE),
    3: Check("Arguments alone go to the image's own entrypoint", _TRAINING_IMAGE),
    4: Check("Every hyperparameter is a JSON text; a request with another is refused", API),
    5: Check("A channel without ContentType has no such key in its configuration", _RUNNING),
    6: Check("Each host knows itself and all hosts, sorted", _RUNNING),
    7: Check(
        "An own image sees `TRAINING_JOB_NAME`, `TRAINING_JOB_ARN`, and no `SM_*` of the toolkit",
        _RUNNING,
    ),
    8: Check("Every host's name resolves", "SageMaker training toolkit"),
    9: Check(
        "A prefix with and without a slash at its end gives the same files", "SageMaker examples"
    ),
    10: Check(
        "A prefix that ends inside a name keeps the names whole", "aws/sagemaker-python-sdk#3612"
    ),
    11: Check("The URI of one object gives one file of its name", API),
    12: Check("Sharded objects go to one host each, all of them to some host", API),
    13: Check(
        "Pipe mode: a FIFO `<channel>_<epoch>` from 0, and no folder of the channel", _RUNNING
    ),
    14: Check("FastFile channels can't be written to", _RUNNING),
    15: Check("A failed job's reason is its failure file, cut at 1,024 characters", _OUTPUT),
    16: Check(
        "A failure file doesn't make a job fail that exits with 0", f"{GUIDE}, success and failure"
    ),
    17: Check(
        "A stopped job has 120 s; what it writes meanwhile is in the model, and it is Stopped",
        _OUTPUT,
    ),
    18: Check("A job that exceeds its time has secondary status MaxRuntimeExceeded", API),
    19: Check(
        "The model is at `<output>/<job>/output/model.tar.gz`, its files at the root", _SDK_TESTS
    ),
    20: Check(
        "output.tar.gz holds the contents of output/data, and not the failure file",
        "SageMaker examples",
    ),
    21: Check(
        "Checkpoints come back to the next job of the same URI, and are in no archive",
        f"{GUIDE}, checkpoints",
    ),
    22: Check(
        "The last value that a metric's regex finds is the final one", f"{GUIDE}, define metrics"
    ),
    23: Check(
        "A processing output's folder is there before the job; an empty one uploads nothing",
        _PROCESSING,
    ),
    24: Check(
        "A processing job's configuration has its documented names; what is unset is null",
        _PROCESSING,
    ),
    25: Check(
        "/opt/ml/output/message is the `ExitMessage`, cut at 1 KB; not UTF-8 fails the job",
        _PROCESSING,
    ),
    26: Check("Processing outputs lie right under their URI", _PROCESSING),
    27: Check("A symbolic link in an output is not uploaded", _PROCESSING),
    28: Check("An 11th input, or a path outside /opt/ml/processing, is refused", API),
    29: Check(
        "A model that answers /ping with 200 in time is in service; one that never does fails",
        _HOSTING,
    ),
    30: Check("A ping that takes more than 2 s is no answer", _HOSTING),
    31: Check(
        "Custom attributes reach the container and come back if it says so; X-Foo doesn't", _HOSTING
    ),
    32: Check(
        "A transform job says `SAGEMAKER_BATCH=true`, and its limits only where they were set",
        _BATCH,
    ),
    33: Check(
        "No request holds lines of two files; `a.csv` becomes `a.csv.out`",
        f"{GUIDE}, batch transform",
    ),
    34: Check(
        "A parameter given as text is what its type says, in comparisons and in Std:Join",
        "SageMaker SDK",
    ),
    35: Check("Std:Join writes an outcome in lower case", _SDK_TESTS),
    36: Check(
        "Steps of the branch not taken, and all that depend on them, are not listed",
        "SageMaker SDK",
    ),
    37: Check(
        "Beside a Fail step running steps finish; the execution's reason is always the same", _STEPS
    ),
    38: Check(
        "The cache looks at URIs, not at contents; outputs are no part of its key",
        f"{GUIDE}, caching",
    ),
    39: Check("A path that a property file lacks fails the step that asks for it", "SageMaker SDK"),
    40: Check("A job's own failure is never retried", f"{GUIDE}, retry policies"),
}
