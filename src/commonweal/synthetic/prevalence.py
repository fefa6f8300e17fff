"""How common each condition is at each practice: learnt from QOF 2020/21, for two thirds of practices, and predicted for the rest.

The model has two floors.

1. A *person-level shape*: relative risk by age, sex, broad ethnic group and deprivation (below). The shapes are plausible and invented; they
   set who has a condition, not how many.
2. A *practice level*. The practice's expected prevalence under the shape is compared with its QOF register, in log odds; a ridge
   regression on age, deprivation, ethnicity, place and list size learns that difference on the two thirds. A training practice keeps its own
   QOF level; a held-out practice gets shape + regression, and its register is never read.

Every third practice in order of code is held out, so the split does not move with the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from commonweal.synthetic.draw import Bools, Floats, Ints, logit, sigmoid
from commonweal.synthetic.reference import Reference

ANCHORS = (0, 5, 17, 30, 40, 50, 60, 70, 80, 90)
DENOMINATOR_AGE = {"TOTAL": 0, "06OV": 6, "16OV": 16, "17OV": 17, "18OV": 18, "50OV": 50}


@dataclass(frozen=True)
class Shape:
    """Relative risk at the anchor ages, of women to men, by broad ethnic group (white, mixed, Asian, Black, other), and per decile of deprivation."""

    ages: tuple[float, ...]
    women: float = 1.0
    ethnic: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0)
    per_decile: float = 1.0
    """Factor for each decile towards more deprived."""


SHAPES: dict[str, Shape] = {
    "AF": Shape((0, 0, 0, 0.1, 0.3, 1, 3, 8, 17, 25), 0.7, (1, 0.7, 0.5, 0.45, 0.6)),
    "AST": Shape((0, 4, 8, 6, 6, 7, 8, 9, 8, 6), 1.15, (1, 1.1, 0.85, 0.9, 0.7), 1.03),
    "CAN": Shape((0, 0.1, 0.2, 0.5, 1.2, 3, 6, 11, 16, 17), 1.1, (1, 0.7, 0.55, 0.8, 0.6)),
    "CHD": Shape((0, 0, 0, 0.1, 0.8, 3, 8, 15, 22, 26), 0.5, (1, 0.8, 1.5, 0.6, 1.0), 1.05),
    "CKD": Shape((0, 0, 0, 0.2, 0.6, 1.5, 4, 13, 28, 38), 1.15, (1, 0.9, 1.1, 1.2, 0.9), 1.03),
    "COPD": Shape((0, 0, 0, 0.05, 0.5, 2, 5, 9, 11, 9), 0.9, (1, 0.6, 0.4, 0.4, 0.5), 1.12),
    "DEM": Shape((0, 0, 0, 0, 0.02, 0.1, 0.5, 2.5, 11, 24), 1.15, (1, 0.9, 0.9, 1.1, 0.9), 1.02),
    "DEP": Shape((0, 0, 2, 8, 11, 13, 13, 11, 10, 9), 1.7, (1, 1.0, 0.6, 0.6, 0.7), 1.04),
    "DM": Shape((0, 0.1, 0.3, 1.2, 4, 9, 15, 21, 22, 18), 0.8, (1, 1.2, 2.4, 1.8, 1.4), 1.06),
    "EP": Shape((0.2, 0.5, 0.7, 0.7, 0.7, 0.8, 0.9, 1, 1.1, 1.1), 1.0, (1, 1, 0.7, 0.8, 0.8), 1.06),
    "HF": Shape((0, 0, 0, 0.05, 0.2, 0.5, 1.3, 3, 7, 14), 0.75, (1, 0.8, 1.0, 1.0, 0.8), 1.05),
    "HYP": Shape((0, 0, 0.2, 1.5, 6, 16, 30, 45, 54, 54), 0.95, (1, 1.1, 1.3, 1.6, 1.1), 1.03),
    "LD": Shape((0.1, 0.4, 0.8, 0.7, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1), 0.7, (1, 1, 0.9, 1, 0.8), 1.08),
    "MH": Shape((0, 0, 0.2, 0.9, 1.4, 1.7, 1.6, 1.4, 1.2, 1.0), 0.9, (1, 1.5, 0.9, 2.0, 1.0), 1.12),
    "NDH": Shape((0, 0, 0.5, 2, 5, 9, 12, 14, 14, 12), 1.05, (1, 1.1, 2.0, 1.5, 1.2), 1.03),
    "OST": Shape((0, 0, 0, 0, 0, 0.15, 0.5, 1.2, 2.5, 3), 4.0, (1, 0.8, 0.8, 0.4, 0.8)),
    "PAD": Shape((0, 0, 0, 0, 0.1, 0.4, 1.2, 2.5, 4, 4.5), 0.6, (1, 0.6, 0.5, 0.6, 0.6), 1.09),
    "PC": Shape((0.02, 0.02, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.2, 5), 1.0, (1, 0.8, 0.7, 0.8, 0.8)),
    "RA": Shape((0, 0, 0.05, 0.2, 0.5, 0.9, 1.3, 1.7, 1.8, 1.5), 2.4, (1, 0.9, 1.0, 0.7, 0.8)),
    "STIA": Shape((0, 0, 0.02, 0.1, 0.3, 1, 2.5, 5.5, 10, 13), 0.85, (1, 0.9, 0.9, 1.2, 0.9), 1.05),
    # not in QOF: levels from general knowledge, named in docs/explanation/invented-system.md
    "HIV": Shape((0, 0, 0.05, 0.4, 0.8, 0.9, 0.5, 0.2, 0.05, 0), 0.4, (1, 1.2, 0.3, 2.2, 1.0), 1.05),
    "ALC": Shape((0, 0, 0.8, 3, 4, 4.5, 4, 3, 1, 0.3), 0.45, (1, 0.8, 0.4, 0.5, 0.4), 1.06),
    "DRUG": Shape((0, 0, 0.4, 1.2, 1.4, 1, 0.5, 0.2, 0.05, 0), 0.4, (1, 1.1, 0.5, 0.8, 0.6), 1.12),
    "THY": Shape((0, 0.1, 0.3, 1, 2, 4, 6, 8, 9, 9), 4.0),
    "AUT": Shape((0.3, 1.6, 1.8, 0.8, 0.4, 0.2, 0.1, 0.05, 0.02, 0), 0.4),
}  # fmt: skip
QOF_GROUPS = tuple(list(SHAPES)[:20])
OTHER_LEVELS = {"HIV": 0.004, "ALC": 0.025, "DRUG": 0.006, "THY": 0.03, "AUT": 0.008}


def relative_risk(condition: str, age: Floats, woman: Bools, ethnic: np.ndarray, decile: Ints) -> Floats:
    """Relative risk of each person under the condition's shape. `decile` 1 is most deprived."""
    shape = SHAPES[condition]
    risk = np.interp(age, ANCHORS, shape.ages) * np.where(woman, shape.women, 1.0)
    return risk * np.asarray(shape.ethnic)[ethnic] * shape.per_decile ** (5.5 - np.asarray(decile))


def held_out(practice_codes: pd.Series) -> Bools:
    """Every third practice in order of code."""
    rank = practice_codes.rank(method="first").to_numpy().astype(int) - 1
    return rank % 3 == 2


def _expected(reference: Reference, condition: str, low_age: int) -> Floats:
    """Each practice's mean relative risk among people of `low_age` or over: ages × the mean of its areas."""
    ages = reference.all_practice_ages.copy()
    ages[:, :low_age] = 0
    shape = SHAPES[condition]
    by_age = ages @ np.interp(np.arange(91), ANCHORS, shape.ages) / ages.sum(axis=1)
    areas = reference.lsoas
    share = areas[["white", "mixed", "asian", "black", "other"]].to_numpy() / areas.residents.to_numpy()[:, None]
    by_area = (share @ np.asarray(shape.ethnic)) * shape.per_decile ** (5.5 - areas.imd_decile.to_numpy())
    return by_age * (reference.all_lsoa_weights @ by_area)


def covariates(reference: Reference) -> Floats:
    """Standardised practice covariates, none of them a register: age, deprivation, ethnicity, place, size."""
    areas, table, ages = reference.lsoas, reference.all_practices, reference.all_practice_ages
    share = areas[["asian", "black", "white"]].to_numpy() / areas.residents.to_numpy()[:, None]
    columns = [
        *(reference.all_lsoa_weights @ share).T,
        reference.all_lsoa_weights @ areas.imd_score.to_numpy(),
        table.imd_score.fillna(table.imd_score.mean()).to_numpy(),
        ages[:, 50:].sum(axis=1), ages[:, 65:].sum(axis=1), ages[:, 18:35].sum(axis=1), ages[:, :16].sum(axis=1),
        table.latitude.to_numpy(), table.longitude.to_numpy(),
        np.log(table.list_size.to_numpy()),
    ]  # fmt: skip
    matrix = np.column_stack(columns)
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    return np.column_stack([np.ones(len(matrix)), matrix])


def _ridge(matrix: Floats, target: Floats, weight: Floats, penalty: float = 30.0) -> Floats:
    weighted = matrix * weight[:, None]
    ridge = np.eye(matrix.shape[1]) * penalty
    ridge[0, 0] = 0
    return np.linalg.solve(weighted.T @ matrix + ridge, weighted.T @ target)


@dataclass(frozen=True)
class Prevalence:
    """Target prevalence by practice and condition, for all practices. `observed` is QOF's (NaN where it has none)."""

    practice_codes: tuple[str, ...]
    conditions: tuple[str, ...]
    target: Floats
    predicted: Floats
    observed: Floats
    held_out: Bools
    denominator_age: tuple[int, ...]


@cache
def model(reference: Reference) -> Prevalence:
    """Learn on the training practices; predict the held-out ones."""
    table, matrix = reference.all_practices, covariates(reference)
    out = held_out(table.practice_code)
    targets, predictions, observations, denominators = [], [], [], []
    for condition in QOF_GROUPS:
        rows = (
            reference.qof[reference.qof.group_code == condition].set_index("practice_code").reindex(table.practice_code)
        )
        low_age = DENOMINATOR_AGE[rows.list_type.dropna().iloc[0]]
        people = rows.list_size.to_numpy(float)
        observed = rows.register.to_numpy(float) / people
        expected = logit(_expected(reference, condition, low_age) / 100)
        # half a case is added on each side, so that an empty register has a finite log odds
        target = logit((rows.register.to_numpy(float) + 0.5) / (people + 1)) - expected
        train = ~out & ~np.isnan(observed)
        weight = people[train] / np.nanmean(people)
        weights = np.minimum(weight, 3.0)
        predicted = sigmoid(expected + matrix @ _ridge(matrix[train], target[train], weights))
        targets.append(np.where(train, observed, predicted))
        predictions.append(predicted)
        observations.append(observed)
        denominators.append(low_age)
    for condition, level in OTHER_LEVELS.items():
        flat = np.full(len(table), level)
        expected = _expected(reference, condition, 0)
        targets.append(flat * expected / expected.mean())
        predictions.append(targets[-1])
        observations.append(np.full(len(table), np.nan))
        denominators.append(0)
    return Prevalence(
        tuple(table.practice_code), (*QOF_GROUPS, *OTHER_LEVELS), np.column_stack(targets), np.column_stack(predictions),
        np.column_stack(observations), out, tuple(denominators),
    )  # fmt: skip
