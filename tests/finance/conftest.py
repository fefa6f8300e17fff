"""The finance pages over the site's small release, with a position in its planning file."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from commonweal.finance import challenge_sql, cube_sql, waiting_sql
from commonweal.record.schema import CONTACT, CONTRACT_LINE, REFERRAL, WAIT

from .web_helpers import lines, put, twice_on_one_day, waits


def positioned(small_store, root, made):
    """A copy of the small store whose planning files hold the position of some contract lines, oldest release first."""
    from commonweal.engine.serving import close_readers
    from commonweal.store import Store

    close_readers()
    shutil.copytree(small_store.root, root)
    for path, rows in zip(sorted(root.glob("releases/*/serve/planning.duckdb")), made, strict=True):
        record = path.parents[1] / "record" / "contract_line"
        record.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(path)) as con:
            name = put(con, CONTRACT_LINE, rows)
            con.execute(f"COPY {name} TO '{record / '000.parquet'}' (FORMAT parquet)")
            cube_sql.build(con, contact=put(con, CONTACT, []), contract_line=name)
            challenge_sql.build(con, contact=put(con, CONTACT, twice_on_one_day()), referral=put(con, REFERRAL, []))
            waiting_sql.build(con, wait=put(con, WAIT, waits()))
    return Store(root)


@pytest.fixture(scope="session")
def money_store(small_store, tmp_path_factory):
    """The newer release serves; the older one held twice the overspend."""
    return positioned(small_store, tmp_path_factory.mktemp("money") / "store", (lines(1.2), lines(1.1)))


@pytest.fixture(scope="session")
def local_store(small_store, tmp_path_factory):
    """As `money_store`, with two months of a local point of delivery in this year: £99 each, without a plan."""
    extra = [
        {**lines()[0], "month": month, "pod": None, "local_pod": "ZZ8", "tariff_code": None, "planned_activity": None, "planned_price_pence": None,
         "planned_mff_pence": None, "actual_activity": 3.0, "actual_price_pence": 9_900}
        for month in (lines()[-9]["month"], lines()[-5]["month"])
    ]  # fmt: skip
    made = [*lines(), *extra]
    return positioned(small_store, tmp_path_factory.mktemp("local") / "store", (made, made))


def _served(store, settings):
    sys.path.insert(0, str(Path(__file__).parents[1] / "web"))
    from web_release import serve

    settings.STORE = store
    serve(store)
    return store


@pytest.fixture
def money(money_store, settings, personas):
    return _served(money_store, settings)


@pytest.fixture
def local_money(local_store, settings, personas):
    return _served(local_store, settings)
