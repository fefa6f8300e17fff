"""Prevalence, identifiers, households; the same seed gives the same bytes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from invented import DISTRICT

from commonweal.synthetic import conditions, identifiers, population
from commonweal.synthetic.generate import generate
from commonweal.synthetic.prevalence import QOF_GROUPS, held_out, model
from commonweal.synthetic.reference import Reference, load
from commonweal.synthetic.settings import NEVER, SIZES, Settings
from commonweal.synthetic.sources import swap_day_month

ICS = load(SIZES["ics"])
COMMON = ("AF", "AST", "CAN", "CHD", "COPD", "DM", "HYP", "STIA")


def test_north_west_london_as_it_is():
    assert len(ICS.lsoas) == 1183
    assert len(ICS.practices) == 341
    assert ICS.practices.pcn_code.nunique() == 46
    assert ICS.lsoas.borough.nunique() == 8
    assert ICS.practices.people.sum() == pytest.approx(2_400_000, abs=200)


def test_340_of_341_practices_join_qof():
    assert len(set(ICS.qof.practice_code) & set(ICS.practices.practice_code)) == 340


def test_ages_follow_the_qof_counts():
    """The share of each list aged 50 and over is the published one (QOF denominators)."""
    counts = ICS.qof.pivot_table(index="practice_code", columns="list_type", values="list_size", aggfunc="max")
    known = (counts["50OV"] / counts["TOTAL"]).reindex(ICS.all_practices.practice_code).to_numpy()
    made = ICS.all_practice_ages[:, 50:].sum(axis=1)
    assert np.nanmax(np.abs(made - known)) < 0.001


@pytest.mark.parametrize("condition", COMMON)
def test_held_out_practices_are_predicted(condition):
    """Nearer to the held-out registers than the training mean is, by a quarter at least, and moving with them."""
    fitted = model(ICS)
    column = fitted.conditions.index(condition)
    observed = fitted.observed[:, column]
    out = fitted.held_out & ~np.isnan(observed)
    size = ICS.all_practices.list_size.to_numpy()
    mean = np.average(observed[~fitted.held_out & ~np.isnan(observed)])
    error = np.average(np.abs(fitted.predicted[out, column] - observed[out]), weights=size[out])
    naive = np.average(np.abs(mean - observed[out]), weights=size[out])
    assert error < 0.75 * naive
    assert np.corrcoef(fitted.predicted[out, column], observed[out])[0, 1] > 0.6


def test_held_out_registers_are_never_read():
    changed = ICS.qof.copy()
    out = set(ICS.all_practices.practice_code[held_out(ICS.all_practices.practice_code)])
    changed.loc[changed.practice_code.isin(out), "register"] = 0
    other = Reference(ICS.size, ICS.all_practices, ICS.lsoas, ICS.ages_by_lsoa11, ICS.borough_ethnicity, changed)
    assert np.array_equal(model(other).predicted, model(ICS).predicted)
    assert np.allclose(model(other).target[model(ICS).held_out], model(ICS).target[model(ICS).held_out])


@pytest.fixture(scope="module")
def many():
    settings = Settings(replace(DISTRICT, people=120_000), 9)
    reference = load(settings.size)
    rng = np.random.default_rng(9)
    people = population.make(rng, settings, reference, np.arange(len(reference.practices)), 0)
    conditions.assign(rng, settings, reference, people)
    return settings, reference, people


@pytest.mark.parametrize("condition", QOF_GROUPS)
def test_people_have_the_target_prevalence(many, condition):
    settings, reference, people = many
    fitted = model(reference)
    column = fitted.conditions.index(condition)
    counted = people.alive(settings.end - 1) & (people.age(settings.end) >= fitted.denominator_age[column])
    has = people.has(condition, settings.end - 1)[counted]
    target = fitted.target[reference.chosen, column][people.practice[counted]]
    # resolved conditions are drawn beside the register, in about the right number
    assert has.mean() == pytest.approx(target.mean(), rel=0.05 + 1.5 / np.sqrt(target.mean() * len(has)))


@pytest.mark.parametrize(
    ("one", "other"), [("HYP", "DM"), ("CHD", "HF"), ("DM", "CKD"), ("AST", "COPD"), ("MH", "DEP")]
)
def test_conditions_cluster_beyond_age(many, one, other):
    """Within ten-year bands people with one condition have the other more often than chance."""
    settings, _, people = many
    first, second = people.has(one, settings.end - 1), people.has(other, settings.end - 1)
    band = (people.age(settings.end) // 10).astype(int)
    expected = sum(first[band == value].mean() * second[band == value].sum() for value in np.unique(band))
    assert (first & second).sum() > 1.3 * expected


def test_ndh_is_never_beside_diabetes(many):
    settings, _, people = many
    assert not (people.has("NDH", settings.end - 1) & (people.onset["DM"] < NEVER)).any()


def test_households_and_twins(many):
    _, _, people = many
    twins = np.flatnonzero(people.twin_of >= 0)
    assert len(twins) > 100
    assert (people.birth[twins] == people.birth[people.twin_of[twins]]).all()
    assert (people.household[twins] == people.household[people.twin_of[twins]]).all()
    order = np.argsort(people.household, kind="stable")
    same_home = np.diff(people.household[order]) == 0
    assert (np.diff(people.postcode[order])[same_home] == 0).all()
    assert (np.diff(people.practice[order])[same_home] == 0).all()


def test_some_sons_bear_their_fathers_name(many):
    settings, _, people = many
    age = people.age(settings.end)
    key = np.stack([people.household, people.family_name, people.given_name], axis=1)
    men = {tuple(row) for row in key[~people.woman & (age >= 18)]}
    boys = [tuple(row) in men for row in key[~people.woman & (age < 18)]]
    assert 0.01 < np.mean(boys) < 0.06


def test_check_digit_against_the_published_number():
    assert identifiers.check_digit(np.array([943476591]))[0] == 9


def test_check_digit_ten_is_never_issued():
    numbers = identifiers.nhs_numbers(200_000, 4)
    digits = (numbers[:, None] // 10 ** np.arange(9, -1, -1)) % 10
    assert len(np.unique(numbers)) == len(numbers)
    assert (numbers // 10_000_000 == 999).all()
    # the whole weighted sum of a valid number is a multiple of eleven
    assert ((digits @ np.array([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])) % 11 == 0).all()


def test_bad_digit_fails_the_check():
    numbers = identifiers.with_bad_digit(identifiers.nhs_numbers(5_000, 4))
    assert (identifiers.check_digit(numbers // 10) != numbers % 10).all()


@pytest.mark.parametrize(
    ("date", "swapped"), [("1984-03-07", "1984-07-03"), ("1984-03-13", "1984-03-13"), ("2001-12-01", "2001-01-12")]
)
def test_day_and_month_swap(date, swapped):
    days = np.array([np.datetime64(date).astype(int)])
    assert np.datetime64(int(swap_day_month(days)[0]), "D") == np.datetime64(swapped)


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    size = replace(DISTRICT, people=2_000)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        generate(Settings(size, seed), tmp_path / name)
    first, again, other = (_digest(tmp_path / name) for name in "abc")
    assert first == again
    assert first["sus_op/appointment.csv.gz"] != other["sus_op/appointment.csv.gz"]
