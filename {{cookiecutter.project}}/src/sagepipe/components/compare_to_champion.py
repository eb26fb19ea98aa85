"""The new model against the one in use."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sagepipe import tracking
from sagepipe.components import page
from sagepipe.components.current_model import NOTE_FILE
from sagepipe.components.evaluation import classification, comparison, regression, served
from sagepipe.components.evaluation.comparison import Comparison
from sagepipe.components.evaluation.results import Sampling, Score
from sagepipe.components.evaluation.served import Served
from sagepipe.contract.paths import MODEL_ARCHIVE
from sagepipe.dsl import HTML, Artifact, Dataset, Input, Model, Output, component
from sagepipe.runtime.archive import unpack
from sagepipe.serving import ServingError
from sagepipe.tracking import tags

if TYPE_CHECKING:
    import pandas as pd

_NO_CHAMPION = "There is no champion yet: the candidate wins."


class Verdict(NamedTuple):
    """What a pipeline's condition reads.

    Attributes:
        better: Whether the candidate wins.
        gain: By how much its metric is better than the champion's, whichever way that is; 0 where
            there is no champion.
        gain_low: The lower end of the gain's interval; 0 where there is no champion.
        gain_high: Its upper end; 0 where there is no champion.
        has_champion: Whether there is one.
        why: The verdict in a sentence.
    """

    better: bool
    gain: float
    gain_low: float
    gain_high: float
    has_champion: bool
    why: str


@component
def compare_to_champion(
    test: Input[Dataset],
    candidate: Input[Model],
    report: Output[HTML],
    champion: Input[Artifact] | None = None,
    metric: str | None = None,
    margin: float = 0.0,
    target: str | None = None,
    positive: str | None = None,
    threshold: float = 0.5,
    groups: list[str] | None = None,
    confidence: float = 0.95,
    rounds: int = 500,
    seed: int = 7,
) -> Verdict:
    """Measure the new model and the one in use on the same rows, each as it is served.

    The candidate wins where the whole interval of its gain lies above ``margin``, by the paired
    bootstrap; or where there is no champion yet. Each model gets the columns that it was trained
    on; what was recorded when the champion was trained plays no part.

    Args:
        test: The rows, CSV or Parquet, with the features of both models and the target. They should
            be rows that neither was trained on.
        candidate: The new model.
        report: A page with both models' metrics and the gains.
        champion: The folder with the current ``model.tar.gz``: the output of ``current_model``.
            Without it the candidate wins.
        metric: What decides, by the names of ``evaluate_classifier`` and ``evaluate_regressor``;
            where not given ``auc``, ``accuracy`` with more than two classes, ``mae`` for a number.
        margin: By how much the candidate has to be better, in the metric's unit; a negative number
            is what it may be worse.
        target: The column with the truth; the one the candidate was trained for where not given.
        positive: Of two classes the one that is looked for; the second one where not given.
        threshold: The probability from which on a row counts as positive.
        groups: Columns whose equal values go together when rows are drawn, such as a day.
        confidence: Share of the intervals that hold the true gain.
        rounds: Resamples for the intervals.
        seed: For the draws.

    Returns:
        ``better`` for the condition; ``gain``, ``gain_low``, ``gain_high``, ``has_champion``,
        ``why``.

    Raises:
        ValueError: A model can't be measured on the rows; there is no such metric; or the
            champion's folder is none that ``current_model`` knows.
    """
    if not 0 < threshold < 1:
        raise ValueError(f"threshold {threshold} is no probability between 0 and 1")
    sampling = Sampling(confidence, rounds, seed, groups or ())
    with tempfile.TemporaryDirectory() as folder:
        asked = served.load(candidate.directory)
        current = find_champion(champion, Path(folder))
        both = [asked] if current is None else [asked, current]
        table = served.read(test.path, *both)
        truth = served.column(table, asked.target(target))
        tracking.log_dataset(table, name="test", context="comparing")
        measured = [
            scores(who, model, table, truth, positive, threshold)
            for who, model in zip(("candidate", "champion"), both, strict=False)
        ]
    decisive = metric or measured[0][0].name
    for names in measured:
        _known(names, decisive)
    if current is None:
        verdict, shown = Verdict(True, 0.0, 0.0, 0.0, False, _NO_CHAMPION), []
    else:
        found = comparison.compare(measured[0], measured[1], len(table), sampling, table)
        shown = _first(found, decisive)
        won, why = comparison.verdict(shown[0], margin, confidence)
        verdict = Verdict(won, shown[0].gain, shown[0].low, shown[0].high, True, why)
    _leave(verdict, shown, margin, sampling, len(table), report)
    return verdict


def find_champion(champion: Artifact | None, folder: Path) -> Served | None:
    """Load the model in use.

    Args:
        champion: The folder with its archive, or None.
        folder: Where it can be unpacked.

    Returns:
        The model; None where there is none yet.

    Raises:
        ValueError: The folder holds neither an archive nor what ``current_model`` leaves there.
    """
    if champion is None:
        return None
    place = Path(champion.directory)
    if (place / MODEL_ARCHIVE).is_file():
        return served.load(unpack(place / MODEL_ARCHIVE, folder / "champion"))
    if (place / NOTE_FILE).is_file():
        return None
    held = ", ".join(sorted(entry.name for entry in place.iterdir())) or "nothing"
    raise ValueError(
        f"{place} has no {MODEL_ARCHIVE}, and was not made by current_model (it has {held}): give "
        "both components the place that publish writes to"
    )


def scores(
    who: str,
    model: Served,
    table: "pd.DataFrame",
    truth: "pd.Series",
    positive: str | None,
    threshold: float,
) -> list[Score]:
    """Ask a model, and choose the metrics of its kind.

    Args:
        who: ``candidate`` or ``champion``, for messages.
        model: The model.
        table: The rows.
        truth: Their true classes or numbers.
        positive: As for ``compare_to_champion``.
        threshold: The same.

    Raises:
        ValueError: It can't be measured on these rows.
    """
    try:
        predictions = model.predict(model.features(table), prove=who == "candidate")
        if predictions.classes is None:
            return regression.scores(regression.answers(truth, predictions))
        labelled = classification.answers(truth, predictions, positive, threshold)
        return classification.scores(labelled)
    except (ValueError, ServingError) as error:
        raise ValueError(f"the {who} can't be measured on these rows: {error}") from error


def _known(scores: Sequence[Score], name: str) -> None:
    known = [score.name for score in scores if score.better != "neither"]
    if name not in known:
        raise ValueError(f"there is no metric {name!r} to compare by; there are {', '.join(known)}")


def _first(found: Sequence[Comparison], name: str) -> list[Comparison]:
    """Put the metric that decides before the others."""
    deciding = [item for item in found if item.metric == name]
    if not deciding:
        raise ValueError(
            f"{name} has no value on these rows, or not on most resamples of them: there are too "
            "few to compare by"
        )
    return deciding + [item for item in found if item.metric != name]


def _leave(
    verdict: Verdict,
    shown: Sequence[Comparison],
    margin: float,
    sampling: Sampling,
    rows: int,
    report: HTML,
) -> None:
    figures = {"comparison": comparison.figure(shown, margin)} if shown else {}
    for name, figure in figures.items():
        tracking.log_figure(figure, f"{name}.png")
    numbers = {f"candidate_{item.metric}": item.candidate for item in shown}
    numbers |= {f"champion_{item.metric}": item.champion for item in shown}
    gain = {"gain": verdict.gain, "gain_low": verdict.gain_low, "gain_high": verdict.gain_high}
    tracking.log_metrics(numbers | gain if shown else {})
    tracking.set_tags({tags.VERDICT: verdict.why})
    content = page.page(
        "Candidate and champion",
        verdict.why,
        page.section(
            "Metrics", comparison.table(shown, sampling.confidence), page.pictures(figures)
        ),
        page.section(
            "How this was compared",
            page.bullets(list(comparison.method(shown, sampling, rows, margin))),
        ),
    )
    Path(report.path).write_text(content, encoding="utf-8")
    print(verdict.why)
