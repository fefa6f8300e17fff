"""Papers: drafts that refresh, publications that do not change."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commonweal.commissioning import plain_english as plain
from commonweal.commissioning.intentions import Intention as Intended
from commonweal.commissioning.papers import model, pdf, system_intentions, what_happened, word
from commonweal.commissioning.papers.model import Paper as Content
from commonweal.commissioning.workflow import State
from commonweal.errors import BadInput, Busy, NotReady
from commonweal.store import Store
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Intention, Paper, Response, Target
from commonweal.web.commissioning.policies import NOT_YET_SHARED
from commonweal.web.commissioning.services import live, targets
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

KINDS = {"system_intentions": "What we intend", "what_happened": "What happened"}
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


def papers(*, by: Actor) -> list[Paper]:
    """Every paper, drafts included. Raises `NotAllowed`."""
    check_can(by, "commissioning.see")
    return list(Paper.objects.all())


def get(*, by: Actor, slug: str) -> Paper:
    """One paper. Raises `NotAllowed`, `NotReady`."""
    check_can(by, "commissioning.see")
    row = Paper.objects.filter(slug=slug).first()
    if row is None:
        raise NotReady("there is no such paper", value=slug)
    return row


def content(*, by: Actor, slug: str) -> Content:
    """A draft made now from the register, with people's text in place; a published paper as it was published."""
    row = get(by=by, slug=slug)
    return _frozen(row) if row.state != "draft" else _build(row, timezone.now())


def _stamp(made_at: datetime) -> str:
    mark = releases.mark()
    release = f"release {mark.id}" if mark else "no release"
    return f"Made on {timezone.localtime(made_at):%-d %B %Y at %H:%M} from the commissioning register and {release}"


def _build(row: Paper, made_at: datetime) -> Content:
    made = _what_happened(row, made_at) if row.kind == "what_happened" else _system_intentions(row, made_at)
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
    tracked = targets.standing(sorted(wanted))
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


def plain_english(made: Content) -> list[plain.Finding]:
    """What the plain-English check points at in a paper's paragraphs and lists; its table of abbreviations explains."""
    texts: list[str] = []
    explained: list[str] = []
    for section in made.sections:
        for block in section.blocks:
            if isinstance(block, model.Text):
                texts.append(block.text)
            elif isinstance(block, model.Points):
                texts += block.items
            elif block.caption == "Abbreviations":
                explained += [row[0] for row in block.rows]
    return list(plain.check("\n".join(texts), explained=explained))


def _rows_of(row: Paper) -> QuerySet[Intention]:
    """The intentions that a paper is made of: of its document, or of its place and year; nothing that is not yet shared."""
    rows = Intention.objects.filter(state__in=SHARED_STATES)
    return rows.filter(source=row.source) if row.source else rows.filter(place=row.place, year=row.year)


def _system_intentions(row: Paper, made_at: datetime) -> Content:
    intentions = [one.plain() for one in _rows_of(row)]
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


def of_intention(*, by: Actor, intention: Intention) -> list[Paper]:
    """Papers that an intention stands in: those published with it, and drafts that would hold it now."""
    check_can(by, "commissioning.see")
    held = set(intention.papers.values_list("pk", flat=True))
    drafts = Paper.objects.filter(state="draft")
    would = {row.pk for row in drafts if _rows_of(row).filter(pk=intention.pk).exists()}
    return list(Paper.objects.filter(pk__in=held | would))


def cited_releases(store: Store) -> list[str]:
    """The releases that published papers quote: they are not to be pruned. None for another store than the site's."""
    if store != settings.STORE:
        return []
    return sorted(set(Paper.objects.exclude(release_id="").values_list("release_id", flat=True)))


@transaction.atomic
def create(
    *, by: Actor, slug: str, title: str, place: str, year: str, source: str = "", kind: str = "system_intentions"
) -> Paper:
    """A new draft of one of `KINDS`."""
    check_can(by, "commissioning.publish")
    if Paper.objects.filter(slug=slug).exists():
        raise BadInput("there is a paper with this short name already", value=slug)
    row = Paper.objects.create(slug=slug, title=title, place=place, year=year, source=source, kind=kind)
    audit.record(by, purpose="planning", action="start paper", object=f"paper:{slug}")
    return row


@transaction.atomic
def write(*, by: Actor, slug: str, written: dict[str, str], base_version: int) -> Paper:
    """Keep people's text. Raises `Busy` where somebody else saved since, `NotReady` for a figure that does not exist."""
    check_can(by, "commissioning.publish")
    get(by=by, slug=slug)
    row = Paper.objects.select_for_update().get(slug=slug)
    if row.state != "draft":
        raise BadInput("a published paper does not change", where=slug, remedy="start a new version of it")
    if row.version != base_version:
        raise Busy(
            "someone else changed this paper while you were writing",
            where=slug,
            remedy="open it again; your text is below",
        )
    row.written = {**row.written, **written}
    row.version += 1
    model.resolve(_build(row, timezone.now()))
    row.save(update_fields=["written", "version"])
    audit.record(by, purpose="planning", action="write paper", object=f"paper:{slug}")
    return row


@transaction.atomic
def publish(*, by: Actor, slug: str) -> Paper:
    """Freeze the paper as it is now and make it public."""
    check_can(by, "commissioning.publish")
    get(by=by, slug=slug)
    row = Paper.objects.select_for_update().get(slug=slug)
    if row.state != "draft":
        raise BadInput("this paper was published already", where=slug)
    now = timezone.now()
    made = model.resolve(_build(row, now))
    row.body, row.content_hash = model.to_json(made), model.content_hash(made)
    row.state, row.published_at, row.published_by_id = "published", now, by.user_id
    mark = releases.mark()
    row.release_id = mark.id if mark else ""
    row.save()
    row.intentions.set(_rows_of(row))
    audit.record(by, purpose="public", action="publish paper", object=f"paper:{slug}")
    return row


@transaction.atomic
def withdraw(*, by: Actor, slug: str, reason: str) -> Paper:
    """Take a published paper back. It stays readable, with the reason at its head: links to it must not break."""
    check_can(by, "commissioning.publish")
    if not reason.strip():
        raise BadInput("say why the paper is withdrawn", where=slug)
    get(by=by, slug=slug)
    row = Paper.objects.select_for_update().get(slug=slug)
    if row.state != "published":
        raise BadInput("only a published paper can be withdrawn", where=slug)
    row.state, row.withdrawn_at, row.withdrawn_reason = "withdrawn", timezone.now(), reason
    row.save(update_fields=["state", "withdrawn_at", "withdrawn_reason"])
    audit.record(by, purpose="public", action="withdraw paper", object=f"paper:{slug}")
    return row


@transaction.atomic
def start_next(*, by: Actor, slug: str) -> Paper:
    """A new draft that will replace a published or withdrawn paper, with its hand-written text."""
    check_can(by, "commissioning.publish")
    old = get(by=by, slug=slug)
    if old.state == "draft":
        return old
    number = Paper.objects.filter(slug__startswith=f"{slug}-v").count() + 2
    row = Paper.objects.create(
        slug=f"{slug}-v{number}",
        title=old.title,
        kind=old.kind,
        source=old.source,
        place=old.place,
        year=old.year,
        audience=old.audience,
        written=old.written,
        replaces=old,
    )
    audit.record(by, purpose="planning", action="start paper", object=f"paper:{row.slug}")
    return row


def what_changed(*, by: Actor, slug: str) -> list[str]:
    """Figures that differ between what was published and what the register would say now."""
    row = get(by=by, slug=slug)
    if row.state == "draft":
        return []
    return model.figure_changes(_frozen(row), _build(row, timezone.now()))


def _frozen(row: Paper) -> Content:
    made = model.check_frozen(row.body, row.content_hash)
    return replace(made, withdrawn=row.withdrawn_reason) if row.state == "withdrawn" else made


def published() -> list[Paper]:
    """Published and withdrawn papers for the public, newest first."""
    return list(Paper.objects.filter(state__in=["published", "withdrawn"], audience="public"))


def published_paper(slug: str) -> tuple[Paper, Content]:
    """One public paper as it was published. Reads the frozen content and nothing else."""
    row = Paper.objects.filter(slug=slug, state__in=["published", "withdrawn"], audience="public").first()
    if row is None:
        raise NotReady("there is no such published paper", remedy="look at the list of published papers")
    return row, _frozen(row)


def rendered(paper: Content, form: str) -> tuple[bytes, str]:
    """(file, media type) as ``docx`` or ``pdf``."""
    if form == "docx":
        return word.to_word(paper), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if form == "pdf":
        return pdf.to_pdf(paper), "application/pdf"
    raise NotReady("papers come as docx or pdf", value=form)
