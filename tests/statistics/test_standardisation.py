"""Standardised rates against PHStatsMethods and by hand."""

import numpy as np
import pandas as pd
import pytest
from PHStatsMethods import euro_standard_pop, ph_dsr

from commonweal.errors import BadInput
from commonweal.statistics.intervals import byar
from commonweal.statistics.standardisation import (
    EUROPEAN_STANDARD_POPULATION_2013,
    directly_standardised_rate,
    indirectly_standardised_ratio,
)

RNG = np.random.default_rng(3)
POPULATION = RNG.integers(500, 9000, 19)
EVENTS = RNG.poisson(POPULATION * np.linspace(0.001, 0.03, 19))


def test_the_standard_population_is_the_published_one():
    assert sum(EUROPEAN_STANDARD_POPULATION_2013) == 100_000
    assert list(euro_standard_pop().iloc[:, -1]) == list(EUROPEAN_STANDARD_POPULATION_2013)


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_dobson_agrees_with_the_oracle(level):
    frame = pd.DataFrame({"events": EVENTS, "population": POPULATION, "standard": EUROPEAN_STANDARD_POPULATION_2013})
    expected = ph_dsr(
        frame, "events", "population", "standard", confidence=level, euro_standard_pops=False, metadata=False
    )
    row = expected.iloc[0]
    ours = directly_standardised_rate(EVENTS, POPULATION, level=level)
    limits = [row[name] for name in expected.columns if "lower" in name or "upper" in name]
    value = next(row[name] for name in expected.columns if name.lower() in {"value", "dsr"})
    assert ours.value == pytest.approx(value)
    assert (ours.lower, ours.upper) == pytest.approx(tuple(limits))


def test_fewer_than_ten_events_give_a_reason_and_no_rate():
    few = np.zeros(19)
    few[10] = 9
    rate = directly_standardised_rate(few, POPULATION)
    assert rate.value is None
    assert rate.reason == "fewer than 10 events"
    assert rate.events == 9


def test_events_without_people_are_refused():
    population = POPULATION.copy()
    population[3] = 0
    with pytest.raises(BadInput, match="no population"):
        directly_standardised_rate(np.full(19, 5), population)


def test_repeat_events_widen_the_interval():
    plain = directly_standardised_rate(EVENTS, POPULATION)
    repeated = directly_standardised_rate(EVENTS, POPULATION, event_variance=EVENTS * 4)
    assert repeated.value == plain.value
    assert repeated.upper - repeated.lower == pytest.approx(2 * (plain.upper - plain.lower))


def test_indirect_ratio_by_hand():
    # Two bands at 1 % and 10 %: an area of 1,000 and 100 people expects 10 + 10 = 20.
    ratio = indirectly_standardised_ratio([30], [[1000, 100]], [100, 1000], [10_000, 10_000])
    assert ratio.value[0] == pytest.approx(1.5)
    assert ratio.lower[0] == pytest.approx(float(byar(30).lower) / 20)
