"""Leaving training: the model as ONNX with its proof, the native one beside it."""

import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.export import expected, parity
from sagepipe.export.convert import REMEDY, convert, with_facts
from sagepipe.export.edges import edges
from sagepipe.export.errors import ExportError
from sagepipe.export.parity import Proof
from sagepipe.serving import ModelError, Predictions, Schema, engines
from sagepipe.serving.engines import onnx, sklearn
from sagepipe.serving.engines.onnx import OnnxModel

if TYPE_CHECKING:
    from pandas import DataFrame


def save(
    estimator: Any,
    directory: str | Path,
    features: "DataFrame",
    target: str | None = None,
    engine: str = "onnx",
    tolerance: float = parity.TOLERANCE,
    suites: Iterable[str | Path] = (),
    test: "DataFrame | None" = None,
) -> Proof | None:
    """Write a fitted estimator into a model folder, as its engine takes it.

    With ``onnx`` these files are written once the exported model has answered every row of
    ``features`` and ``test`` as the native one does, and rows with missing values, unknown
    categories and extreme numbers made from them: ``model.onnx``, the proof in ``parity.json``,
    ``schema.json``, and the native model in ``model.skops`` where its types allow. With
    ``sklearn`` it is the native model and the schema alone.

    Args:
        estimator: A fitted scikit-learn estimator, most often a pipeline.
        directory: The model folder (``Output[Model].directory``).
        features: The rows it was fitted on, its features alone in its order.
        target: Name of the predicted column.
        engine: What serves the model, ``onnx`` or ``sklearn``.
        tolerance: What scores may differ by; numbers by this share of their size.
        suites: Expectation suites that the features have met; the server holds requests against
            what they say of single values.
        test: The whole test set, the same features: the proof is held on rows that the model was
            not fitted on, too.

    Returns:
        The proof; None with ``sklearn``, where there is nothing to prove.

    Raises:
        ExportError: The model can't be exported, or answers otherwise than the native one; or a
            suite refuses what it was fitted on.
        ModelError: The native model holds a type that can't be loaded again safely.
    """
    if engine not in engines.ENGINES:
        raise ExportError(f"engine {engine!r} is unknown; there are {', '.join(engines.ENGINES)}")
    folder = Path(directory)
    schema = Schema.from_frame(features, target=target)
    schema = replace(schema, expectations=expected.read(suites, schema))
    expected.check(schema, features)
    if engine == "sklearn":
        sklearn.save(estimator, folder, schema)
        return None
    content, proof = export(estimator, features, schema, tolerance, test)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        sklearn.save(estimator, folder, schema)
    except ModelError as error:  # the server does not need it
        warnings.warn(f"the model folder gets no {sklearn.MODEL_FILE}: {error}", stacklevel=2)
        schema.write(folder)
    beside = folder / f"{onnx.MODEL_FILE}.tmp"
    beside.write_bytes(content)
    beside.replace(folder / onnx.MODEL_FILE)
    proof.write(folder)
    return proof


def predict_as_served(directory: str | Path, features: "DataFrame") -> Predictions:
    """Ask the model that will serve; the native one beside it has to answer the same.

    Evaluation asks so: its numbers are those of the model that callers get.

    Args:
        directory: The model folder (``Input[Model].directory``).
        features: Rows, the model's features alone.

    Returns:
        One prediction a row, in the rows' order.

    Raises:
        ExportError: The two models answer otherwise.
        ModelError: There is no model, or a broken one.
    """
    folder = Path(directory)
    served = engines.load(folder)
    native = folder / sklearn.MODEL_FILE
    if isinstance(served, OnnxModel) and native.is_file():
        parity.prove(sklearn.load(folder).estimator, served, features)
    return served.predict(parity.columns(features))


def export(
    estimator: Any,
    features: "DataFrame",
    schema: Schema,
    tolerance: float = parity.TOLERANCE,
    test: "DataFrame | None" = None,
) -> tuple[bytes, Proof]:
    """Convert an estimator and prove that the result answers as it does.

    Args:
        estimator: The fitted estimator.
        features: The rows it was fitted on.
        schema: Their columns.
        tolerance: As for ``save``.
        test: As for ``save``.

    Returns:
        The ONNX file's content and the proof.

    Raises:
        ExportError: It can't be exported, or answers otherwise.
    """
    if estimator.predict(features.head(1)).ndim > 1:
        raise ExportError(f"a model of several targets can't be exported: train one each, {REMEDY}")
    graph = convert(estimator, schema)
    try:
        exported = onnx.read(with_facts(graph, parity.facts(estimator, schema)), schema)
    except ModelError as error:
        raise ExportError(f"{error}; choose other steps, {REMEDY}") from error
    try:
        proof = parity.prove(
            estimator, exported, features, edges(features, schema), tolerance, _alike(test, schema)
        )
    except ExportError as error:
        raise ExportError(f"the exported model is not the trained one: {error}; {REMEDY}") from None
    except (ValueError, TypeError) as error:  # scikit-learn's
        raise ExportError(f"the trained model refuses rows it is proven on: {error}") from error
    return with_facts(graph, parity.facts(estimator, schema, proof, features)), proof


def _alike(test: "DataFrame | None", schema: Schema) -> "DataFrame | None":
    """Make sure that the test set has rows of what the model takes."""
    if test is None:
        return None
    if tuple(map(str, test.columns)) != schema.names:
        raise ExportError(
            f"the test set has the columns {', '.join(map(str, test.columns))}, the model takes "
            f"{', '.join(schema.names)}"
        )
    if not len(test):
        raise ExportError("the test set has no rows")
    return test
