"""Notebooks: the examples of the page that explains them, the three kinds of table, the audit, and what is refused."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.engine.test_commands import store  # noqa: F401 (a fixture: a released store with three people)
from tests.spec.definitions import COMMON

from commonweal.definitions.codelists import load
from commonweal.definitions.declarations import Register
from commonweal.definitions.registry import registry
from commonweal.definitions.vocabulary import is_member
from commonweal.engine import serving
from commonweal.engine.plan import definitions_needed
from commonweal.errors import BadInput, NotAllowed
from commonweal.governance import audit
from commonweal.notebook import open_notebook
from commonweal.pipeline.release import make_release

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "notebook.md"


@pytest.fixture
def audited(db, monkeypatch):
    """What is written to the audit, in a list."""
    events: list[audit.AuditEvent] = []
    monkeypatch.setattr(audit, "_installed", [SimpleNamespace(write=events.extend)])
    yield events
    serving.close_readers()


def test_every_example_of_the_page_runs_in_order(store, audited, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store").symlink_to(store.root)
    make_release(store, definitions=definitions_needed(["diabetes", "hypertension"], dict(registry())), loader=load)
    names: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    assert len(blocks) >= 5
    for block in blocks:
        exec(compile(block, "notebook.md", "exec"), names)
    assert len(names["rows"]) >= 2
    assert audited


def test_the_three_tables_hold_the_same_numbers(store, audited):  # noqa: F811
    answer = open_notebook(store.root, purpose="direct_care").measure(
        "diabetes", by="practice", as_at=date(2026, 3, 31)
    )
    arrow = answer.to_arrow().to_pylist()
    assert [(row["group"], row["numerator"], row["denominator"]) for row in arrow] == [("P1", 2, 3)]
    assert answer.to_pandas()["numerator"].tolist() == [2]
    assert answer.to_ibis().numerator.sum().execute() == 2


def test_each_question_is_in_the_audit_with_its_purpose_and_each_person_is_a_look(store, audited):  # noqa: F811
    notebook = open_notebook(store.root, purpose="direct_care")
    found = notebook.people("diabetes").to_arrow().to_pylist()
    assert [one["person_id"] for one in found] == ["P1", "P2"]
    assert all(one["evidence"] for one in found)
    assert [(one.action, one.subject) for one in audited] == [("list", ""), ("look", "P1"), ("look", "P2")]
    notebook.measure("diabetes")
    assert (audited[-1].action, str(audited[-1].purpose)) == ("count", "direct_care")


def test_planning_sees_no_people_and_an_unknown_name_gets_the_nearest(store, audited):  # noqa: F811
    notebook = open_notebook(store.root, purpose="planning")
    with pytest.raises(NotAllowed):
        notebook.people("diabetes")
    with pytest.raises(BadInput, match="diabetes"):
        notebook.measure("diabetess")
    assert not audited


def test_an_explanation_leads_to_rows_of_the_record_and_is_a_look(store, audited):  # noqa: F811
    notebook = open_notebook(store.root, purpose="direct_care")
    rows = notebook.explain("diabetes", "P1").to_arrow().to_pylist()
    assert any(row["table"] == "event" and row["load_id"] and row["record_number"] and row["date"] for row in rows)
    assert (audited[-1].action, audited[-1].subject) == ("explain", "P1")
    with pytest.raises(NotAllowed):
        open_notebook(store.root, purpose="planning").explain("diabetes", "P1")


def test_what_a_notebook_gets_wrong_is_said_with_the_remedy(store, audited):  # noqa: F811
    notebook = open_notebook(store.root, purpose="direct_care")
    asked = {
        "no definition is named": lambda: notebook.measure(),
        "one after the other": lambda: notebook.measure(["diabetes", "hypertension"]),  # type: ignore[arg-type]
        "no date to ask for": lambda: notebook.measure("diabetes", dates=[]),
        "date(2026, 3, 31)": lambda: notebook.measure("diabetes", as_at="2026-03-31"),  # type: ignore[arg-type]
        "at least one person": lambda: notebook.people("diabetes", limit=-1),
        "did you mean 'diabetes'": lambda: notebook.measure(
            Register(id="own", title="Own", logic=is_member("diabets"), **COMMON)
        ),
    }
    for words, ask in asked.items():
        with pytest.raises(BadInput, match=re.escape(words)):
            ask()
    midnight = notebook.measure("diabetes", as_at=datetime(2026, 3, 31))
    assert midnight.to_arrow() == notebook.measure("diabetes", as_at=date(2026, 3, 31)).to_arrow()
