"""HIV and the site's own withheld codes reach no purpose but direct care, also as events that a practice coded in SNOMED CT.

Only ICD-10 and OPCS-4 were listed, and a site's `withheld_<system>` rows marked contacts while the release read GP events
without them: an HIV code of a practice counted in planning, research and public files.
"""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest

from commonweal.definitions.codelists import load
from commonweal.definitions.registry import registry
from commonweal.engine.plan import definitions_needed
from commonweal.engine.serving import open_reader
from commonweal.engine.tiny_record import write_tiny_record
from commonweal.governance.withheld import published_codes, withheld_concepts
from commonweal.pipeline.ask import measured
from commonweal.pipeline.release import make_release
from commonweal.store import Store

AS_AT = date(2026, 3, 31)
DIABETES = min(load("dm_cod").codes)


@pytest.fixture
def store(tmp_path):
    """Forty people of one practice, all with one diabetes code."""
    made = Store(tmp_path / "store")
    people = range(1, 41)
    rows = {
        "person": [{"person_key": key, "birth_date": date(1960, 1, 1), "sex": "F"} for key in people],
        "registration": [{"person_key": key, "practice_code": "P1", "start_date": date(2000, 1, 1)} for key in people],
        "event": [{"person_key": key, "date": date(2020, 1, 1), "concept": 1} for key in people],
        "concept": [{"concept": 1, "system": "snomed", "code": DIABETES}],
    }
    build = made.root / "builds" / "one"
    record = write_tiny_record(build / "record", rows, buckets=1)
    buckets = [{"name": one.name, "low": one.low, "high": one.high} for one in record.buckets]
    manifest = {"buckets": buckets, "invented": True, "as_at": AS_AT.isoformat(), "inputs": {}, "created_at": "2026"}
    (build / "manifest.json").write_text(json.dumps(manifest))
    return made


def counted(store, purpose):
    return [row.numerator for row in open_reader(store, purpose).measure("diabetes", by="practice")]


def test_a_sites_own_code_counts_in_direct_care_alone(store):
    definitions = definitions_needed(["diabetes"], dict(registry()))
    make_release(store, definitions=definitions, as_at=AS_AT)
    assert counted(store, "planning") == counted(store, "direct_care") == [40]
    # The site says that the code is withheld: what was computed before it did may not be used again.
    (store.root / "site.yaml").write_text(f"lists:\n  withheld_snomed: ['{DIABETES}']\n")
    make_release(store, definitions=definitions, as_at=AS_AT)
    assert counted(store, "direct_care") == [40]
    for purpose in ("planning", "research", "public"):
        assert counted(store, purpose) == [0], purpose
    assert [row["numerator"] for row in measured(store, ["diabetes"], AS_AT, "practice", "planning")] == [0]
    assert [row["numerator"] for row in measured(store, ["diabetes"], AS_AT, "practice", "direct_care")] == [40]


def test_hiv_in_snomed_is_withheld_and_its_neighbours_are_not():
    hiv = [one for one in published_codes() if one.system == "snomed"]
    assert len(hiv) == 244 and {one.category for one in hiv} == {"hiv"}
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE concept (concept INTEGER, system VARCHAR, code VARCHAR, term VARCHAR)")
        codes = [(1, "86406008"), (2, "864060081000001"), (3, DIABETES)]
        connection.executemany("INSERT INTO concept VALUES (?, 'snomed', ?, NULL)", codes)
        withheld_concepts(connection, "concept")
        assert connection.execute("SELECT concept, category FROM withheld_concept").fetchall() == [(1, "hiv")]
