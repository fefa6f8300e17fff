"""Scores hold the published weights."""

import csv
from pathlib import Path

from commonweal.definitions.registry import get

DATA = Path(__file__).parents[1] / "data" / "definitions"


def _published(name):
    with (DATA / name).open(encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def test_cambridge_weights_are_the_published_twenty():
    published = _published("cambridge_multimorbidity_score_weights.csv")
    general = sorted(float(line["weight_general_outcome"]) for line in published)
    mortality = sorted(float(line["weight_mortality"]) for line in published)
    assert sorted(term.weight for term in get("cambridge_multimorbidity").terms) == general
    assert sorted(term.weight for term in get("cambridge_multimorbidity_mortality").terms) == mortality
    assert len(published) == 20


def test_charlson_weights_are_the_published_seventeen():
    published = {line["condition"]: float(line["weight"]) for line in _published("charlson_quan_weights.csv")}
    held = {
        name.removeprefix("charlson_").removesuffix("_icd10"): term.weight
        for term in get("charlson").terms
        for name in get("charlson").codelists()
        if name.startswith("charlson_") and name == _own_list(term)
    }
    assert held == published and len(published) == 17


def _own_list(term):
    """The list that a term counts: the one that it does not negate."""
    from commonweal.definitions.vocabulary.nodes import features_in

    return features_in(term.amount.node)[0].rows.codes[0].codelists[0]
