"""Boards' books and records under review: enter, close, review, and see what is overdue."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commonweal.commissioning import governance as rules
from commonweal.commissioning.governance import EntryKind, RecordKind, Standing
from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.commissioning.models import Board, BoardEntry, Review, ReviewedRecord
from commonweal.web.commissioning.services import register
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can


@dataclass(frozen=True)
class Book:
    """One board and its lines, the pressing first."""

    board: Board
    entries: list[tuple[BoardEntry, Standing]]


@dataclass(frozen=True)
class GovernancePage:
    """Every board's book, the review register, and how many reviews are overdue."""

    books: list[Book]
    records: list[tuple[ReviewedRecord, Standing]]
    overdue: int


def page(*, by: Actor, kind: str = "") -> GovernancePage:
    """Every board's book and every record, filtered by kind of record or entry. Lines about drafts are for who sees drafts."""
    check_can(by, "commissioning.see")
    today = timezone.localdate()
    seen = set(register.visible(by).values_list("pk", flat=True))
    books = []
    for board in Board.objects.prefetch_related("entries__intention"):
        rows = [
            (row, rules.standing(row.plain(), as_at=today))
            for row in board.entries.all()
            if (not kind or row.kind == kind) and (row.intention_id is None or row.intention_id in seen)
        ]
        books.append(Book(board, sorted(rows, key=lambda pair: rules.ORDER.index(pair[1]))))
    records = [
        (row, Standing.DONE if row.ended_on else rules.due(row.review_on, as_at=today))
        for row in ReviewedRecord.objects.prefetch_related("reviews")
        if not kind or row.kind == kind
    ]
    records.sort(key=lambda pair: rules.ORDER.index(pair[1]))
    late = [state for book in books for _, state in book.entries] + [state for _, state in records]
    return GovernancePage(books, records, sum(state is Standing.OVERDUE for state in late))


def boards() -> list[tuple[int, str]]:
    """(id, name) of every board."""
    return list(Board.objects.values_list("pk", "name"))


@transaction.atomic
def add_board(*, by: Actor, name: str, purpose: str, chair: str, reports_to: str) -> Board:
    """A board, committee, group or forum."""
    check_can(by, "commissioning.edit")
    if Board.objects.filter(name__iexact=name.strip()).exists():
        raise BadInput("there is a board of this name already", value=name)
    row = Board.objects.create(name=name.strip(), purpose=purpose, chair=chair, reports_to=reports_to)
    audit.record(by, purpose="planning", action="add board", object=f"board:{row.pk}")
    return row


@transaction.atomic
def add_entry(
    *,
    by: Actor,
    board_id: int,
    kind: str,
    title: str,
    words: str,
    owner: str,
    day: datetime.date | None,
    intention: str = "",
) -> BoardEntry:
    """A decision, action, delegation or work programme item."""
    check_can(by, "commissioning.edit")
    rules.check_entry(rules.Entry(EntryKind(kind), title, owner, day))
    board = Board.objects.filter(pk=board_id).first()
    if board is None:
        raise NotReady("there is no such board")
    about = register.get(by=by, reference=intention) if intention else None
    row = BoardEntry.objects.create(
        board=board, kind=kind, title=title, words=words, owner=owner, day=day, intention=about, by_id=by.user_id
    )
    audit.record(by, purpose="planning", action=f"board {kind}", object=f"board-entry:{row.pk}")
    return row


def get_entry(*, by: Actor, entry_id: int) -> BoardEntry:
    """One entry of a board's book. Raises `NotAllowed`, `NotReady`."""
    check_can(by, "commissioning.see")
    row = BoardEntry.objects.select_related("board").filter(pk=entry_id).first()
    if row is None:
        raise NotReady("there is no such entry")
    return row


@transaction.atomic
def close_entry(*, by: Actor, entry_id: int, done_on: datetime.date, evidence: str) -> BoardEntry:
    """An action done, a delegation ended, an item discussed: with its evidence."""
    check_can(by, "commissioning.edit")
    row = get_entry(by=by, entry_id=entry_id)
    rules.check_done(row.plain(), done_on=done_on, evidence=evidence, as_at=timezone.localdate())
    row.done_on, row.evidence = done_on, evidence
    row.save(update_fields=["done_on", "evidence"])
    audit.record(by, purpose="planning", action="close board entry", object=f"board-entry:{row.pk}")
    return row


@transaction.atomic
def add_record(*, by: Actor, **values: object) -> ReviewedRecord:
    """An agreement, assessment, hazard, audit or policy, with who owns it and when it is looked at again."""
    check_can(by, "commissioning.edit")
    row = ReviewedRecord(by_id=by.user_id, **{**values, "kind": RecordKind(values["kind"]).value})
    if row.agreed_on is not None and row.review_on < row.agreed_on:
        raise BadInput("the review comes after the agreement", where=row.title, value=row.review_on.isoformat())
    row.save()
    audit.record(by, purpose="planning", action=f"add {row.kind} record", object=f"record:{row.pk}")
    return row


def get_record(*, by: Actor, record_id: int) -> ReviewedRecord:
    """One record of the review register. Raises `NotAllowed`, `NotReady`."""
    check_can(by, "commissioning.see")
    row = ReviewedRecord.objects.filter(pk=record_id).first()
    if row is None:
        raise NotReady("there is no such record")
    return row


@transaction.atomic
def review(
    *, by: Actor, record_id: int, reviewed_on: datetime.date, found: str, next_on: datetime.date | None
) -> Review:
    """Look at a record again: what was found, and the next day; with no next day the record ends."""
    check_can(by, "commissioning.edit")
    row = get_record(by=by, record_id=record_id)
    if row.ended_on is not None:
        raise BadInput("this record has ended", where=row.title)
    if reviewed_on > timezone.localdate() or (next_on is not None and next_on <= reviewed_on):
        raise BadInput("a review is not of the future, and the next comes after it", where=row.title)
    made = Review.objects.create(record=row, reviewed_on=reviewed_on, found=found, next_on=next_on, by_id=by.user_id)
    if next_on is None:
        row.ended_on = reviewed_on
    else:
        row.review_on = next_on
    row.save(update_fields=["ended_on", "review_on"])
    audit.record(by, purpose="planning", action="review record", object=f"record:{row.pk}")
    return made
