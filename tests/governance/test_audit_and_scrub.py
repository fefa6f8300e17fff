"""The audit chain shows any change; the scrubber keeps people out of the logs."""

from __future__ import annotations

import dataclasses
import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest

from commonweal.errors import NotAllowed, NotReady
from commonweal.governance import audit, scrub
from commonweal.record.identities import IdentityStore

ANN = audit.Actor("ann", "gp", "E84002")


class Kept:
    def __init__(self):
        self.events = []

    def write(self, events):
        self.events.extend(events)


@pytest.fixture
def sink():
    kept = Kept()
    before = list(audit._installed)
    audit.install_sink(kept)
    yield kept
    audit.install_sink(before[0] if before else None)


def events(count):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        audit.AuditEvent(start + timedelta(seconds=n), "ann", "gp", "E84002", "direct_care", "look", f"p_{n}")
        for n in range(count)
    ]


def test_one_write_for_many_people_is_one_event_each(sink):
    audit.record_each(
        ANN, ["p_1", "p_2", "p_3"], purpose="direct_care", action="look", object="identity", reason="list"
    )
    assert [one.subject for one in sink.events] == ["p_1", "p_2", "p_3"]
    assert {(one.actor, one.action, one.object, one.reason) for one in sink.events} == {
        ("ann", "look", "identity", "list")
    }
    audit.record_each(ANN, [], purpose="direct_care", action="look")
    assert len(sink.events) == 3


def test_writing_with_no_sink_is_an_error():
    before = list(audit._installed)
    audit.install_sink(None)
    try:
        with pytest.raises(NotReady, match="audit"):
            audit.record(ANN, purpose="direct_care", action="look")
    finally:
        audit.install_sink(before[0] if before else None)


def test_the_chain_holds_and_can_be_sealed_in_batches():
    all_events = events(7)
    whole = audit.seal(all_events)
    assert audit.seal(all_events[:3]) + audit.seal(all_events[3:], audit.seal(all_events[:3])[-1]) == whole
    assert audit.verify(all_events, whole) is None


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(audit.AuditEvent)])
def test_changing_any_field_of_any_event_shows(field):
    kept = events(4)
    links = audit.seal(kept)
    new = {"at": datetime(2020, 1, 1, tzinfo=UTC), "result_count": 5}.get(field, "changed")
    kept[2] = dataclasses.replace(kept[2], **{field: new})
    assert audit.verify(kept, links) == 2


def test_removing_inserting_and_reordering_show():
    kept = events(4)
    links = audit.seal(kept)
    assert audit.verify(kept[:1] + kept[2:], links) == 1
    assert audit.verify([*kept, kept[0]], links) == 4
    assert audit.verify([kept[1], kept[0], *kept[2:]], links) == 0


def test_one_moment_is_one_moment_in_any_time_zone():
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    one, same = (
        audit.AuditEvent(moment, "ann", "gp", "", "direct_care", "look")
        for moment in (at, at.astimezone(timezone(timedelta(hours=1))))
    )
    assert audit.link(audit.GENESIS, one) == audit.link(audit.GENESIS, same)
    with pytest.raises(ValueError, match="time zone"):
        audit.AuditEvent(datetime(2026, 7, 1), "ann", "gp", "", "direct_care", "look")


def test_a_look_at_a_person_is_audited_before_it_is_answered_and_other_purposes_are_refused(tmp_path, sink):
    store = IdentityStore(tmp_path / "identities")
    assert store.look([1], person_id="p_1", by=ANN, purpose="direct_care", reason="consultation") == []
    assert [(event.subject, event.action, event.reason) for event in sink.events] == [("p_1", "look", "consultation")]
    with pytest.raises(NotAllowed):
        store.look([1], person_id="p_1", by=ANN, purpose="planning", reason="consultation")
    with pytest.raises(NotAllowed):
        store.look([1], person_id="p_1", by=ANN, purpose="direct_care", reason=" ")
    assert len(sink.events) == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("patient 943 476 5919 seen", "patient [nhs number] seen"),
        ("9434765919,943-476-5919", "[nhs number],[nhs number]"),
        ("lives at W2 1NY and ha98xa", "lives at [postcode] and [postcode]"),
        ("born 1950-03-02", "born [date]"),
        ("dob 02/03/1950", "dob [date]"),
        ("birth_date=datetime.date(1950, 3, 2)", "birth_date=[date]"),
        ("born 2 March 1950", "born [date]"),
        ("p_0123456789abcdef0123 opened", "[person] opened"),
        ("token v2_0123456789abcdef0123456789abcdef", "token [pseudonym]"),
        ("as at 2026-03-31: 12,345 rows in load 17", "as at 2026-03-31: 12,345 rows in load 17"),
        ("practice E84002, trust RYJ, LSOA E01000627", "practice E84002, trust RYJ, LSOA E01000627"),
        ("subject 1834052513351524818", "subject 1834052513351524818"),
    ],
)
def test_what_identifies_is_blanked_and_what_does_not_is_left(text, left):
    assert scrub.scrub(text) == left


def test_every_logger_of_the_process_is_scrubbed_with_arguments_and_tracebacks(caplog):
    factory = logging.getLogRecordFactory()
    try:
        scrub.install()
        scrub.install()
        with caplog.at_level(logging.INFO):
            logging.getLogger("any.library").info("row %s of %s", "9434765919", {"postcode": "W2 1NY"})
            try:
                raise RuntimeError("no match for 943 476 5919")
            except RuntimeError:
                logging.getLogger("other").exception("failed")
    finally:
        logging.setLogRecordFactory(factory)
    assert "[nhs number]" in caplog.text
    assert "[postcode]" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "943" not in caplog.text
    assert "W2 1NY" not in caplog.text
