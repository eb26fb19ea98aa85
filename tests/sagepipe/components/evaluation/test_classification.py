"""What is said about classifiers is what scikit-learn says, on all rows and on each resample."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as oracle

from sagepipe.components.evaluation import bootstrap, classification, report
from sagepipe.components.evaluation.results import Evaluation, Sampling
from sagepipe.dsl import ClassificationMetrics
from sagepipe.serving import Predictions

ROWS = 400
QUICK = Sampling(rounds=50)


def two_classes(
    rows: int = ROWS, labels: tuple[object, object] = (0, 1)
) -> tuple[np.ndarray, Predictions]:
    """A classifier that knows something; its scores have ties."""
    draw = np.random.default_rng(3)
    hit = draw.random(rows) < 0.3
    score = np.clip(np.round(0.3 + 0.25 * hit + 0.2 * draw.standard_normal(rows), 2), 0.01, 0.99)
    classes = np.array(labels)
    both = np.column_stack([1 - score, score])
    return classes[hit.astype(int)], Predictions(classes[both.argmax(1)], both, classes)


def three_classes(rows: int = ROWS) -> tuple[np.ndarray, Predictions]:
    draw = np.random.default_rng(4)
    classes = np.array(["ash", "birch", "cedar"])
    truth = draw.integers(3, size=rows)
    raw = draw.random((rows, 3)) + np.eye(3)[truth]
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return classes[truth], Predictions(classes[raw.argmax(1)], probabilities, classes)


@pytest.mark.parametrize("drawn", [False, True], ids=["all rows", "a resample"])
def test_metrics_of_two_classes_are_scikit_learns(drawn: bool) -> None:
    truth, predictions = two_classes()
    answers = classification.answers(truth, predictions, threshold=0.4)
    weights = next(bootstrap.draws(ROWS, Sampling(rounds=1))) if drawn else np.ones(ROWS)
    rows = np.repeat(np.arange(ROWS), weights.astype(int))
    score, called = answers.score[rows], (answers.score >= 0.4)[rows]

    assert {
        item.name: item.of(weights) for item in classification.scores(answers)
    } == pytest.approx(
        {
            "auc": oracle.roc_auc_score(truth[rows], score),
            "average_precision": oracle.average_precision_score(truth[rows], score),
            "log_loss": oracle.log_loss(truth[rows], score),
            "brier": oracle.brier_score_loss(truth[rows], score),
            "accuracy": oracle.accuracy_score(truth[rows], called),
            "precision": oracle.precision_score(truth[rows], called),
            "recall": oracle.recall_score(truth[rows], called),
            "f1": oracle.f1_score(truth[rows], called),
            "positive_share": truth[rows].mean(),
        }
    )


@pytest.mark.parametrize("drawn", [False, True], ids=["all rows", "a resample"])
def test_metrics_of_three_classes_are_scikit_learns(drawn: bool) -> None:
    truth, predictions = three_classes()
    answers = classification.answers(truth, predictions)
    weights = next(bootstrap.draws(ROWS, Sampling(rounds=1))) if drawn else np.ones(ROWS)
    rows = np.repeat(np.arange(ROWS), weights.astype(int))
    assert predictions.probabilities is not None
    called, probabilities = predictions.values[rows], predictions.probabilities[rows]

    assert {
        item.name: item.of(weights) for item in classification.scores(answers)
    } == pytest.approx(
        {
            "accuracy": oracle.accuracy_score(truth[rows], called),
            "balanced_accuracy": oracle.balanced_accuracy_score(truth[rows], called),
            "f1_macro": oracle.f1_score(truth[rows], called, average="macro"),
            "auc_ovr": oracle.roc_auc_score(truth[rows], probabilities, multi_class="ovr"),
            "log_loss": oracle.log_loss(truth[rows], probabilities),
        }
    )


def test_of_more_than_two_classes_the_most_frequent_ones_share_is_told() -> None:
    truth, predictions = three_classes()
    found = classification.measure(
        classification.answers(truth, predictions), "tree", sampling=Sampling(rounds=0)
    )
    most = max(np.unique(truth, return_counts=True)[1])
    assert found.facts["largest_share"] == pytest.approx(most / ROWS)


def test_classes_are_called_what_people_call_them() -> None:
    answers = classification.answers(*two_classes(), called={"1": "late"})
    assert answers.names == ["0", "late"]
    legend = classification.figures(answers)["roc"].axes[0].get_legend()
    assert legend is not None and legend.get_texts()[0].get_text().startswith("late")


def test_intervals_are_seeded_and_hold_the_value() -> None:
    answers = classification.answers(*two_classes())
    one, again, other = (
        classification.measure(answers, "late", sampling=Sampling(rounds=100, seed=seed))
        for seed in (7, 7, 8)
    )

    assert one == again != other
    for metric in one.metrics:
        assert metric.low is not None and metric.high is not None
        assert metric.low < metric.value < metric.high


def test_four_times_the_rows_halve_the_interval() -> None:
    def width(rows: int) -> float:
        found = classification.measure(
            classification.answers(*two_classes(rows)), "late", sampling=Sampling(rounds=300)
        ).metric("auc")
        assert found.low is not None and found.high is not None
        return found.high - found.low

    assert width(4 * ROWS) / width(ROWS) == pytest.approx(0.5, abs=0.15)


def test_rows_that_go_together_are_no_independent_evidence() -> None:
    """Each row is there four times: only drawing the four as one gives the true interval."""
    truth, predictions = two_classes(100)
    assert predictions.probabilities is not None
    fourfold = Predictions(
        np.repeat(predictions.values, 4),
        np.repeat(predictions.probabilities, 4, axis=0),
        predictions.classes,
    )
    frame = pd.DataFrame({"day": np.repeat(np.arange(100), 4)})
    answers = classification.answers(np.repeat(truth, 4), fourfold)

    once = classification.measure(classification.answers(truth, predictions), "late")
    together = classification.measure(answers, "late", frame, sampling=Sampling(groups=["day"]))
    apart = classification.measure(answers, "late", frame)

    assert together.metric("auc") == once.metric("auc")
    assert apart.metric("auc").low > once.metric("auc").low  # type: ignore[operator]


def test_segments_are_measured_by_themselves() -> None:
    truth, predictions = two_classes(labels=("no", "yes"))
    draw = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "place": draw.choice(
                ["north", "south", "tiny", "mini"], ROWS, p=[0.6, 0.35, 0.03, 0.02]
            ),
            "size": np.where(draw.random(ROWS) < 0.1, np.nan, draw.random(ROWS)),
        }
    )
    answers = classification.answers(truth, predictions)
    found = classification.measure(answers, "late", frame, ["place", "size"], QUICK).segments

    places = {item.value: item for item in found if item.column == "place"}
    assert list(places) == ["north", "south", "2 others"]
    north = (frame["place"] == "north").to_numpy()
    expected = oracle.roc_auc_score(truth[north] == "yes", answers.score[north])
    assert places["north"].metrics[0].value == pytest.approx(expected)
    sizes = [item for item in found if item.column == "size"]
    assert len(sizes) == 5 and sizes[-1].value == "missing"
    assert sum(item.rows for item in sizes) == sum(item.rows for item in places.values()) == ROWS


def test_a_segment_of_one_class_has_no_auc() -> None:
    truth, predictions = two_classes()
    frame = pd.DataFrame({"known": truth})
    found = classification.measure(
        classification.answers(truth, predictions), "late", frame, ["known"], QUICK
    ).segments
    assert [metric.name for metric in found[0].metrics] == ["log_loss", "positive_share"]


def test_the_positive_class_may_be_the_first_one() -> None:
    truth, predictions = two_classes(labels=("bad", "good"))
    of_bad = classification.answers(truth, predictions, positive="bad")
    assert of_bad.names[of_bad.positive or 0] == "bad"
    assert of_bad.hit.sum() == (truth == "bad").sum()
    assert (of_bad.predicted == 0).sum() == (of_bad.score >= 0.5).sum()


def test_labels_that_a_csv_file_made_numbers_are_the_models_texts() -> None:
    truth, predictions = two_classes(labels=("1", "2"))
    assert classification.answers(truth.astype(int), predictions).hit.sum() == (truth == "2").sum()


def test_a_class_that_the_model_does_not_know_is_counted_against_it() -> None:
    truth, predictions = three_classes()
    truth[:40] = "yew"
    answers = classification.answers(truth, predictions)
    found = classification.measure(answers, "tree", sampling=QUICK)

    assert answers.names == ["ash", "birch", "cedar", "yew"]
    assert classification.confusion(answers)[3].sum() == 40
    assert found.metric("accuracy").value < oracle.accuracy_score(
        truth[40:], predictions.values[40:]
    )
    assert "40 rows are of classes that the model does not know" in found.notes[0]


@pytest.mark.parametrize(
    ("truth", "predictions", "positive", "message"),
    [
        (
            [0, 1],
            Predictions(np.array([0, 1])),
            None,
            "gives no probabilities: choose an estimator",
        ),
        ([0], two_classes(2)[1], None, "1 labels and 2 predictions"),
        ([], two_classes(0)[1], None, "0 labels"),
        ([0, None], two_classes(2)[1], None, "row 2 has no label"),
        ([0, 1], two_classes(2)[1], "late", "no class 'late'; the model has 0, 1"),
        ([0, 7], two_classes(2)[1], None, "the model knows 0, 1, and rows have 7"),
        (["ash", "ash"], three_classes(2)[1], "ash", "positive 'ash' is for two classes"),
    ],
)
def test_what_cannot_be_measured_is_named(
    truth: list[object], predictions: Predictions, positive: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        classification.answers(np.array(truth, dtype=object), predictions, positive)


def test_rows_of_one_class_are_refused() -> None:
    answers = classification.answers(np.zeros(5), two_classes(5)[1])
    with pytest.raises(ValueError, match="all 5 rows are of class 0"):
        classification.measure(answers, "late")


@pytest.mark.parametrize("columns", ["by", "groups"])
def test_a_column_that_is_not_there_is_named(columns: str) -> None:
    answers = classification.answers(*two_classes())
    frame = pd.DataFrame({"a": np.arange(ROWS)})
    with pytest.raises(ValueError, match="no column b to"):
        if columns == "by":
            classification.measure(answers, "late", frame, ["b"])
        else:
            classification.measure(answers, "late", frame, sampling=Sampling(groups=["b"]))


@pytest.mark.parametrize("make", [two_classes, three_classes])
def test_the_page_needs_no_other_file_and_the_facts_come_back(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    truth, predictions = make()
    answers = classification.answers(truth, predictions)
    frame = pd.DataFrame({"side": np.where(np.arange(ROWS) % 2, "<left>", "right")})
    found = classification.measure(answers, "late & more", frame, ["side"], QUICK)
    figures = report.all_figures(found, classification.figures(answers))
    page = report.render(found, figures)

    assert list(figures) == ["roc", "precision_recall", "calibration", "confusion", "segments"]
    assert page.count("data:image/png;base64,") == 5
    assert "late &amp; more" in page and "&lt;left&gt;" in page and "http" not in page
    found.write(tmp_path)
    assert Evaluation.read(tmp_path) == found
    assert json.loads((tmp_path / "evaluation.json").read_text())["rows"] == ROWS


def test_a_file_that_is_no_evaluation_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"evaluation\.json is not there"):
        Evaluation.read(tmp_path)
    (tmp_path / "evaluation.json").write_text("{}")
    with pytest.raises(ValueError, match=r"evaluation\.json is no evaluation .*evaluate again"):
        Evaluation.read(tmp_path)


def test_curves_are_recorded(tmp_path: Path) -> None:
    truth, predictions = two_classes(labels=("no", "yes"))
    curves = ClassificationMetrics(directory=tmp_path)
    classification.log_curves(curves, classification.answers(truth, predictions))

    assert curves.metadata["confusion_matrix"]["categories"] == ["no", "yes"]
    assert sum(map(sum, curves.metadata["confusion_matrix"]["matrix"])) == ROWS
    assert curves.metadata["roc_curve"][-1] == {
        "fpr": 1.0,
        "tpr": 1.0,
        "threshold": pytest.approx(0.01, abs=0.1),
    }
