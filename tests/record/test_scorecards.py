"""Scorecards by feed and practice: validity, volume against its own history, timeliness, and what was refused whole."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from ingest_helpers import take

from commonweal.record.control import Control
from commonweal.record.landing import ingest
from commonweal.record.quality import Scorecard, scorecards
from commonweal.store import Store

HEAD = (
    "ID,PATIENT_ID,CLINICAL_EFFECTIVE_DATE,RESULT_VALUE,RESULT_UNIT_DISPLAY,DATE_RECORDED,RECORD_OWNER_ORGANISATION_CODE,"
    "MAPPED_CONCEPT_CODE"
)
PATIENT = (
    "ID,NHS_NUMBER,GENDER_CODE,BIRTH_DATE,BIRTH_YEAR,BIRTH_MONTH,DEATH_YEAR,DEATH_MONTH,REGISTERED_PRACTICE_ID,IS_SPINE_SENSITIVE,"
    "RECORD_OWNER_ORGANISATION_CODE\np,,female,1960-01-01,1960,1,,,A81001,false,A81001\n"
)


def rows(name: str, practice: str, count: int, day: str = "2025-09-09", bad: int = 0) -> list[str]:
    return [f"{name}{n},p,{'1899-01-01' if n < bad else day},,,{day},{practice},60621009" for n in range(count)]


def send(folder: Path, number: int, *lines: str) -> Path:
    path = folder / str(number) / "OBSERVATION.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    return path.parent


def card(store: Store, organisation: str = "", as_at: date | None = None) -> Scorecard:
    received = date.fromisoformat(Control(store).loads(active=False)[-1].received_at[:10])
    found = [
        one for one in scorecards(store, as_at or received) if (one.feed, one.organisation) == ("olids", organisation)
    ]
    assert len(found) == 1
    return found[0]


def started(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "PATIENT.csv").write_text(PATIENT)
    take(store, tmp_path / "people")
    return store


def test_validity_and_volume_of_each_practice(tmp_path: Path) -> None:
    store = started(tmp_path)
    take(store, send(tmp_path, 1, *rows("a", "A81001", 100), *rows("b", "B81001", 40, bad=4)))
    take(store, send(tmp_path, 2, *rows("c", "A81001", 100, "2025-09-16"), *rows("d", "B81001", 40, "2025-09-16")))
    take(store, send(tmp_path, 3, *rows("e", "A81001", 110, "2025-09-23"), *rows("f", "B81001", 10, "2025-09-23")))
    good, fallen = card(store, "A81001"), card(store, "B81001")
    assert (good.validity, good.volume_change, good.state) == (1.0, 0.1, "good")
    # 4 of 90 broke a rule; 36 and 40 rows came before the last delivery's 10.
    assert fallen.validity == round(1 - 4 / 90, 6)
    assert fallen.volume_change == round(10 / 38 - 1, 4)
    assert fallen.state == "doubt" and "fewer rows of it than usual" in fallen.reasons[-1]


def test_a_practice_that_a_delivery_lacks_sent_nothing_in_it(tmp_path: Path) -> None:
    store = started(tmp_path)
    take(store, send(tmp_path, 1, *rows("a", "A81001", 50), *rows("b", "B81001", 50)))
    take(store, send(tmp_path, 2, *rows("c", "A81001", 50, "2025-09-16")))
    assert card(store, "B81001").volume_change == -1.0


def test_overdue_practice_is_an_alarm_by_the_feeds_calendar(tmp_path: Path) -> None:
    store = started(tmp_path)
    take(store, send(tmp_path, 1, *rows("a", "A81001", 50)))
    received = date.fromisoformat(Control(store).loads()[-1].received_at[:10])
    late = card(store, "A81001", received + timedelta(days=11))
    assert (late.state, late.overdue_days, late.due_on) == ("alarm", 1, str(received + timedelta(days=7)))


def test_a_delivery_refused_whole_is_an_alarm_until_one_is_taken(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (refused,) = ingest(store, [send(tmp_path, 1, *rows("a", "A81001", 50, bad=40))]).with_status("refused")
    assert "refused whole" in refused.message
    (only,) = [one for one in scorecards(store, date(2026, 1, 1)) if one.feed == "olids"]
    assert (only.state, only.files, only.rows, only.last_received) == ("alarm", 0, 0, None)
    assert "refused whole" in only.reasons[0] and "OBSERVATION.csv" in only.reasons[0]
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "PATIENT.csv").write_text(PATIENT)
    take(store, tmp_path / "people")
    assert card(store).state == "good"


def test_metrics_say_what_the_scorecards_say_and_nothing_of_people(tmp_path: Path, capsys) -> None:
    from commonweal.cli import main

    store = started(tmp_path)
    take(store, send(tmp_path, 1, *rows("a", "A81001", 60, "2025-12-01"), *rows("b", "B81001", 40, bad=4)))
    assert main(["metrics", "--store", str(store.root)]) == 0
    text = capsys.readouterr().out
    assert 'commonweal_feed_rows{feed="olids"} 101\n' in text
    assert 'commonweal_excluded_practices{feed="olids"} 1\n' in text
    assert 'commonweal_feed_state{feed="olids"} 1\n' in text
    assert "commonweal_loads_unfinished 0\n" in text
    named = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(line.startswith("commonweal_") and line.rsplit(" ", 1)[1].replace(".", "").isdigit() for line in named)
    assert "OBSERVATION" not in text and "81001" not in text
    target = tmp_path / "commonweal.prom"
    assert main(["metrics", "--store", str(store.root), "--output", str(target)]) == 0
    assert target.read_text() == text
