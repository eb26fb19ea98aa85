"""Models in ONNX: data that ONNX Runtime computes with. No code of the model's is run."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from sagepipe.serving.columns import Columns
from sagepipe.serving.errors import BadRequest, ModelError
from sagepipe.serving.predictions import Predictions
from sagepipe.serving.rowwise import row_by_row
from sagepipe.serving.schema import FeatureType, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

MODEL_FILE = "model.onnx"

# The graph's inputs, (rows, features) each. No value within the graph has a space in its name.
NUMBERS = "all numbers"
TEXTS = "all texts"

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
        inputs: The inputs' features in the order of their columns.
        row_by_row: Whether a row's answer is the same to the last bit, whichever rows are
            computed with it.
    """

    classes: Sequence[Any] | None = None
    probabilities: bool = False
    no_missing: Sequence[str] = ()
    no_unknown: Mapping[str, Sequence[str]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    inputs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    row_by_row: bool = False

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
        self._check(columns)
        return self.compute(*self.matrices(columns))

    def matrices(self, columns: Columns) -> "tuple[NDArray[Any], NDArray[Any]]":
        """Put columns side by side as the graph takes them.

        Args:
            columns: As for ``predict``.

        Returns:
            The numbers in double precision and the texts; NaN and ``MISSING`` where one is missing.
        """
        import numpy as np

        inputs = inputs_of(self.schema)
        rows = len(next(iter(columns.values())))
        numbers = np.empty((rows, len(inputs[NUMBERS])))
        for place, name in enumerate(inputs[NUMBERS]):
            numbers[:, place] = columns[name]  # None, a missing true or false, becomes NaN
        texts = np.empty((rows, len(inputs[TEXTS])), dtype=np.object_)
        for place, name in enumerate(inputs[TEXTS]):
            texts[:, place] = _texts(columns[name])
        return numbers, texts

    def compute(self, numbers: "NDArray[Any]", texts: "NDArray[Any]") -> Predictions:
        """Run the graph.

        Args:
            numbers: Shape (rows, features), as ``matrices`` makes them.
            texts: The same.

        Returns:
            What it says of each row.
        """
        import numpy as np

        feed = {NUMBERS: numbers, TEXTS: texts}
        outputs = self.session.run(self._outputs, {name: feed[name] for name in self._inputs})
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
    def _inputs(self) -> list[str]:
        return [item.name for item in self.session.get_inputs()]

    @cached_property
    def _outputs(self) -> list[str]:
        return [item.name for item in self.session.get_outputs()]

    @cached_property
    def _classes(self) -> "NDArray[Any] | None":
        import numpy as np

        return None if self.facts.classes is None else np.array(self.facts.classes)

    def _check(self, columns: Columns) -> None:
        """Refuse what the native model refuses: the graph would give an answer without sense."""
        import numpy as np

        text = {feature.name for feature in self.schema.features if feature.type == "string"}
        for name in self.facts.no_missing:
            values = columns[name]
            missing = (
                _texts(values) == MISSING if name in text else np.isnan(values.astype(np.float64))
            )
            _refuse(name, missing, "a value is missing; the model was trained without such rows")
        for name, limit in self.facts.limits.items():
            _refuse(name, np.abs(columns[name]) > limit, f"a number is larger than {limit:.3g}")
        for name, known in self.facts.no_unknown.items():
            unknown = np.isin(_texts(columns[name]), [*known, MISSING], invert=True)
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
    model = read(content, schema, str(path))
    if not model.facts.row_by_row or _is_row_by_row_here(model):
        return model
    return replace(model, facts=replace(model.facts, row_by_row=False))


def _is_row_by_row_here(model: OnnxModel) -> bool:
    """Repeat a part of the proof: ONNX Runtime has other code for other processors."""
    import numpy as np

    if model.schema.example is None:
        return False
    rows = model.inline_rows
    numbers, texts = model.matrices(
        {name: np.array([value] * rows) for name, value in model.schema.example.items()}
    )
    numbers *= np.linspace(0.3, 3, rows)[:, np.newaxis]
    return row_by_row(model.compute, numbers, texts, rows)


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
    had, wanted = (
        {(matrix, name) for matrix, names in inputs.items() for name in names}
        for inputs in (facts.inputs, inputs_of(schema))
    )
    if {matrix: list(names) for matrix, names in facts.inputs.items()} != inputs_of(schema):
        differing = ", ".join(sorted({name for _, name in had ^ wanted})) or "the columns' order"
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


def inputs_of(schema: Schema) -> dict[str, list[str]]:
    """Sort features into the graph's inputs: numbers, whole numbers and true/false, then text."""
    of = {kind: list(schema.by_type.get(kind, ())) for kind in get_args(FeatureType)}
    return {NUMBERS: of["number"] + of["integer"] + of["boolean"], TEXTS: of["string"]}


def _texts(values: Any) -> "NDArray[Any]":
    """Give missing texts the word that stands for them."""
    import numpy as np

    array: NDArray[Any] = np.asarray(values)
    listed = array.tolist()
    if array.dtype == np.object_ and set(map(type, listed)) == {str}:
        return array
    texts = [MISSING if value is None or value != value else value for value in listed]
    return np.array(texts, dtype=np.object_)


def _refuse(name: str, bad: "NDArray[Any]", reason: str) -> None:
    if bad.any():
        row = int(bad.argmax()) + 1
        raise BadRequest(f"row {row}, column {name!r}: {reason}", row=row, column=name)
