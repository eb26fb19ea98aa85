"""Artifacts: what components read and write, with KFP's names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from pathlib import Path


class Artifact:
    """A file or folder that a component reads or writes.

    Attributes:
        name: The component's name for it.
        uri: Its place in S3, where the job is told of it; else its path.
        metadata: Facts that travel with it, JSON values by name.
        directory: SageMaker's folder for it, such as ``/opt/ml/processing/output/train``.
        path: What to read or write. Of an output, a path in ``directory`` that is not there yet
            and may be made a file or a folder, as in KFP. Of an input, the one entry that
            ``directory`` holds, or ``directory`` itself where it holds several.
    """

    suffix: ClassVar[str] = ""

    def __init__(
        self,
        *,
        path: str | Path | None = None,
        directory: str | Path | None = None,
        name: str = "",
        uri: str = "",
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name an artifact on disk.

        Args:
            path: The file or folder. It, ``directory``, or a ``uri`` on this machine has to be
                given.
            directory: The folder that holds it; the parent of ``path`` where not given.
            name: The component's name for it.
            uri: Its place in S3.
            metadata: Facts that travel with it.

        Raises:
            ValueError: Neither was given.
        """
        from pathlib import Path

        if path is None and directory is None and "://" not in uri:
            path = uri or None
        if path is None and directory is None:
            raise ValueError(f"{type(self).__name__}() needs a path or a directory")
        folder = Path(directory) if directory is not None else Path(path or "").parent
        self.name = name or (Path(path).stem if path is not None else folder.name)
        self.directory = str(folder)
        self.path = str(path) if path is not None else _only_entry(folder)
        self.uri = uri or self.path
        self.metadata: dict[str, Any] = dict(metadata or {})

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, path={self.path!r})"


class Dataset(Artifact):
    """A table, or any other data."""


class Model(Artifact):
    """A trained model; a training component's is ``/opt/ml/model``, archived as model.tar.gz.

    Attributes:
        framework: What it was trained with, a fact of ``metadata``.
    """

    @property
    def framework(self) -> str:
        return str(self.metadata.get("framework", ""))

    @framework.setter
    def framework(self, framework: str) -> None:
        self.metadata["framework"] = framework


class HTML(Artifact):
    """A page for a person to look at."""

    suffix = ".html"


class Markdown(Artifact):
    """A text for a person to read."""

    suffix = ".md"


class Metrics(Artifact):
    """Numbers by name; conditions read them and MLflow records them."""

    suffix = ".json"

    def log_metric(self, metric: str, value: float) -> None:
        """Record one number.

        Args:
            metric: Its name, such as ``auc``.
            value: A finite number.

        Raises:
            ValueError: The number is not finite: JSON and SageMaker's conditions have no form
                for it.
        """
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"metric {metric!r} is {number}; only a finite number can be recorded")
        self.metadata[metric] = number


class ClassificationMetrics(Artifact):
    """Curves and matrices of a classifier."""

    suffix = ".json"

    def log_roc_curve(
        self, fpr: Sequence[float], tpr: Sequence[float], threshold: Sequence[float]
    ) -> None:
        """Record a ROC curve.

        Args:
            fpr: False positive rates, length n.
            tpr: True positive rates, length n.
            threshold: Decision thresholds, length n.

        Raises:
            ValueError: The three differ in length.
        """
        if not len(fpr) == len(tpr) == len(threshold):
            raise ValueError(
                f"a ROC curve's columns differ in length: fpr {len(fpr)}, tpr {len(tpr)}, "
                f"threshold {len(threshold)}"
            )
        self.metadata["roc_curve"] = []
        for point in zip(fpr, tpr, threshold, strict=True):
            self.log_roc_data_point(*point)

    def log_roc_data_point(self, fpr: float, tpr: float, threshold: float) -> None:
        """Record one more point of a ROC curve.

        Args:
            fpr: False positive rate.
            tpr: True positive rate.
            threshold: Decision threshold.
        """
        # scikit-learn's first threshold is infinite, which JSON has no form for.
        point = {"fpr": float(fpr), "tpr": float(tpr), "threshold": min(float(threshold), 1e10)}
        self.metadata.setdefault("roc_curve", []).append(point)

    def log_confusion_matrix(
        self, categories: Sequence[str], matrix: Sequence[Sequence[int]]
    ) -> None:
        """Record a confusion matrix.

        Args:
            categories: The n class names.
            matrix: n rows (true class) of n counts (predicted class).

        Raises:
            ValueError: The matrix is not n by n.
        """
        size = len(categories)
        if len(matrix) != size or any(len(row) != size for row in matrix):
            raise ValueError(
                f"a confusion matrix of {size} categories needs {size} x {size} counts"
            )
        self.metadata["confusion_matrix"] = {
            "categories": list(categories),
            "matrix": [[int(count) for count in row] for row in matrix],
        }

    def set_confusion_matrix_categories(self, categories: Sequence[str]) -> None:
        """Start a confusion matrix of zeros.

        Args:
            categories: The n class names.
        """
        self.log_confusion_matrix(categories, [[0] * len(categories) for _ in categories])

    def log_confusion_matrix_row(self, row_category: str, row: Sequence[int]) -> None:
        """Record one row of a confusion matrix whose categories are set.

        Args:
            row_category: The true class.
            row: How often each class was predicted, in the order of the categories.

        Raises:
            ValueError: There is no such class, or the row has another length.
        """
        categories, matrix = self._matrix()
        if len(row) != len(categories):
            raise ValueError(f"a row of this confusion matrix has {len(categories)} counts")
        matrix[_place(categories, row_category)] = [int(count) for count in row]

    def log_confusion_matrix_cell(self, row_category: str, col_category: str, value: int) -> None:
        """Record one count of a confusion matrix whose categories are set.

        Args:
            row_category: The true class.
            col_category: The predicted class.
            value: How often.

        Raises:
            ValueError: There is no such class.
        """
        categories, matrix = self._matrix()
        row = matrix[_place(categories, row_category)]
        row[_place(categories, col_category)] = int(value)

    def _matrix(self) -> tuple[list[str], list[list[int]]]:
        recorded = self.metadata.get("confusion_matrix")
        if recorded is None:
            raise ValueError("call set_confusion_matrix_categories first")
        return recorded["categories"], recorded["matrix"]


def _place(categories: list[str], category: str) -> int:
    if category not in categories:
        raise ValueError(f"{category!r} is none of the categories {', '.join(categories)}")
    return categories.index(category)


class Direction:
    """The mark that tells an input's annotation from an output's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


INPUT = Direction("Input")
OUTPUT = Direction("Output")

T = TypeVar("T")
Input = Annotated[T, INPUT]
Output = Annotated[T, OUTPUT]


def _only_entry(folder: Path) -> str:
    """Return the folder's single visible entry, or the folder where it has none or several."""
    entries = [entry for entry in folder.glob("*") if not entry.name.startswith(".")]
    return str(entries[0] if len(entries) == 1 else folder)
