"""What a draft paper says today: each kind made from the register, with people's text in its slots."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from commonweal.commissioning.governance import RecordKind
from commonweal.commissioning.intentions import Intention as Intended
from commonweal.commissioning.papers import financial_recovery, model, progress, system_intentions, what_happened
from commonweal.commissioning.papers.model import Paper as Content
from commonweal.commissioning.workflow import State
from commonweal.web.commissioning.models import Intention, Milestone, Paper, Response, ReviewedRecord, Target
from commonweal.web.commissioning.policies import NOT_YET_SHARED
from commonweal.web.commissioning.services import linking, live, targets
from commonweal.web.core import releases
from commonweal.web.finance.services import schemes as finance_schemes

SHARED_STATES = (
    "recorded",
    "agreed",
    "notified",
    "in_delivery",
    "delivered",
    "partly_delivered",
    "not_delivered",
    "carried_forward",
)
"""What may stand in a paper: nothing that is still a draft or waits for a signature."""


def _stamp(made_at: datetime) -> str:
    mark = releases.mark()
    release = f"release {mark.id}" if mark else "no release"
    return f"Made on {timezone.localtime(made_at):%-d %B %Y at %H:%M} from the commissioning register and {release}"


def build(row: Paper, made_at: datetime) -> Content:
    """The paper as the register makes it at `made_at`, with what people wrote in its slots."""
    made = MADE_BY[row.kind](row, made_at)
    made = replace(made, id=row.slug, title=row.title)
    kept = {slot: text for slot, text in row.written.items() if slot in made.slots()}
    return model.write_slots(made, kept)


def _what_happened(row: Paper, made_at: datetime) -> Content:
    """The annual paper of a place and year (or of one document), with the outcome recorded for each intention."""
    rows = Intention.objects.exclude(state__in=[state.value for state in NOT_YET_SHARED]).prefetch_related("changes")
    rows = rows.filter(source=row.source) if row.source else rows.filter(place=row.place, year=row.year)
    found = []
    wanted: set[str] = set()
    for one in rows:
        last = next(iter(one.changes.all()), None)
        found.append((one.plain(), State(one.state), last.reason if last else ""))
        wanted |= set(one.target_ids)
    tracked = targets.standing(sorted(wanted), purpose=row.audience)
    said = [one.plain() for one in Response.objects.filter(published=True, intentions__in=rows).distinct()]
    return what_happened.build(
        paper_id=row.slug,
        place=row.place,
        year=row.year,
        intentions=found,
        targets=[(one.target.plain(), one.assessment) for one in tracked],
        made_at=made_at,
        stamp=_stamp(made_at),
        said=[(one.you_said, one.answer_words, one.status_words) for one in said],
        audience=row.audience,
    )


def rows_of(row: Paper) -> QuerySet[Intention]:
    """The intentions that a paper is made of: of its document, or of its place and year; nothing that is not yet shared."""
    rows = Intention.objects.filter(state__in=SHARED_STATES)
    if row.programme:
        rows = rows.filter(programme=row.programme)
    return rows.filter(source=row.source) if row.source else rows.filter(place=row.place, year=row.year)


def _system_intentions(row: Paper, made_at: datetime) -> Content:
    intentions = [one.plain() for one in rows_of(row)]
    if row.source == "nwl-2020-21":
        wanted = list(Target.objects.filter(source=row.source))
        return system_intentions.nwl_2020_21(
            intentions,
            [one.plain() for one in wanted],
            made_at=made_at,
            stamp=_stamp(made_at),
            figures=_live_figures(intentions, wanted, row.audience),
        )
    named = {reference for one in intentions for reference in one.target_ids}
    wanted = list(Target.objects.filter(reference__in=named))
    return system_intentions.build(
        paper_id=row.slug,
        place=row.place,
        year=row.year,
        intentions=intentions,
        targets=[one.plain() for one in wanted],
        made_at=made_at,
        stamp=_stamp(made_at),
        figures=_live_figures(intentions, wanted, row.audience),
        audience=row.audience,
    )


def _live_figures(intentions: Sequence[Intended], wanted: Sequence[Target], audience: str) -> list[model.Figure]:
    """Today's figure of each measure that the paper's intentions and targets name, under the rule of the paper's audience."""
    ids = [measure for one in intentions for measure in one.measure_ids] + [one.measure_id for one in wanted]
    made = []
    for measure_id in dict.fromkeys(filter(None, ids)):
        value = live.value(measure_id, purpose=audience)
        if value is not None:
            stamp = f"release {value.release_id} as at {value.as_at:%-d %B %Y}"
            made.append(model.Figure(measure_id, live.title(measure_id), value.words, stamp, audience))
    return made


def _progress(row: Paper, made_at: datetime) -> Content:
    """How a programme, or a borough with its partners, stands."""
    rows = list(rows_of(row))
    place_code = linking.held()["boroughs"].get(row.place, "") if row.kind == "partnership" else ""
    named = {reference for one in rows for reference in one.target_ids}
    mine = Q(reference__in=named)
    mine |= Q(programme=row.programme, source="") if row.programme else Q(place_code=place_code) if place_code else Q()
    tracked = targets.standing(
        sorted(Target.objects.filter(mine).values_list("reference", flat=True)), purpose=row.audience
    )
    work = Milestone.objects.filter(Q(intention__in=rows) | Q(target__in=[one.target for one in tracked])).distinct()
    said = [one.plain() for one in Response.objects.filter(published=True, intentions__in=rows).distinct()]
    return progress.build(
        paper_id=row.slug,
        title=row.title,
        standing=progress.Standing(
            [(one.plain(), State(one.state)) for one in rows],
            [one.plain() for one in work],
            [(one.target.plain(), one.assessment) for one in tracked],
            agreements(place_code) if place_code else (),
            [(one.you_said, one.answer_words, one.status_words) for one in said],
        ),
        made_at=made_at,
        stamp=_stamp(made_at),
        audience=row.audience,
    )


def agreements(place_code: str) -> list[progress.Agreement]:
    """The alliance agreements of a place that have not ended."""
    held = ReviewedRecord.objects.filter(kind=RecordKind.ALLIANCE.value, place_code=place_code, ended_on=None)
    return [progress.Agreement(one.title, one.parties, one.review_on) for one in held]


def _recovery(row: Paper, made_at: datetime) -> Content:
    """The schemes of the paper's year, from finance's register."""
    lines = [
        financial_recovery.SchemeLine(
            scheme.title,
            scheme.maturity,
            scheme.gross_pence,
            scheme.investment_pence,
            value.counted,
            value.risk_adjusted,
            delivered,
            scheme.cash_releasing,
            scheme.senior_owner,
        )
        for scheme, value, delivered in finance_schemes.live_in(row.year)
    ]
    return financial_recovery.build(
        paper_id=row.slug,
        place=row.place,
        year=row.year,
        schemes=lines,
        made_at=made_at,
        stamp=_stamp(made_at),
        audience=row.audience,
    )


MADE_BY: dict[str, Callable[[Paper, datetime], Content]] = {
    "system_intentions": _system_intentions,
    "what_happened": _what_happened,
    "programme_update": _progress,
    "partnership": _progress,
    "financial_recovery": _recovery,
}
KINDS = {
    "system_intentions": "What we intend",
    "what_happened": "What happened in a year",
    "programme_update": "How a programme stands",
    "partnership": "How a borough and its partners stand",
    "financial_recovery": "Financial recovery",
}
"""The kinds of paper, as people choose them."""
