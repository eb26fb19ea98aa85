"""What is said about a model of a number is what scikit-learn says."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as oracle

from sagepipe.components.evaluation import bootstrap, importance, regression, report
from sagepipe.components.evaluation.results import Sampling
from sagepipe.serving import Predictions

ROWS = 301
DRAW = np.random.default_rng(6)
FEATURES = pd.DataFrame({"strong": DRAW.random(ROWS), "weak": DRAW.random(ROWS), "none": 1.0})
TRUTH = (10 * FEATURES["strong"] + FEATURES["weak"] + DRAW.standard_normal(ROWS)).to_numpy()


def predict(features: pd.DataFrame) -> Predictions:
    return Predictions((10 * features["strong"] + features["weak"]).to_numpy())


ANSWERS = regression.answers(TRUTH, predict(FEATURES))


@pytest.mark.parametrize("drawn", [False, True], ids=["all rows", "a resample"])
def test_metrics_are_scikit_learns(drawn: bool) -> None:
    weights = next(bootstrap.draws(ROWS, Sampling(rounds=1))) if drawn else np.ones(ROWS)
    rows = np.repeat(np.arange(ROWS), weights.astype(int))
    both = TRUTH[rows], ANSWERS.predicted[rows]
    assert {item.name: item.of(weights) for item in regression.scores(ANSWERS)} == pytest.approx(
        {
            "mae": oracle.mean_absolute_error(*both),
            "rmse": oracle.root_mean_squared_error(*both),
            "median_absolute_error": oracle.median_absolute_error(*both),
            "r2": oracle.r2_score(*both),
            "bias": (both[1] - both[0]).mean(),
        }
    )


def test_the_median_of_an_even_number_of_rows() -> None:
    answers = regression.Answers(np.array([0.0, 0, 0, 0]), np.array([1.0, 2, 4, 8]))
    (median,) = (s for s in regression.scores(answers) if s.name == "median_absolute_error")
    assert median.of(np.ones(4)) == 3
    assert median.of(np.array([0.0, 1, 1, 2])) == 6


def test_numbers_hold_intervals_and_a_baseline() -> None:
    found = regression.measure(ANSWERS, "size", sampling=Sampling(rounds=50))
    numbers = found.numbers

    assert numbers["mae_low"] < numbers["mae"] < numbers["mae_high"] < numbers["baseline_mae"]
    assert numbers["test_rows"] == ROWS
    assert "mae_low" not in regression.measure(ANSWERS, "size", sampling=Sampling(rounds=0)).numbers


def test_the_page_shows_segments_and_importance() -> None:
    def mae(features: pd.DataFrame, places: np.ndarray) -> float:
        return float(np.abs(predict(features).values - TRUTH[places]).mean())

    shuffled = importance.permute(FEATURES, mae, "lower", rows=200)
    assert [item.feature for item in shuffled] == ["strong", "weak", "none"]
    assert shuffled[0].worse > 1 > shuffled[1].worse > shuffled[2].worse == 0
    assert shuffled == importance.permute(FEATURES, mae, "lower", rows=200)
    assert importance.permute(FEATURES, mae, "lower", rows=0) == ()

    found = regression.measure(ANSWERS, "size", FEATURES, ["strong"], Sampling(rounds=20))
    figures = report.all_figures(found, regression.figures(ANSWERS, "size (m)"))
    page = report.render(found, figures, "How large")
    assert list(figures)[-1] == "segments"
    assert "<h1>How large</h1>" in page and page.count("data:image/png") == 5


@pytest.mark.parametrize(
    ("truth", "predictions", "message"),
    [
        ([1.0, np.nan], Predictions(np.zeros(2)), "the true value of row 2 is nan, as in 1 rows"),
        ([1.0, 2.0], Predictions(np.array([0, np.inf])), "the prediction of row 2 is inf"),
        ([1.0], Predictions(np.zeros(2)), "1 numbers and 2 predictions"),
        (["a"], Predictions(np.zeros(1)), "what is no number"),
        ([1.0], Predictions(np.zeros(1), None, np.array([0, 1])), "evaluate it as a classifier"),
    ],
)
def test_what_cannot_be_measured_is_named(
    truth: list[object], predictions: Predictions, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        regression.answers(np.array(truth), predictions)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"confidence": 95.0}, "between 0 and 1"), ({"rounds": -1}, "can't be negative")],
)
def test_sampling_that_gives_no_interval_is_refused(
    options: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Sampling(**options)  # type: ignore[arg-type]
