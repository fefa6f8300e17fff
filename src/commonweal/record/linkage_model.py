"""The model for records without a verified number: what is compared, how, and with which weights.

The comparisons are Splink's, written out as levels from best to worst. Surname, address and telephone are shared by a
household, so address and postcode are one comparison, and no weight of theirs can make up for a given name or a birth
date that disagrees: `linkage_score` demands both.

The weights are trained apart from prediction (``commonweal link --train``): how often each level holds between records
of one person is learnt from records that share a verified number, and between records of different people from random
pairs. The model that ships was trained on invented people with published error rates; a store's own, once trained,
wins.
"""

from __future__ import annotations

import json
import logging
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as levels
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_library import CustomRule

from commonweal.errors import BadInput, NotReady
from commonweal.store import Store

MODEL_FILE = "linkage_model.json"
LEAST_LABELLED_PAIRS = 500
"""Fewer pairs of records with one verified number cannot teach a level that holds once in a hundred."""
LEAST_PROBABILITY = 1e-5
NUMBER_LEVELS = {
    "the same NHS number": (0.9, 1e-6),
    "one digit of the NHS number differs": (0.08, 1e-5),
    "different NHS numbers": (0.02, 1.0),
}
"""Probabilities between records of one person, and of different people: judged, not learnt."""
RANDOM_PAIRS = 2_000_000
SEED = 20

_VARIANT = {"unique_id_column_name": "subject_key", "additional_columns_to_retain": ["entity", "numbered"]}
"""How Splink reads ``linkage_variant``: said again over a model that an earlier version saved."""
_UNLINKED = "l.entity <> r.entity AND (l.numbered = 0 OR r.numbered = 0)"
BLOCKING = (
    "l.birth_key = r.birth_key AND l.family = r.family",
    "l.birth_key = r.birth_key AND l.given_standard = r.given_standard",
    "l.birth_key = r.birth_key AND l.postcode = r.postcode",
    "l.family = r.family AND l.given_standard = r.given_standard AND l.postcode = r.postcode",
    "l.family = r.family AND l.given_standard = r.given_standard AND l.birth_year = r.birth_year AND l.sex = r.sex",
    "l.telephone = r.telephone AND l.given_standard = r.given_standard",
    "l.birth_key = r.birth_key AND l.family_start = r.family_start AND l.given_start = r.given_start",
    "l.postcode = r.postcode AND l.given_standard = r.given_standard AND l.birth_year = r.birth_year",
    "l.any_number = r.any_number",
)
"""Which pairs are looked at. ``birth_key`` is the same for a date and for the one with day and month exchanged."""


def _comparison(column: str, description: str, *parts: Any) -> CustomComparison:
    return CustomComparison(list(parts), output_column_name=column, comparison_description=description)


def comparisons() -> list[CustomComparison]:
    """What is compared, best level first. Labels are what `why` says."""
    return [
        _given_name(),
        _family_name(),
        _birth_date(),
        _same_or_not("sex", "sex", "sexes"),
        _residence(),
        _same_or_not("telephone", "telephone", "telephones"),
        _same_or_not("practice_code", "practice", "practices"),
        _untraced_number(),
    ]


_EXCHANGED = levels.CustomLevel("given_l = family_r AND family_l = given_r", "given and family name exchanged")


def _same_or_not(column: str, singular: str, plural: str) -> CustomComparison:
    return _comparison(
        column,
        singular,
        levels.NullLevel(column),
        levels.ExactMatchLevel(column).configure(label_for_charts=f"the same {singular}"),
        levels.ElseLevel().configure(label_for_charts=f"different {plural}"),
    )


def _same_name(column: str, said: str) -> Any:
    """A rare name says more than a common one, down to one in ten thousand."""
    return levels.ExactMatchLevel(column).configure(
        tf_adjustment_column=column, tf_minimum_u_value=0.0001, label_for_charts=said
    )


def _given_name() -> CustomComparison:
    return _comparison(
        "given",
        "given name",
        levels.NullLevel("given"),
        _same_name("given", "the same given name"),
        _EXCHANGED,
        levels.CustomLevel(
            "given_standard_l = given_standard_r OR damerau_levenshtein(given_l, given_r) <= 1 "
            "OR jaro_winkler_similarity(given_l, given_r) >= 0.92",
            "a short form or a slip of the same given name",
        ),
        levels.CustomLevel(
            "(length(given_l) = 1 OR length(given_r) = 1) AND given_start_l = given_start_r", "the same initial"
        ),
        levels.CustomLevel("jaro_winkler_similarity(given_l, given_r) >= 0.8", "a similar given name"),
        levels.ElseLevel().configure(label_for_charts="different given names"),
    )


def _family_name() -> CustomComparison:
    return _comparison(
        "family",
        "family name",
        levels.NullLevel("family"),
        _same_name("family", "the same family name"),
        _EXCHANGED,
        levels.CustomLevel(
            "damerau_levenshtein(family_l, family_r) <= 1 OR jaro_winkler_similarity(family_l, family_r) >= 0.92 "
            "OR contains(family_l, family_r) OR contains(family_r, family_l)",
            "a slip of the same family name",
        ),
        levels.CustomLevel("jaro_winkler_similarity(family_l, family_r) >= 0.8", "a similar family name"),
        levels.ElseLevel().configure(label_for_charts="different family names"),
    )


def _birth_date() -> CustomComparison:
    return _comparison(
        "birth_date",
        "date of birth",
        levels.NullLevel("birth_date"),
        levels.ExactMatchLevel("birth_date").configure(label_for_charts="the same date of birth"),
        levels.CustomLevel("birth_key_l = birth_key_r", "day and month of birth exchanged"),
        levels.CustomLevel(
            "damerau_levenshtein(birth_date_l, birth_date_r) <= 1", "one digit of the date of birth differs"
        ),
        levels.CustomLevel(
            "birth_year_l = birth_year_r AND (substr(birth_date_l, 6, 2) = substr(birth_date_r, 6, 2) "
            "OR right(birth_date_l, 2) = right(birth_date_r, 2))",
            "year and one other part of the date of birth agree",
        ),
        levels.ElseLevel().configure(label_for_charts="different dates of birth"),
    )


def _residence() -> CustomComparison:
    return _comparison(
        "residence",
        "address and postcode",
        levels.NullLevel("postcode"),
        levels.CustomLevel("postcode_l = postcode_r AND address_l = address_r", "the same address and postcode"),
        levels.CustomLevel("list_has_any(postcodes_l, postcodes_r)", "the same postcode, now or before"),
        levels.CustomLevel("damerau_levenshtein(postcode_l, postcode_r) <= 1", "one character of the postcode differs"),
        levels.CustomLevel("district_l = district_r", "the same postcode district"),
        levels.ElseLevel().configure(label_for_charts="different postcodes"),
    )


def _untraced_number() -> CustomComparison:
    return _comparison(
        "any_number",
        "untraced NHS number",
        levels.NullLevel("any_number"),
        levels.ExactMatchLevel("any_number").configure(label_for_charts="the same NHS number"),
        levels.CustomLevel(
            "damerau_levenshtein(any_number_l, any_number_r) <= 1", "one digit of the NHS number differs"
        ),
        levels.ElseLevel().configure(label_for_charts="different NHS numbers"),
    )


def settings(blocking: tuple[str, ...] = BLOCKING, condition: str = _UNLINKED) -> SettingsCreator:
    """An untrained model over the columns of ``linkage_variant``."""
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons(),  # type: ignore[arg-type]
        blocking_rules_to_generate_predictions=[CustomRule(f"{rule} AND {condition}") for rule in blocking],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        **_VARIANT,  # type: ignore[arg-type]
    )


def load_model(store: Store | None = None) -> dict[str, Any]:
    """The store's own trained model, or the one that ships. Raises `BadInput` for one that cannot be read."""
    own = store.root / MODEL_FILE if store is not None else None
    if own is not None and own.exists():
        try:
            return json.loads(own.read_text(encoding="utf-8"))
        except ValueError:
            raise BadInput(
                "the store's linkage model cannot be read", where=own.name, remedy="run: commonweal link --train"
            ) from None
    shipped = resources.files("commonweal.record").joinpath(f"data/{MODEL_FILE}")
    if not shipped.is_file():
        raise NotReady("no linkage model has been trained", remedy="run: commonweal link --train")
    return json.loads(shipped.read_text(encoding="utf-8"))


def linker(connection: duckdb.DuckDBPyConnection, model: dict[str, Any] | SettingsCreator) -> Linker:
    """A Splink linker over the temp table ``linkage_variant`` of this connection."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=connection)
    return Linker(api.register("linkage_variant"), model, log_level=None, validate_settings=False)


def train(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Weights learnt from ``linkage_variant``: records that share a verified number, and random pairs.

    Raises `NotReady` where too few records share a number.
    """
    row = connection.execute("""
        SELECT coalesce(sum(records * (records - 1) // 2), 0) FROM
            (SELECT count(*) AS records FROM linkage_variant WHERE label IS NOT NULL GROUP BY label)
    """).fetchone()
    pairs = int(row[0]) if row else 0
    if pairs < LEAST_LABELLED_PAIRS:
        raise NotReady(
            "too few records share a verified NHS number to learn from",
            value=pairs,
            remedy=f"at least {LEAST_LABELLED_PAIRS} pairs are needed; use the model that ships",
        )
    trained = linker(connection, settings())
    trained.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    trained.training.estimate_m_from_label_column("label")
    return completed(trained.misc.save_model_to_json())


def completed(model: dict[str, Any]) -> dict[str, Any]:
    """`model` with a weight for each level: one never seen in training gets `LEAST_PROBABILITY`, never a free pass.

    An untraced number cannot be learnt from records that share a verified one, so its weights are set (`NUMBER_LEVELS`).
    """
    model = json.loads(json.dumps(model))
    for comparison in model["comparisons"]:
        named = comparison["output_column_name"] == "any_number"
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            if named:
                level["m_probability"], level["u_probability"] = NUMBER_LEVELS[level["label_for_charts"]]
            for key in ("m_probability", "u_probability"):
                level[key] = max(level.get(key) or 0.0, LEAST_PROBABILITY)
    return model


def with_prior(model: dict[str, Any], entities: int) -> dict[str, Any]:
    """`model` for a population of this size: a record without a number has about one partner among `entities`."""
    return model | _VARIANT | {"probability_two_random_records_match": 1 / max(entities, 1000)}


def save_model(store: Store, model: dict[str, Any]) -> Path:
    """Keep a trained model in the store; it holds weights and no records."""
    path = store.root / MODEL_FILE
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(model, indent=1), encoding="utf-8")
    temporary.replace(path)
    return path
