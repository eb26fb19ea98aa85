"""What the evaluation shows: figures, and the page that holds them."""

import base64
import html
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from {{ cookiecutter.package }} import schema

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def roc(truth: "np.ndarray", score: "np.ndarray") -> "Figure":
    """Draw how much of the second class is found for how many false alarms."""
    from sklearn.metrics import RocCurveDisplay

    figure, axes = _axes("ROC curve")
    RocCurveDisplay.from_predictions(truth, score, ax=axes, name="model", plot_chance_level=True)
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    return figure


def roc_by_class(truth: "np.ndarray", scores: "np.ndarray") -> "Figure":
    """Draw the ROC curve of each class against the others."""
    from sklearn.metrics import RocCurveDisplay

    figure, axes = _axes("ROC curve of each class against the others")
    for place, label in enumerate(schema.CLASSES):
        if (truth == label).any():
            RocCurveDisplay.from_predictions(
                truth == label, scores[:, place], ax=axes, name=schema.CLASS_NAMES[place]
            )
    axes.plot([0, 1], [0, 1], color="black", linewidth=1, linestyle="--")
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    return figure


def precision_recall(truth: "np.ndarray", score: "np.ndarray") -> "Figure":
    """Draw how much of what is called the second class is, against how much of it is found."""
    from sklearn.metrics import PrecisionRecallDisplay

    figure, axes = _axes("Precision and recall")
    PrecisionRecallDisplay.from_predictions(
        truth, score, ax=axes, name="model", plot_chance_level=True
    )
    axes.set(xlabel="recall", ylabel="precision")
    return figure


def confusion(matrix: "np.ndarray") -> "Figure":
    """Draw what was predicted against what happened."""
    from sklearn.metrics import ConfusionMatrixDisplay

    figure, axes = _axes("Confusion matrix")
    ConfusionMatrixDisplay(matrix, display_labels=schema.CLASS_NAMES).plot(
        ax=axes, cmap="Blues", xticks_rotation="horizontal" if len(matrix) < 4 else "vertical"
    )
    return figure


def calibration(truth: "np.ndarray", score: "np.ndarray") -> "Figure":
    """Draw how often rows were of the second class that had been given about the same score."""
    from sklearn.calibration import CalibrationDisplay

    figure, axes = _axes("Calibration")
    CalibrationDisplay.from_predictions(
        truth, score, n_bins=10, strategy="quantile", ax=axes, name="model"
    )
    axes.set(xlabel="predicted probability", ylabel=f"share of {schema.CLASS_NAMES[1]!r}")
    return figure


def predicted_vs_actual(truth: "np.ndarray", predicted: "np.ndarray") -> "Figure":
    """Draw each row's predicted number against its real one."""
    figure, axes = _axes("Predicted and actual")
    axes.scatter(truth, predicted, s=8, alpha=0.4)
    axes.axline((0, 0), slope=1, color="black", linewidth=1, linestyle="--")
    axes.set(xlabel=f"actual {schema.TARGET}", ylabel=f"predicted {schema.TARGET}")
    return figure


def residuals(truth: "np.ndarray", predicted: "np.ndarray") -> "Figure":
    """Draw each row's error against what was predicted for it."""
    figure, axes = _axes("Residuals")
    axes.scatter(predicted, truth - predicted, s=8, alpha=0.4)
    axes.axhline(0, color="black", linewidth=1, linestyle="--")
    axes.set(xlabel=f"predicted {schema.TARGET}", ylabel="actual minus predicted")
    return figure


def error_histogram(truth: "np.ndarray", predicted: "np.ndarray") -> "Figure":
    """Draw how large the errors are, the two per cent at the ends left out."""
    import numpy as np

    errors = truth - predicted
    figure, axes = _axes("Errors")
    axes.hist(errors, bins=40, range=tuple(np.quantile(errors, [0.01, 0.99])))
    axes.axvline(0, color="black", linewidth=1, linestyle="--")
    axes.set(xlabel="actual minus predicted", ylabel="rows")
    return figure


def page(numbers: Mapping[str, float], figures: Mapping[str, "Figure"]) -> str:
    """Put metrics and figures on one page that needs no other file.

    Args:
        numbers: Metrics by name.
        figures: Figures by name.

    Returns:
        The page, HTML.
    """
    rows = "\n".join(
        f"<tr><th>{html.escape(name)}</th><td>{value:,.4g}</td></tr>"
        for name, value in numbers.items()
    )
    images = "\n".join(
        f'<img alt="{html.escape(name)}" src="data:image/png;base64,{_png(figure)}">'
        for name, figure in figures.items()
    )
    return _PAGE.format(rows=rows, images=images)


def _axes(title: str) -> tuple["Figure", "Axes"]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def _png(figure: "Figure") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Evaluation</title>
<style>
body {% raw %}{{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem }}
table {{ border-collapse: collapse; margin-bottom: 1.5rem }}
th, td {{ padding: .2rem 1rem .2rem 0; text-align: left }}
td {{ text-align: right; font-variant-numeric: tabular-nums }}
img {{ max-width: 100%; width: 34rem }}{% endraw %}
</style>
<h1>Evaluation on held-out rows</h1>
<table>
{rows}
</table>
{images}
</html>
"""
