"""What a number's hash covers, and what a change computes again: exactly what it touches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.engine.test_release import make_build
from tests.spec import definitions
from tests.spec.language import AS_AT, codelist

from commonweal.definitions.codelists import library
from commonweal.definitions.registry import get
from commonweal.engine.cache import FeatureCache
from commonweal.engine.plan import make_plan
from commonweal.engine.provenance import selection_codelists
from commonweal.errors import BadInput
from commonweal.pipeline import ask
from commonweal.pipeline.definition_checks import identity
from commonweal.pipeline.release import make_release
from commonweal.store import Store

KNOWN = {one.id: one for one in definitions.DEFINITIONS}


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    rows = definitions.record(people=60, seed=3)
    make_build(made, rows)
    make_release(made, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT)
    fewer = {**rows, "event": rows["event"][:-1]}
    make_build(made, fewer, "b2")
    make_release(made, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT)
    return made


def longer(name):
    """The list ``a`` with one code more."""
    found = codelist(name)
    return replace(found, codes=found.codes | {"X"}, sha256="longer") if name == "a" else found


def by_prefix(name):
    """The list ``a``, its file the same, compared in another way."""
    return replace(codelist(name), match="prefix") if name == "a" else codelist(name)


def test_the_hash_of_an_answer_covers_definition_codelists_data_date_and_purpose(store):
    from commonweal.pipeline.releases import ids

    first, second = ids(store)

    def asked(name="asthma", as_at=AS_AT, purpose="direct_care", release_id=second, loader=codelist):
        rows = ask.measured(store, [name], as_at, "all", purpose, release_id=release_id, loader=loader, known=KNOWN)
        return rows[0]["hash"]

    same = [asked(), asked()]
    assert len(set(same)) == 1
    other = {
        "definition": asked("high"), "a code more": asked(loader=longer), "compared otherwise": asked(loader=by_prefix),
        "data": asked(release_id=first), "date": asked(as_at=date(2026, 3, 30)), "purpose": asked(purpose="planning"),
    }  # fmt: skip
    assert len({*same, *other.values()}) == 1 + len(other)
    # A measure whose denominator is that register depends on its codelist too; a register of ages does not.
    assert asked("reviewed") != asked("reviewed", loader=longer)
    assert asked("older") == asked("older", loader=longer)


def test_what_explain_says_is_what_answers_carry_and_changes_with_the_site_s_own_list(tmp_path, monkeypatch):
    monkeypatch.setenv("COMMONWEAL_CODELISTS", str(tmp_path / "own"))
    before, another = identity(get("diabetes")), identity(get("asthma"))
    versions = library.versions("dm_cod")
    pinned = before["codelist_versions"]["dm_cod"]["version"]
    library.pin("dm_cod", next(one for one in versions if one != pinned))
    after = identity(get("diabetes"))
    assert after["codelist_versions"]["dm_cod"]["version"] != pinned
    assert after["definition_hash"] != before["definition_hash"]
    assert identity(get("asthma")) == another
    library.pin("dm_cod", pinned)
    assert identity(get("diabetes")) == before


def test_a_changed_codelist_computes_again_the_columns_that_use_it_and_no_other(store, monkeypatch):
    computed: list[set[str]] = []
    finish = FeatureCache.finish
    monkeypatch.setattr(FeatureCache, "finish", lambda self: (computed.append(set(self.new)), finish(self)))
    for loader in (codelist, longer, longer):
        make_release(store, definitions=definitions.DEFINITIONS, loader=loader, as_at=AS_AT)
    columns = make_plan(definitions.DEFINITIONS, AS_AT).columns
    again = {(columns[name].selection.table, columns[name].slot.kind) for name in computed[1]}
    # Asthma and its latest date, the latest value, days with a high value; treated by medication. Nothing of contacts.
    assert again == {
        ("event", "last_date"),
        ("event", "last_value"),
        ("event", "distinct"),
        ("medication", "last_date"),
    }
    uses = {name for name, column in columns.items() if "a" in selection_codelists(column.selection)}
    assert computed == [set(), uses, set()]
    assert {columns[name].selection.table for name in columns.keys() - uses} == {"event", "contact"}


def test_a_group_of_rows_is_refused_for_a_definition_that_counts_people(store):
    with pytest.raises(BadInput, match="no provider"):
        ask.measured(store, ["asthma"], AS_AT, "provider", "direct_care", loader=codelist, known=KNOWN)
    with pytest.raises(BadInput, match="no provider"):
        ask.measured_at(store, ["asthma"], [AS_AT], "provider", "direct_care", loader=codelist, known=KNOWN)
