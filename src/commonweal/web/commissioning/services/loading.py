"""Load the five documents into the register. Done twice, it adds nothing; edits made since are kept."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import replace

from django.db import transaction

from commonweal.commissioning import engagement, followed, intentions, sources, standards, targets
from commonweal.commissioning.intentions import Intention as Plain
from commonweal.commissioning.targets import period_end
from commonweal.web.commissioning.models import (
    Board,
    Event,
    Intention,
    IntentionVersion,
    Link,
    Milestone,
    Paper,
    Procurement,
    Response,
    Target,
)
from commonweal.web.commissioning.services import linking
from commonweal.web.commissioning.services.register import add_many


@transaction.atomic
def load_documents() -> dict[str, int]:
    """Targets, intentions, responses, events, milestones and the procurement pipeline; returns how many of each are new."""
    return {
        "targets": _targets(),
        "standards": _standards(),
        "intentions": _intentions(),
        "followed": _followed(),
        "links": _links(),
        "responses": _responses(),
        "events": _events(),
        "milestones": _milestones(),
        "procurements": _pipeline(),
        "papers": _papers(),
        "boards": _boards(),
    }


def totals() -> dict[str, int]:
    """What the register now holds of the five documents, by kind of row."""
    keys = [document.key for document in sources.DOCUMENTS]
    return {
        "targets": Target.objects.filter(source__in=keys).count(),
        "intentions": Intention.objects.filter(source__in=keys).count(),
        "links": Link.objects.count(),
        "responses": Response.objects.filter(source__in=keys).count(),
        "inferred_statuses": Response.objects.filter(source__in=keys, basis="inferred").count(),
        "events": Event.objects.filter(source__in=keys).count(),
        "milestones": Milestone.objects.count(),
        "procurements": Procurement.objects.filter(source__in=keys).count(),
    }


def _published(source: str) -> datetime.date | None:
    return period_end(sources.document(source).published)


def _row(plain: targets.Target, **own: object) -> Target:
    """A target of the register from its plain form; `own` is what the register alone knows of it."""
    held = {
        name: getattr(plain, name)
        for name in (
            "programme", "indicator", "population", "statistic", "direction", "value", "baseline_value", "baseline_period", "due",
            "data_domain", "target_type", "measure_id", "place_code", "note", "source",
        )
    }  # fmt: skip
    return Target(
        reference=plain.id,
        trajectory=[[day.isoformat(), str(level)] for day, level in plain.trajectory],
        **{**held, **own},
    )


def _targets() -> int:
    known = set(Target.objects.values_list("reference", flat=True))
    measures: dict[str, str] = linking.held()["target_measures"]
    decides = set(linking.held()["same_quantity"])
    places: dict[str, str] = linking.held()["target_places"]
    sections = {row.id: row.section for row in sources.targets()}
    rows = [
        _row(
            row, measure_id=measures.get(row.id, ""), live_decides=row.id in decides, place_code=places.get(row.id, ""),
            section=sections[row.id], published_on=_published(row.source),
        )
        for row in targets.register()
        if row.id not in known
    ]  # fmt: skip
    _join_again(measures, decides, places)
    return len(Target.objects.bulk_create(rows, batch_size=200))


def _join_again(measures: dict[str, str], decides: set[str], places: dict[str, str]) -> None:
    """Targets loaded before a measure was found for them are joined to it; one whose measure somebody chose stays."""
    keys = [document.key for document in sources.DOCUMENTS]
    for row in Target.objects.filter(source__in=keys).exclude(changes__field="measure_id"):
        wanted = (measures.get(row.reference, ""), row.reference in decides, places.get(row.reference, ""))
        if wanted != (row.measure_id, row.live_decides, row.place_code):
            row.measure_id, row.live_decides, row.place_code = wanted
            row.save(update_fields=["measure_id", "live_decides", "place_code"])


def _standards() -> int:
    """National standards, each on the measure that is its own quantity."""
    known = set(Target.objects.filter(source=standards.SOURCE).values_list("reference", flat=True))
    rows = [_row(one.target, live_decides=True) for one in standards.standards() if one.target.id not in known]
    return len(Target.objects.bulk_create(rows))


def _followed() -> int:
    """Systems that intentions commit to: a target, mostly without a level, and a milestone with the document's lead as its owner."""
    every = followed.followed()
    there = {row.reference: row for row in Target.objects.filter(source=followed.SOURCE, changes=None)}
    known = set(Target.objects.filter(source=followed.SOURCE).values_list("reference", flat=True))
    held = {row.reference: row for row in Intention.objects.exclude(source="")}
    rows = [one for one in every if one.target.id not in known]
    Target.objects.bulk_create(_row(one.target) for one in rows)
    _read_again([one for one in every if one.target.id in there], there)
    made = {row.reference: row for row in Target.objects.filter(source=followed.SOURCE)}
    Milestone.objects.bulk_create(
        Milestone(
            title=one.milestone, programme=one.target.programme, owner=one.lead, due=one.target.due_date,
            target=made[one.target.id], intention=held.get(one.intentions[0]) if one.intentions else None,
        )
        for one in rows
    )  # fmt: skip
    return len(rows)


def _read_again(every: list[followed.Followed], there: dict[str, Target]) -> None:
    """What has been found in the documents since a target was loaded goes into it, unless somebody has changed it; so with its milestone."""
    read = ("value", "baseline_value", "baseline_period", "due", "target_type", "measure_id", "note")
    for one in every:
        row = there[one.target.id]
        wanted = {name: getattr(one.target, name) for name in read}
        if any(getattr(row, name) != value for name, value in wanted.items()):
            Target.objects.filter(pk=row.pk).update(**wanted)
        untouched = Milestone.objects.filter(target=row, title=one.milestone, owner="", due=None, done_on=None)
        untouched.update(owner=one.lead, due=one.target.due_date)


def _intentions() -> int:
    known = set(Intention.objects.values_list("reference", flat=True))
    measures: dict[str, str] = linking.held()["target_measures"]
    rows: list[Plain] = []
    for row in intentions.register():
        if row.id not in known:
            mine = tuple(dict.fromkeys(measures[target] for target in row.target_ids if target in measures))
            rows.append(replace(row, measure_ids=mine))
    return len(add_many(rows, owner_id=None, state="recorded", log="Recorded from the published document"))


def _links() -> int:
    """Measures, providers and boroughs that each recorded intention touches."""
    linked = set(Link.objects.values_list("intention_id", flat=True))
    rows = [
        link
        for intention in Intention.objects.exclude(source="")
        if intention.pk not in linked
        for link in linking.links_of(intention)
    ]
    return len(Link.objects.bulk_create(rows, batch_size=500))


def _responses() -> int:
    known = set(Response.objects.values_list("reference", flat=True))
    rows = [
        Response(
            reference=row.id,
            theme=row.theme,
            you_said=row.you_said,
            we_did=row.we_did,
            status=row.status,
            basis=row.basis,
            source=row.source,
            section=row.section,
            place=sources.document(row.source).place,
            published=True,
        )
        for row in engagement.responses()
        if row.id not in known
    ]
    return len(Response.objects.bulk_create(rows, batch_size=200))


def _events() -> int:
    known = set(Event.objects.values_list("reference", flat=True))
    rows = [
        Event(
            reference=row.id,
            event=row.event,
            audience=row.audience,
            starts=row.starts,
            ends=row.ends,
            period=row.period,
            participants=row.participants,
            source=row.source,
        )
        for row in engagement.calendar()
        if row.id not in known
    ]
    return len(Event.objects.bulk_create(rows))


def _milestones() -> int:
    """Each target that is a dated milestone becomes a line of the tracker; the documents name no owner for it."""
    known = set(Milestone.objects.exclude(target=None).values_list("target__reference", flat=True))
    rows = [
        Milestone(title=row.indicator, owner=row.owner, due=row.plain().due_date, target=row, programme=row.programme)
        for row in Target.objects.filter(target_type="milestone")
        if row.reference not in known
    ]
    return len(Milestone.objects.bulk_create(rows))


def _pipeline() -> int:
    known = set(Procurement.objects.values_list("reference", flat=True))
    rows = [
        Procurement(
            reference=row.id,
            service=row.service_area,
            note=row.note,
            annual_value_pence=sources.pence(row.annual_value_k, "k"),
            planned_start=period_end(row.quarter_start) if row.quarter_start else None,
            planned_words=row.indicative_start,
            decision_on=period_end(row.quarter_start) if row.quarter_start else None,
            source=row.source,
        )
        for row in sources.procurement_pipeline()
        if row.id not in known
    ]
    return len(Procurement.objects.bulk_create(rows))


BOARDS = ("sys-125", "sys-138", "sys-145", "sys-176", "sys-181", "sys-239", "sys-285", "sys-292", "sys-306", "sys-329")
"""Named systems of the documents that are boards, groups and forums: each gets its book, empty, with what it is for."""


def _boards() -> int:
    known = set(Board.objects.values_list("name", flat=True))
    rows = [
        Board(name=one.name, purpose=one.what_it_must_do)
        for one in sources.named_systems()
        if one.id in BOARDS and one.name not in known
    ]
    return len(Board.objects.bulk_create(rows))


def _papers() -> int:
    """A draft of the paper that regenerates the North West London document."""
    _, new = Paper.objects.get_or_create(
        slug="nwl-system-intentions-2020-21",
        defaults={
            "title": "North West London System Intentions 2020/21",
            "source": "nwl-2020-21",
            "place": "North West London",
            "year": "2020/21",
        },
    )
    return int(new)


def versions_kept() -> int:
    """How many versions the register holds."""
    return IntentionVersion.objects.count()
