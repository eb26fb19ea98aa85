"""Models in ONNX: data that ONNX Runtime computes with. No code of the model's is run."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, ModelError
from sagepipe.serving.predictions import Predictions
from sagepipe.serving.schema import Feature, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

MODEL_FILE = "model.onnx"

# What a missing text is in the graph: no text that a person or a program would send.
MISSING = "\x00missing"

# Key of the facts below in the file's metadata.
FACTS = "sagepipe"


@dataclass(frozen=True)
class Facts:
    """What the graph alone does not say; it travels in the file's metadata.

    Attributes:
        classes: A classifier's labels, in the order of the probabilities' columns.
        probabilities: Whether there are probabilities.
        no_missing: Features whose missing values the native model refuses.
        no_unknown: Features whose unknown values it refuses, with the known ones.
        limits: Features with the largest absolute value that it takes.
    """

    classes: Sequence[Any] | None = None
    probabilities: bool = False
    no_missing: Sequence[str] = ()
    no_unknown: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)

    def dumps(self) -> str:
        """Write the facts as JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class OnnxModel:
    """An ONNX graph, the columns it takes and what it gives."""

    # Requests of up to so many rows take about as long as handing them to a thread would.
    inline_rows: ClassVar[int] = 16

    session: "InferenceSession"
    schema: Schema
    facts: Facts

    def predict(self, columns: Columns) -> Predictions:
        """Predict every row, with the probability of each class where there are classes.

        Args:
            columns: Column name → values, as ``parse`` makes them.

        Returns:
            The label of each row, or the number.

        Raises:
            BadRequest: A value that the model refused in training, too.
        """
        import numpy as np

        feed = {
            feature.name: _array(feature, columns)[:, np.newaxis]
            for feature in self.schema.features
        }
        self._check(feed)
        outputs = self.session.run(None, feed)
        values = outputs[0].reshape(-1)
        classes = self._classes
        if classes is None:
            return Predictions(values)
        if classes.dtype.kind in "bf":  # whole numbers in the graph
            values = values.astype(classes.dtype)
        if not self.facts.probabilities:
            return Predictions(values)
        return Predictions(values, np.asarray(outputs[1]), classes)

    @cached_property
    def _classes(self) -> "NDArray[Any] | None":
        import numpy as np

        return None if self.facts.classes is None else np.array(self.facts.classes)

    def _check(self, arrays: "Mapping[str, NDArray[Any]]") -> None:
        """Refuse what the native model refuses: the graph would give an answer without sense."""
        import numpy as np

        for name in self.facts.no_missing:
            values = arrays[name]
            missing = values == MISSING if values.dtype == object else np.isnan(values)
            _refuse(name, missing, "a value is missing; the model was trained without such rows")
        for name, limit in self.facts.limits.items():
            _refuse(name, np.abs(arrays[name]) > limit, f"a number is larger than {limit:.3g}")
        for name, known in self.facts.no_unknown.items():
            unknown = np.isin(arrays[name], [*known, MISSING], invert=True)
            _refuse(
                name, unknown, "training's data had no such value, and the model takes no other"
            )


def load(directory: str | Path) -> OnnxModel:
    """Load what training exported.

    Args:
        directory: The unpacked model (``Input[Model].directory``, ``/opt/ml/model``).

    Returns:
        The model, set to one thread: a request is too small to share out.

    Raises:
        ModelError: A file is missing or broken.
    """
    path = Path(directory) / MODEL_FILE
    schema = Schema.read(path.parent)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; training writes it") from None
    return read(content, schema, str(path))


def read(content: bytes, schema: Schema, name: str = MODEL_FILE) -> OnnxModel:
    """Make a model of a file's content.

    Args:
        content: The ONNX file.
        schema: The columns it was fitted on.
        name: What to call it in an error.

    Raises:
        ModelError: It is not an ONNX model, or one that training here did not write.
    """
    onnxruntime = _quiet_runtime()
    try:
        session = onnxruntime.InferenceSession(
            content, _options(), providers=["CPUExecutionProvider"]
        )
        facts = Facts(**json.loads(session.get_modelmeta().custom_metadata_map[FACTS]))
    except KeyError:
        raise ModelError(
            f"{name}: an ONNX model without sagepipe's metadata; write it with sagepipe.export.save"
        ) from None
    except Exception as error:  # ONNX Runtime has an exception for each of its error codes
        reason = " ".join(str(error).split())
        raise ModelError(f"{name}: not a model that ONNX Runtime can run ({reason})") from error
    wanted = {item.name for item in session.get_inputs()}
    if wanted != set(schema.names):
        differing = ", ".join(sorted(wanted ^ set(schema.names)))
        raise ModelError(f"{name}: it and schema.json differ in {differing}; train the model again")
    return OnnxModel(session, schema, facts)


def _quiet_runtime() -> Any:
    """Import ONNX Runtime, whose official builds report to Microsoft unless told not to before."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _options() -> Any:
    options = _quiet_runtime().SessionOptions()
    # A row takes microseconds: handing it to other threads takes longer.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what fails is raised, and needs no second report on stderr
    return options


def _array(feature: Feature, columns: Columns) -> "NDArray[Any]":
    """Make a column what the graph takes: doubles, or text."""
    import numpy as np

    values = np.asarray(columns[feature.name])
    if feature.type != "string":
        return values.astype(np.float64, copy=False)  # None, a missing true or false, becomes NaN
    listed = values.tolist()
    if values.dtype == np.object_ and set(map(type, listed)) == {str}:
        return values
    texts = [MISSING if value is None or value != value else value for value in listed]
    return np.array(texts, dtype=np.object_)


def _refuse(name: str, bad: "NDArray[Any]", reason: str) -> None:
    if bad.any():
        row = int(bad.argmax()) + 1
        raise BadRequest(f"row {row}, column {name!r}: {reason}", row=row, column=name)
