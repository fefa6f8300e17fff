"""Evaluation finds a planted effect, and finds none where people only fall back to their mean."""

import numpy as np
import pytest

from commonweal.errors import BadInput
from commonweal.statistics.evaluation import difference_in_differences, interrupted_time_series, match_controls


def _population(effect, seed=2, size=20_000):
    """People with a lasting risk and yearly luck; those with the highest use last year are offered the scheme."""
    rng = np.random.default_rng(seed)
    risk = rng.gamma(1.0, 0.6, size)
    before, age = rng.poisson(risk), rng.integers(40, 90, size)
    sex = rng.choice(["F", "M"], size)
    chosen = (before >= 2) & (rng.random(size) < 0.4)
    after = rng.poisson(risk * np.where(chosen, 1 + effect, 1.0))
    return chosen, before, after, age, sex


def _evaluate(effect, seed=2):
    chosen, before, after, age, sex = _population(effect, seed)
    columns = {"before": before, "age": age, "sex": sex}
    match = match_controls(
        {name: value[chosen] for name, value in columns.items()},
        {name: value[~chosen] for name, value in columns.items()},
        exact=("sex", "before"), ratio=3,
    )  # fmt: skip
    return difference_in_differences(before[chosen], after[chosen], before[~chosen], after[~chosen], match), match


def test_people_who_only_regress_to_the_mean_show_no_effect_and_a_warning():
    found = [_evaluate(0.0, seed)[0] for seed in range(20)]
    # A look at the treated alone claims a great success every time; the interval leaves out zero about 1 time in 20.
    assert all(effect.before_to_after < -0.5 for effect in found)
    assert sum(effect.shown for effect in found) <= 3
    assert abs(np.mean([effect.value for effect in found])) < 0.05
    assert all(any("regression to the mean" in warning for warning in effect.warnings) for effect in found)


def test_a_scheme_that_works_is_found_with_about_its_true_size():
    effect, _ = _evaluate(-0.4)
    chosen, _, after, *_ = _population(-0.4)
    _, _, untreated, *_ = _population(0.0)
    truth = (after[chosen].mean() - untreated[chosen].mean()).item()
    assert effect.shown
    assert effect.lower < truth < effect.upper


def test_a_stratum_without_controls_is_counted_not_hidden():
    match = match_controls(
        {"age": [50, 60], "sex": ["F", "X"]}, {"age": [51, 52], "sex": ["F", "F"]}, exact=("sex",), ratio=2
    )
    assert list(match.unmatched) == [1]
    assert list(match.treated) == [0, 0]


def test_groups_with_different_columns_are_refused():
    with pytest.raises(BadInput, match="same columns"):
        match_controls({"age": [1]}, {"sex": ["F"]})


def test_an_interrupted_series_finds_the_step_beside_a_trend_and_a_season():
    rng = np.random.default_rng(4)
    month = np.arange(48)
    y = 1000 + 3 * month + 40 * np.sin(2 * np.pi * month / 12) - 90 * (month >= 30) + rng.normal(0, 12, 48)
    found = interrupted_time_series(y, 30)
    assert found.level_lower < -90 < found.level_upper < 0
    assert found.slope_lower < 0 < found.slope_upper
    assert found.total_difference == pytest.approx(-90 * 18, rel=0.25)


def test_a_trend_alone_is_not_an_effect_and_a_short_series_is_refused():
    rng = np.random.default_rng(9)
    y = 500 - 4 * np.arange(40) + rng.normal(0, 10, 40)
    found = interrupted_time_series(y, 20)
    assert found.level_lower < 0 < found.level_upper
    with pytest.raises(BadInput, match="eight months"):
        interrupted_time_series(y[:12], 6)
