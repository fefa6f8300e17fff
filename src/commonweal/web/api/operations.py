"""What can be read. Each operation calls the service that the page of the same thing calls, and adds no question of its own."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI

from commonweal.errors import NotReady
from commonweal.finance.position import PositionRow
from commonweal.web.api import schemas
from commonweal.web.api.door import operation
from commonweal.web.api.failures import install
from commonweal.web.commissioning.services import register, targets
from commonweal.web.core import releases
from commonweal.web.finance.services import position
from commonweal.web.leads import services as leads
from commonweal.web.lists import presenters as list_words
from commonweal.web.lists import services as lists
from commonweal.web.people import presenters as person_words
from commonweal.web.people import services as people
from commonweal.web.people.plan_presenters import plan_words
from commonweal.web.trust import services as trust

CARE, PLANNING = "direct_care", "planning"
PAGE_LENGTH = 100

api = NinjaAPI(
    title="Commonweal read API", version="1", docs_url=None, openapi_url=None, urls_namespace="v1",
    description="Reads what the pages of the site read: the same permissions, purposes and hiding of small numbers.",
)  # fmt: skip
install(api)


@operation(api, "release", "trust.read", purpose="", answer=schemas.Release)
def release(request: HttpRequest) -> Any:
    """The release that serves."""
    found = releases.mark()
    if found is None:
        raise NotReady("nothing has been released yet")
    return found


@operation(api, "definitions", "trust.read", purpose="", answer=schemas.Definitions)
def definitions(request: HttpRequest, words: str = "", page: int = 1) -> Any:
    """Definitions whose title, id or tags hold every one of the words."""
    groups = trust.definitions(by=_actor(request), words=words[:100])
    return _page([one for _, rows in groups for one in rows], page)


@operation(api, "definitions/{definition_id}", "trust.read", purpose="", answer=schemas.DefinitionDetail)
def definition(request: HttpRequest, definition_id: str) -> Any:
    """One definition: its rule in words, source, review and codelists."""
    found = trust.definition(by=_actor(request), definition_id=definition_id)
    one = found.definition
    return {
        **{name: getattr(one, name) for name in (
            "id", "kind", "title", "why_it_matters", "owner", "checked_by", "reviewed_on", "review_due", "polarity",
        )},
        "source": f"{one.source.name}, {one.source.version}", "rules": dict(found.parts), "codelists": [each.id for each in found.codelists],
        "missing_codelists": list(found.missing), "uses": [each.id for each in found.uses],
        "used_by": [each.id for each in found.used_by], "in_release": found.in_release is not None,
    }  # fmt: skip


@operation(api, "measures", "measures.see", purpose=PLANNING, answer=schemas.Definitions)
def measures(request: HttpRequest, page: int = 1) -> Any:
    """Measures, registers and flags that the release computes."""
    return _page(leads.measures(by=_actor(request)), page)


@operation(api, "measures/{measure_id}", "measures.see", purpose=PLANNING, answer=schemas.Measure)
def measure(
    request: HttpRequest, measure_id: str, by: str = "practice", as_at: datetime.date | None = None, page: int = 1
) -> Any:
    """A measure by practice, pcn, neighbourhood, borough, all, imd_quintile, ethnic_group or residence_borough. Small numbers are hidden."""
    info, served, day, rows, names = leads.measure_rows(
        by=_actor(request), measure_id=measure_id, group_kind=by, as_at=as_at
    )
    items = [
        {
            "group": row.group_code, "name": names.get(row.group_code, row.group_code), "state": row.state,
            **{name: getattr(row, name) for name in ("numerator", "denominator", "value", "lower", "upper")},
        }
        for row in rows
    ]  # fmt: skip
    return {
        "id": info.id, "title": info.title, "release_id": served.id, "as_at": day, "by": by, **_page(items, page),
    }  # fmt: skip


@operation(api, "lists", "lists.work", purpose=CARE, answer=schemas.Lists)
def working_lists(request: HttpRequest) -> Any:
    """The lists of people that one may open, with how many people each definition finds."""
    found, made = lists.overview(by=_actor(request))
    return {
        "of_definitions": [
            {"definition_id": one.id, "kind": one.kind, "title": one.title, "people": count} for one, count in found
        ],
        "made": [{"list_id": str(one.pk), "title": one.title} for one in made],
    }


@operation(api, "lists/of/{definition_id}", "lists.work", purpose=CARE, answer=schemas.WorkingList)
def list_of_definition(request: HttpRequest, definition_id: str) -> Any:
    """Who is on the list of one definition, each with the evidence. Every person in it is a look in the audit."""
    actor = _actor(request)
    return _list(lists.page(by=actor, working_list=lists.list_of_definition(by=actor, definition_id=definition_id)))


@operation(api, "lists/{list_id}", "lists.work", purpose=CARE, answer=schemas.WorkingList)
def working_list(request: HttpRequest, list_id: uuid.UUID) -> Any:
    """Who is on one list, each with the evidence. Every person in it is a look in the audit."""
    actor = _actor(request)
    return _list(lists.page(by=actor, working_list=lists.list_with(by=actor, list_id=str(list_id))))


@operation(api, "people/find", "people.look", purpose=CARE, answer=schemas.PersonFound, method="POST")
def find_person(request: HttpRequest, asked: schemas.NhsNumber) -> Any:
    """The person_id of an NHS number, for somebody whom one cares for. It counts against the hour's allowance of searches."""
    person_id = people.find(by=_actor(request), number=asked.nhs_number)
    if person_id is None:
        raise _nobody()
    return {"person_id": person_id}


@operation(api, "people/{person_id}", "people.look", purpose=CARE, answer=schemas.Person)
def person(request: HttpRequest, person_id: str) -> Any:
    """One person's summary, where there is a relationship of care: conditions, the lists they are on and why, scores, results,
    medicines, care plans, and the plans of the system that touch them. The look is in the audit."""
    found = people.summary(by=_actor(request), person_id=person_id, what="summary by API", with_plans=True)
    if found is None:
        raise _nobody()
    return _person(found)


@operation(api, "intentions", "commissioning.see", purpose=PLANNING, answer=schemas.Intentions)
def intentions(
    request: HttpRequest, source: str = "", programme: str = "", year: str = "", state: str = "", words: str = "",
    page: int = 1,
) -> Any:  # fmt: skip
    """Intentions of the register, as the filters of its page find them."""
    wanted = register.Filters(source=source, programme=programme, year=year, state=state, words=words[:200])
    found = register.search(by=_actor(request), filters=wanted, page=page)
    return {"items": found.rows, "total": found.total, "page": found.page, "pages": found.pages}


@operation(api, "intentions/{reference}", "commissioning.see", purpose=PLANNING, answer=schemas.Intention)
def intention(request: HttpRequest, reference: str) -> Any:
    """One intention."""
    return register.get(by=_actor(request), reference=reference)


@operation(api, "targets", "commissioning.see", purpose=PLANNING, answer=schemas.Targets)
def tracked_targets(
    request: HttpRequest, source: str = "", programme: str = "", status: str = "", page: int = 1
) -> Any:
    """Targets with where each stands today."""
    found = targets.page(by=_actor(request), source=source, programme=programme, status=status, number=page)
    items = [_target(one) for one in found.rows]
    return {"items": items, "total": found.total, "page": found.page, "pages": found.pages}


@operation(api, "targets/{reference}", "commissioning.see", purpose=PLANNING, answer=schemas.Target)
def tracked_target(request: HttpRequest, reference: str) -> Any:
    """One target with where it stands today, and why."""
    return _target(targets.get(by=_actor(request), reference=reference))


@operation(api, "finance/position", "finance.see", purpose=PLANNING, answer=schemas.Position)
def finance_position(request: HttpRequest, by: str = "provider", provider: str = "") -> Any:
    """Plan, actual and forecast in pence by provider, pod, place, commissioner, specialty or system."""
    found = position.position(by=_actor(request), dimension=by, provider=provider)
    return {
        "by": found.by, "release_id": found.stands.release_id, "year": str(found.stands.year), "month": found.stands.months,
        "rows": [_money(row, found.names.get(str(row.key), str(row.key))) for row in found.rows],
        "total": _money(found.total, "Total"),
    }  # fmt: skip


def _actor(request: HttpRequest) -> Any:
    return request.auth  # type: ignore[attr-defined]


def _page(rows: list[Any], number: int) -> dict[str, Any]:
    """One page; one beyond the last is the last, as on the pages."""
    pages = max(1, -(-len(rows) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    items = rows[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    return {"items": items, "total": len(rows), "page": number, "pages": pages}


def _nobody() -> NotReady:
    """The same for a stranger and for nobody."""
    return NotReady("there is nobody like that whom you may look at", remedy="use the site where it is an emergency")


def _list(page: lists.Page) -> dict[str, Any]:
    return {
        "list_id": str(page.working_list.pk), "title": page.working_list.title, "release_id": page.release.id,
        "as_at": page.release.as_at, "capacity": page.version.capacity, "total": page.total, "waiting": page.waiting,
        "folded": len(page.folded), "left": page.left, "excluded": page.excluded,
        "people": [
            {
                "person_id": one.person_id, "name": one.identity.name, "nhs_number": one.identity.nhs_number,
                "age": one.summary.age, "sex": one.summary.sex, "practice_code": one.summary.practice_code,
                "reasons": list_words.reason_words(one, page), "state": one.standing.state,
                "assigned_to": one.standing.assigned_to, "is_new": one.is_new,
                "evidence": [
                    {"definition_id": name, "sentence": fact.sentence, "date": fact.date}
                    for name, facts in one.evidence.items() for fact in facts
                ],
            }
            for one in page.people
        ],
    }  # fmt: skip


def _person(found: people.Summary) -> dict[str, Any]:
    look = found.look
    summary, known = look.summary, look.definitions
    result = ("title", "value", "date", "trend", "before")
    return {
        **{name: getattr(summary, name) for name in (
            "person_id", "birth_date", "death_date", "age", "sex", "practice_code",
        )},
        "name": look.identity.name, "nhs_number": look.identity.nhs_number, "ground": person_words.ground_words(look),
        "registers": [
            {"id": one, "title": known[one].title, "first_coded": since}
            for one, since in person_words.conditions(look) if one in known
        ],
        "flags": [
            {
                "id": one, "title": known[one].title, "suggested_action": str(known[one].details.get("suggested_action") or ""),
                "evidence": person_words.telling(found.reasons.get(one, ())),
            }
            for one in summary.flags if one in known
        ],
        "care_plans": [
            {"id": str(one.id), "title": one.title, "state": one.state, "open": one.open}
            for one in (plan_words(plan, people.today()) for plan in look.plans)
        ],
        "touching": [
            {"reference": one.reference, "title": one.title, "where": one.where, "measure": one.why, "reached": one.reached}
            for one in found.touching
        ],
        "scores": [
            {"id": one, "title": known[one].title, "value": value, "validity": str(known[one].details.get("validity") or "")}
            for one, value in summary.scores.items() if one in known
        ],
        "results": [dict(zip(result, row, strict=True)) for row in person_words.results(look.items)],
        "medicines": [
            {"title": title, "issued": issued, "repeat": bool(repeat)}
            for title, issued, repeat in person_words.medicines(look.items, look.release.as_at)
        ],
        "withheld": look.withheld, "excluded": list(summary.excluded), "release_id": look.release.id,
        "as_at": look.release.as_at,
    }  # fmt: skip


def _target(one: targets.Tracked) -> dict[str, Any]:
    row = one.target
    return {
        **{name: getattr(row, name) for name in (
            "reference", "programme", "indicator", "due", "direction", "measure_id",
        )},
        "value": None if row.value is None else f"{row.value.normalize():f}",
        "status": one.assessment.status.value, "reason": one.assessment.reason,
    }  # fmt: skip


def _money(row: PositionRow, name: str) -> dict[str, Any]:
    outturn = row.outturn
    return {
        "key": str(row.key), "name": name, "month_plan_pence": row.month.plan, "month_actual_pence": row.month.actual,
        "to_date_plan_pence": row.year_to_date.plan, "to_date_actual_pence": row.year_to_date.actual,
        "to_date_variance_pence": row.year_to_date.total, "year_plan_pence": row.plan_year,
        "forecast_pence": outturn.statistical if outturn else None, "submitted_pence": outturn.submitted if outturn else None,
        "risk_adjusted_pence": outturn.risk_adjusted if outturn else None,
    }  # fmt: skip
