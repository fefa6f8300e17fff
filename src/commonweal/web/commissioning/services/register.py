"""The register: find, read, write and compare intentions."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from commonweal.commissioning import changes, similarity, sources, spreadsheet, target_conflicts
from commonweal.commissioning.changes import YearLine
from commonweal.commissioning.intentions import REFERENCE_RULE, check_references, gaps, is_reference
from commonweal.commissioning.intentions import Intention as Plain
from commonweal.commissioning.similarity import Pair
from commonweal.commissioning.workflow import OWNERS, State, step
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning import policies
from commonweal.web.commissioning.models import Intention, IntentionVersion, Link, StateChange, Target
from commonweal.web.commissioning.services import linking
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can

PAGE_LENGTH = 50


@dataclass(frozen=True)
class Filters:
    """What the register is asked. Empty fields do not limit."""

    source: str = ""
    programme: str = ""
    kind: str = ""
    place: str = ""
    year: str = ""
    state: str = ""
    procurement: str = ""
    words: str = ""

    def as_query(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Found:
    """One page of the register."""

    rows: list[Intention]
    total: int
    page: int
    pages: int


def visible(by: Actor) -> QuerySet[Intention]:
    """The intentions that `by` may see."""
    check_can(by, "commissioning.see")
    rows = Intention.objects.all()
    return (
        rows if policies.sees_drafts(by) else rows.exclude(state__in=[state.value for state in policies.NOT_YET_SHARED])
    )


def search(*, by: Actor, filters: Filters, page: int = 1) -> Found:
    """Intentions that fit, in the order of their documents."""
    rows = _fitting(by, filters)
    total = rows.count()
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(max(page, 1), pages)
    start = (page - 1) * PAGE_LENGTH
    return Found(list(rows[start : start + PAGE_LENGTH]), total, page, pages)


def _fitting(by: Actor, filters: Filters) -> QuerySet[Intention]:
    rows = visible(by)
    for name in ("source", "programme", "kind", "place", "year", "state", "procurement"):
        value = getattr(filters, name)
        if value:
            rows = rows.filter(**{name: "" if value == "none" else value})
    for word in filters.words.split():
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(summary__icontains=word)
            | Q(programme__icontains=word)
            | Q(providers__icontains=word)
            | Q(reference__iexact=word)
        )
    return rows


def choices(*, by: Actor) -> dict[str, list[str]]:
    """The values in use for each filter."""
    rows = visible(by)
    return {
        name: sorted(rows.order_by().values_list(name, flat=True).distinct())
        for name in ("source", "programme", "kind", "place", "year", "state")
    }


def programmes(*, by: Actor, filters: Filters) -> list[tuple[str, int]]:
    """(programme, how many) of what fits the filters, the largest first."""
    rows = _fitting(by, filters).order_by().values("programme").annotate(count=Count("pk"))
    return [(row["programme"], row["count"]) for row in rows.order_by("-count", "programme")]


def counts_by_source(*, by: Actor) -> list[tuple[str, str, int]]:
    """(key, title, count) of each document, then of intentions written here."""
    rows = visible(by)
    found = [(doc.key, doc.title, rows.filter(source=doc.key).count()) for doc in sources.DOCUMENTS]
    return [*found, ("none", "Written here", rows.filter(source="").count())]


def get(*, by: Actor, reference: str) -> Intention:
    """One intention. What `by` may not see is as if it were not there."""
    found = visible(by).select_related("owner").filter(reference=reference).first()
    if found is None:
        raise NotReady("there is no such intention", value=reference, remedy="look in the register")
    return found


@transaction.atomic
def create(*, by: Actor, intention: Plain) -> Intention:
    """A new draft, owned by its writer."""
    check_can(by, "commissioning.edit")
    check_references(intention)
    if Intention.objects.filter(reference=intention.id).exists():
        raise BadInput("this reference is already in the register", value=intention.id, remedy="give another")
    row = Intention(owner_id=by.user_id, state="draft", version=1)
    row.fill(intention)
    row.save()
    linking.relink(row)
    _keep_version(row, by, log="Written", note="")
    audit.record(by, purpose="planning", action="write intention", object=f"intention:{row.reference}")
    return row


def next_reference(*, year: str) -> str:
    """A reference that nobody has used, such as ``i-2627-004``."""
    digits = "".join(character for character in year if character.isdigit())
    short = digits[2:6] or "new"
    stem = f"i-{short}-"
    number = Intention.objects.filter(reference__startswith=stem).count() + 1
    while Intention.objects.filter(reference=f"{stem}{number:03d}").exists():
        number += 1
    return f"{stem}{number:03d}"


@transaction.atomic
def save(*, by: Actor, reference: str, words: Plain, base_version: int, note: str = "") -> Intention:
    """A new version. When somebody saved since `base_version`, both edits are kept where they touch different fields.

    Raises `Busy`, naming the fields, where they touch the same; `NotAllowed` where the state does not let words change.
    """
    check_can(by, "commissioning.edit")
    row = Intention.objects.select_for_update().filter(reference=reference).first()
    if row is None:
        raise NotReady("there is no such intention", value=reference)
    policies.check_can_edit(by, row)
    check_references(words)
    now = row.plain()
    wanted = replace(words, id=now.id, source=now.source, section=now.section, carried_from=now.carried_from)
    if base_version != row.version:
        base = row.versions.filter(number=base_version).first()
        if base is None:
            raise NotReady("the version that you edited is not known", where=reference, value=base_version)
        wanted = changes.merge_edits(base.plain(), now, wanted)
    log = changes.change_log(now, wanted)
    if not log:
        return row
    row.fill(wanted)
    row.version += 1
    row.save()
    linking.relink(row)
    _keep_version(row, by, log=log, note=note)
    audit.record(by, purpose="planning", action="change intention", object=f"intention:{reference}")
    return row


def _keep_version(row: Intention, by: Actor | None, *, log: str, note: str) -> IntentionVersion:
    content = asdict(row.plain())
    return IntentionVersion.objects.create(
        intention=row,
        number=row.version,
        content=content,
        change_log=log,
        note=note,
        by_id=by.user_id if by else None,
    )


@dataclass(frozen=True)
class Comparison:
    """Two versions side by side: each changed field with its runs of words."""

    before: IntentionVersion
    after: IntentionVersion
    changed: list[tuple[str, tuple[changes.Piece, ...]]]


def compare_versions(*, by: Actor, reference: str, before: int, after: int) -> Comparison:
    """What changed between two versions."""
    row = get(by=by, reference=reference)
    pair = {version.number: version for version in row.versions.filter(number__in=[before, after])}
    if before not in pair or after not in pair:
        raise NotReady("there is no such version", where=reference, value=f"{before} and {after}")
    found = changes.differences(pair[before].plain(), pair[after].plain())
    labels = changes.FIELD_LABELS
    return Comparison(
        pair[before],
        pair[after],
        [(labels[change.field], changes.pieces(change.before, change.after)) for change in found],
    )


def compare_documents(*, by: Actor, earlier: str, later: str, programme: str = "") -> list[YearLine]:
    """What continued, changed, was not repeated and is new between two documents (or years) of the register."""
    known = {document.key for document in sources.DOCUMENTS}

    def pick(key: str) -> list[Plain]:
        rows = visible(by).filter(source=key) if key in known else visible(by).filter(year=key)
        if programme:
            rows = rows.filter(programme=programme)
        return [row.plain() for row in rows]

    return changes.compare_years(pick(earlier), pick(later))


def look_alikes(*, by: Actor, source: str = "") -> list[Pair]:
    """Pairs with nearly the same words; within one document or over all."""
    rows = visible(by).filter(source=source) if source else visible(by)
    return similarity.duplicates([row.plain() for row in rows])


def contradictions(*, by: Actor) -> list[Pair]:
    """Pairs of which one asks for more and the other for less of one thing."""
    return similarity.contradictions([row.plain() for row in visible(by)])


@transaction.atomic
def carry_forward(*, by: Actor, reference: str, year: str) -> Intention:
    """The same intention as a draft for another year, joined to the one it comes from. Done twice, it gives the first."""
    check_can(by, "commissioning.edit")
    row = get(by=by, reference=reference)
    already = Intention.objects.filter(carried_from=reference, year=year).first()
    if already is not None:
        return already
    words = changes.carry_forward(row.plain(), year=year, new_id=next_reference(year=year))
    if row.state in step("carry").sources:
        StateChange.objects.create(
            intention=row,
            step="carry",
            before=row.state,
            after=State.CARRIED_FORWARD.value,
            version=row.version,
            reason=f"Carried forward to {year} as {words.id}",
            by_id=by.user_id,
        )
        row.state = State.CARRIED_FORWARD.value
        row.save(update_fields=["state", "updated_at"])
    return create(by=by, intention=replace(words, source="", section=""))


def template(*, by: Actor) -> bytes:
    """The spreadsheet to fill in."""
    check_can(by, "commissioning.edit")
    return spreadsheet.template()


def export(*, by: Actor, filters: Filters) -> bytes:
    """The register, as filtered, in the template's own layout."""
    rows: list[Plain] = []
    page = 1
    while True:
        found = search(by=by, filters=filters, page=page)
        rows += [row.plain() for row in found.rows]
        if page >= found.pages:
            break
        page += 1
    audit.record(by, purpose="planning", action="export register", object="register", result_count=len(rows))
    return spreadsheet.template(rows)


@transaction.atomic
def load_sheet(*, by: Actor, content: bytes) -> spreadsheet.Result:
    """Every row of a filled template as a draft, or every error; never some of each."""
    check_can(by, "commissioning.edit")
    result = spreadsheet.read(
        content,
        known_targets=frozenset(Target.objects.values_list("reference", flat=True)),
        known_intentions=frozenset(Intention.objects.values_list("reference", flat=True)),
    )
    if not result.errors:
        made = add_many(result.intentions, owner_id=by.user_id, state="draft", log="Loaded from a spreadsheet")
        Link.objects.bulk_create([link for row in made for link in linking.links_of(row)], batch_size=500)
        audit.record(
            by, purpose="planning", action="load intentions", object="spreadsheet", result_count=len(result.intentions)
        )
    return result


def add_many(intentions: Sequence[Plain], *, owner_id: int | None, state: str, log: str) -> list[Intention]:
    """Rows and their first versions, in bulk."""
    rows = []
    for intention in intentions:
        row = Intention(owner_id=owner_id, state=state, version=1)
        row.fill(intention)
        rows.append(row)
    made = Intention.objects.bulk_create(rows, batch_size=200)
    IntentionVersion.objects.bulk_create(
        [
            IntentionVersion(intention=row, number=1, content=asdict(words), change_log=log, by_id=owner_id)
            for row, words in zip(made, intentions, strict=True)
        ],
        batch_size=200,
    )
    return made


LINKED_BY_HAND = ("scheme", "practice", "pcn", "contract", "register")


@transaction.atomic
def link(*, by: Actor, reference: str, kind: str, code: str, label: str = "") -> Link:
    """Join an intention to a scheme (``2026-27:reference``), practice, network, contract or register."""
    check_can(by, "commissioning.act")
    if kind not in LINKED_BY_HAND:
        raise BadInput("this is not linked by hand", value=kind, remedy=", ".join(LINKED_BY_HAND))
    if not is_reference(code.replace(":", "")):
        raise BadInput("this is not a code", value=code, remedy=f"use {REFERENCE_RULE}")
    made, _ = Link.objects.update_or_create(
        intention=get(by=by, reference=reference), kind=kind, code=code, defaults={"label": label, "basis": "stated"}
    )
    audit.record(by, purpose="planning", action="link intention", object=f"intention:{reference}")
    return made


def still_here(user: object) -> bool:
    """Whether an account is active and holds a role today."""
    from django.utils import timezone

    from commonweal.web.accounts.models import on

    return bool(user.is_active) and user.memberships.filter(on(timezone.localdate())).exists()  # type: ignore[attr-defined]


def what_is_missing(row: Intention) -> list[str]:
    """What a draft lacks before it can be sent for review, and owners who have gone."""
    missing = [gap.message for gap in gaps(row.plain())]
    if row.owner is not None and not still_here(row.owner):
        missing.append("its owner has left: choose another")
    return missing


def waiting_for(*, by: Actor) -> list[tuple[str, str, int]]:
    """(state, words, how many) of intentions whose next step is this person's to take."""
    mine = policies.parts_of(by)
    made = []
    for state in (State.IN_REVIEW, State.COMMISSIONER_SIGNED, State.AGREED):
        if OWNERS[state] in mine:
            count = visible(by).filter(state=state.value).count()
            if count:
                made.append((state.value, state.label.lower(), count))
    return made


def pulled_apart(*, by: Actor) -> list[tuple[Intention, Intention, str]]:
    """Intentions joined to targets that cannot both be right, and in what they differ."""
    rows = {row.reference: row for row in visible(by).exclude(target_ids=[])}
    clashes = target_conflicts.conflicts([row.plain() for row in Target.objects.all()])
    found = similarity.conflicting_targets(
        [row.plain() for row in rows.values()], [(one.first.id, one.second.id, one.words) for one in clashes]
    )
    return [(rows[one], rows[other], reason) for one, other, reason in found]
