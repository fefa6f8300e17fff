"""Organisations: members pass to successors, an unverified end is carried on and said to be, one series goes through a merger."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import pytest

from commonweal.engine import serving
from commonweal.engine.attributes import practice_parents
from commonweal.engine.succession import successions
from commonweal.errors import BadInput
from commonweal.pipeline.build import build
from commonweal.pipeline.release import make_release
from commonweal.record.site import read_site

from .conftest import person

PRACTICES = ("E84002", "E84014")
MERGED = """
successions:
  - {code: QRV, ended_on: 2026-03-31, successor_code: QINVENTED, source: an invented order}
organisations:
  - {code: QINVENTED, name: Invented Integrated Care Board, kind: icb, valid_from: 2026-04-01}
"""


def stored(loads, site=""):
    (loads.store.root / "site.yaml").write_text(site)
    people = [person(key, practice_code=PRACTICES[key % 2]) for key in range(1, 41)]
    rows = [
        {"subject_key": key, "practice_code": PRACTICES[key % 2], "start_date": date(2020, 1, 1)}
        for key in range(1, 41)
    ]
    events = [{"subject_key": key, "concept": 3, "date": date(2024, 1, 1)} for key in range(1, 41)]
    loads.add(subject=people, registration=rows, event=events)
    loads.link()
    return build(loads.store, as_at=date(2026, 10, 1), threads=1)


def above(folder, practice, moment):
    with duckdb.connect() as connection:
        practice_parents(connection, f"'{folder}/record/organisation/all.parquet'", moment, "above")
        return connection.execute(
            "SELECT pcn_code, borough_code, icb_code FROM above WHERE practice_code = ?", [practice]
        ).fetchone()


def test_a_board_whose_successor_is_not_verified_is_carried_on_and_says_so(loads) -> None:
    made = stored(loads)
    before, after = (above(made.folder, "E84002", day) for day in (date(2026, 3, 31), date(2026, 4, 1)))
    assert before == after == ("U11559", "E09000005", "QRV")
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT name, valid_from, valid_to, note FROM '{made.folder}/record/organisation/all.parquet' "
            "WHERE code = 'QRV' ORDER BY valid_from"
        ).fetchall()
    assert [row[2] for row in rows] == [date(2026, 3, 31), None]
    assert "as last verified" in rows[1][0] and "not verified" in rows[1][3]


def test_members_pass_to_the_successor_that_the_site_knows(loads) -> None:
    made = stored(loads, MERGED)
    assert above(made.folder, "E84002", date(2026, 3, 31)) == ("U11559", "E09000005", "QRV")
    assert above(made.folder, "E84002", date(2026, 4, 1)) == ("U11559", "E09000005", "QINVENTED")


@pytest.mark.parametrize(("site", "code"), [("", "QRV"), (MERGED, "QINVENTED")])
def test_the_same_series_survives_the_merger(loads, site, code) -> None:
    stored(loads, site)
    make_release(loads.store, as_at=date(2026, 10, 1), history=(date(2026, 1, 1), date(2026, 4, 1)))
    reader = serving.open_reader(loads.store, "direct_care")
    name = next(one.id for one in reader.definitions("register") if one.computable)
    for day in (date(2026, 1, 1), date(2026, 4, 1), date(2026, 10, 1)):
        rows = reader.measure(name, by="icb", as_at=day)
        assert reader.measure_over_time(name, by="icb")[day] == rows
        assert [(row.group_code, row.denominator) for row in rows] == [(code, 40)], day
    serving.close_readers()
    assert json.loads(next(loads.store.releases.glob("2*/manifest.json")).read_text())["as_at"] == "2026-10-01"


def test_successions_follow_to_whoever_stands_now() -> None:
    rows = [("A", date(2020, 1, 1), "B"), ("B", date(2025, 1, 1), "C"), ("C", None, None), ("D", date(2030, 1, 1), "C")]
    assert successions(rows, date(2026, 1, 1)) == {"A": "C", "B": "C"}
    assert successions(rows, date(2024, 1, 1)) == {"A": "B"}
    assert successions([("A", date(2020, 1, 1), "B"), ("B", date(2020, 1, 1), "A")], date(2026, 1, 1)) == {}


def test_a_wrong_succession_is_refused_by_name(loads) -> None:
    (loads.store.root / "site.yaml").write_text("successions:\n  - {code: QRV, ended_on: soon, successor_code: Q}\n")
    with pytest.raises(BadInput, match=r"site.yaml, successions.0.ended_on"):
        read_site(loads.store)
