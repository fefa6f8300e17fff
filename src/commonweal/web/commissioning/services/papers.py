"""Papers: drafts that refresh, publications that do not change."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import plain_english as plain
from commonweal.commissioning.papers import model
from commonweal.commissioning.papers.model import Paper as Content
from commonweal.errors import BadInput, Busy, NotReady
from commonweal.store import Store
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Intention, Paper
from commonweal.web.commissioning.services import linking, paper_content
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


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
    return _frozen(row) if row.state != "draft" else paper_content.build(row, timezone.now())


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


def of_intention(*, by: Actor, intention: Intention) -> list[Paper]:
    """Papers that an intention stands in: those published with it, and drafts that would hold it now."""
    check_can(by, "commissioning.see")
    held = set(intention.papers.values_list("pk", flat=True))
    drafts = Paper.objects.filter(state="draft")
    would = {row.pk for row in drafts if paper_content.rows_of(row).filter(pk=intention.pk).exists()}
    return list(Paper.objects.filter(pk__in=held | would))


def cited_releases(store: Store) -> list[str]:
    """The releases that published papers quote: they are not to be pruned. None for another store than the site's."""
    if store != settings.STORE:
        return []
    return sorted(set(Paper.objects.exclude(release_id="").values_list("release_id", flat=True)))


@transaction.atomic
def create(
    *,
    by: Actor,
    slug: str,
    title: str,
    place: str,
    year: str,
    source: str = "",
    kind: str = "system_intentions",
    programme: str = "",
) -> Paper:
    """A new draft of one of `paper_content.KINDS`. An update of a programme names it."""
    check_can(by, "commissioning.publish")
    if kind == "programme_update" and not programme:
        raise BadInput("say which programme the update is about", where=title)
    if kind == "partnership" and place not in linking.held()["boroughs"]:
        raise BadInput("a partnership is of a borough", value=place, remedy=", ".join(linking.held()["boroughs"]))
    if Paper.objects.filter(slug=slug).exists():
        raise BadInput("there is a paper with this short name already", value=slug)
    row = Paper.objects.create(
        slug=slug, title=title, place=place, year=year, source=source, kind=kind, programme=programme
    )
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
    model.resolve(paper_content.build(row, timezone.now()))
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
    made = model.resolve(paper_content.build(row, now))
    row.body, row.content_hash = model.to_json(made), model.content_hash(made)
    row.state, row.published_at, row.published_by_id = "published", now, by.user_id
    mark = releases.mark()
    row.release_id = mark.id if mark else ""
    row.save()
    row.intentions.set(paper_content.rows_of(row))
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
        programme=old.programme,
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
    return model.figure_changes(_frozen(row), paper_content.build(row, timezone.now()))


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


def published_file(slug: str, form: str) -> tuple[Paper, bytes, str]:
    """(paper, file, media type) of a published paper: made once, since what is published does not change."""
    row, _ = published_paper(slug)
    return row, *_published_file(slug, row.content_hash, row.state, form)


@lru_cache(maxsize=16)
def _published_file(slug: str, content_hash: str, state: str, form: str) -> tuple[bytes, str]:
    """The file of what `content_hash` and `state` name: they are in the key, so that a withdrawn paper is another file."""
    return rendered(published_paper(slug)[1], form)


def rendered(paper: Content, form: str) -> tuple[bytes, str]:
    """(file, media type) as ``docx`` or ``pdf``."""
    if form == "docx":
        from commonweal.commissioning.papers import word  # loaded by those who want a file only

        return word.to_word(paper), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if form == "pdf":
        from commonweal.commissioning.papers import pdf

        return pdf.to_pdf(paper), "application/pdf"
    raise NotReady("papers come as docx or pdf", value=form)
