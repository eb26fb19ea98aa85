"""The flights: what is true of this table alone."""

import json

import pandas as pd
from sagepipe.serving.engines import sklearn as engine

from {{ cookiecutter.package }} import expectations, schema
from {{ cookiecutter.package }}.components import preprocess


def test_no_flight_of_the_sample_is_left_out(table):
    assert len(preprocess.prepare(table)) == len(table) == 6000


def test_the_raw_suite_speaks_of_every_column(table):
    suite = json.loads(expectations.RAW.read_text(encoding="utf-8"))["expectations"]
    assert {item["kwargs"].get("column") for item in suite} - {None} == set(table.columns)


def test_what_is_known_only_after_the_landing_is_no_feature():
    assert schema.ARRIVAL_DELAY not in schema.FEATURES


def test_the_server_is_told_what_the_suites_say_of_every_feature(model):
    told = engine.load(model.directory).schema.expectations
    assert {expectation.column for expectation in told} == set(schema.FEATURES)


def test_the_flights_of_a_day_are_on_one_side(learned_from, held_out):
    days = [set(map(tuple, side[["month", "day"]].to_numpy())) for side in (learned_from, held_out)]
    assert days[0] and days[1] and not days[0] & days[1]

{%- if cookiecutter.task == "classification" %}


def test_a_flight_is_late_from_the_sixteenth_minute_on():
    assert schema.target(pd.DataFrame({"arr_delay": [-3, 15, 16]})).tolist() == [0, 0, 1]


def test_the_model_is_better_than_chance_and_too_good_only_with_a_leak(evaluated):
    assert 0.65 < evaluated.metrics.metadata["auc"] < 0.8


def test_the_model_finds_late_flights_more_often_than_a_guess(evaluated):
    metrics = evaluated.metrics.metadata
    assert metrics["average_precision"] > 1.5 * metrics["positive_share"]
{%- else %}


def test_the_target_is_the_delay_in_minutes():
    assert schema.target(pd.DataFrame({"arr_delay": [-3, 15]})).tolist() == [-3, 15]


def test_the_model_is_better_than_the_median_and_too_good_only_with_a_leak(evaluated):
    metrics = evaluated.metrics.metadata
    assert 0.7 * metrics["baseline_mae"] < metrics["mae"] < metrics["baseline_mae"]
{%- endif %}
