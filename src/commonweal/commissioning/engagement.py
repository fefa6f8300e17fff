"""What people said, what was done, and what was not. A status that nobody stated is always shown as inferred.

Feedback is grouped into themes; a theme gets a response; a response names the intentions it changed, or says plainly that it
changed none and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.commissioning import sources
from commonweal.commissioning.targets import period_end
from commonweal.errors import NotReady

STATUSES = ("done", "in progress", "planned", "not yet", "not done")


@dataclass(frozen=True)
class Feedback:
    """One thing said, without the name of who said it. `heard_at` is an event or a channel."""

    id: str
    said: str
    heard_on: date | None
    heard_at: str
    place: str
    theme: str = ""


@dataclass(frozen=True)
class Response:
    """The answer to a theme of feedback. `basis` is ``stated`` when the organisation said it and ``inferred`` otherwise."""

    id: str
    theme: str
    you_said: str
    we_did: str
    status: str
    basis: str
    intention_ids: tuple[str, ...] = ()
    why_not: str = ""
    source: str = ""
    section: str = ""

    @property
    def status_words(self) -> str:
        """The status as it must be shown everywhere."""
        words = self.status.capitalize()
        return f"{words} (inferred from the document, not stated in it)" if self.basis == "inferred" else words

    @property
    def answer_words(self) -> str:
        return self.we_did or "No reply was found in the document."


def check_response(response: Response) -> None:
    """Refuse an answer that says nothing: "not done" needs its reason, anything else names what was done."""
    if response.status == "not done" and not response.why_not.strip():
        raise NotReady(
            "say why it was not done", where=response.id, remedy="people who took the time deserve the reason"
        )
    if response.status != "not done" and not response.we_did.strip():
        raise NotReady("say what was done", where=response.id)


def responses() -> tuple[Response, ...]:
    """The 242 pairs of the documents."""
    return tuple(
        Response(
            id=row.id,
            theme=row.theme,
            you_said=row.you_said,
            we_did=row.we_did,
            status=row.status,
            basis=row.status_basis,
            source=row.source,
            section=row.section,
        )
        for row in sources.engagement()
    )


@dataclass(frozen=True)
class ThemeCount:
    """How one theme was answered: counts by status, stated apart from inferred."""

    theme: str
    total: int
    stated: tuple[tuple[str, int], ...]
    inferred: tuple[tuple[str, int], ...]
    no_reply: int


def by_theme(rows: Iterable[Response]) -> list[ThemeCount]:
    """Themes by how much was said, the most first."""
    groups: dict[str, list[Response]] = {}
    for row in rows:
        groups.setdefault(row.theme, []).append(row)

    def counts(found: list[Response], basis: str) -> tuple[tuple[str, int], ...]:
        mine = [row.status for row in found if row.basis == basis]
        return tuple((status, mine.count(status)) for status in STATUSES if status in mine)

    made = [
        ThemeCount(
            theme, len(found), counts(found, "stated"), counts(found, "inferred"), sum(not row.we_did for row in found)
        )
        for theme, found in groups.items()
    ]
    return sorted(made, key=lambda row: (-row.total, row.theme))


@dataclass(frozen=True)
class Occasion:
    """An engagement or scrutiny event on the calendar. `starts` and `ends` bound what the document says (a year, a month)."""

    id: str
    event: str
    audience: str
    starts: date | None
    ends: date | None
    period: str
    participants: int | None
    source: str


def _bounds(period: str) -> tuple[date | None, date | None]:
    first, _, last = period.partition(" to ")
    end = period_end(last or first)
    opening = period_end(first)
    if opening is None:
        return None, end
    if len(first) == 7 and first[4] == "/":
        return date(opening.year - 1, 4, 1), end
    if len(first) == 4:
        return date(opening.year, 1, 1), end
    return (opening.replace(day=1) if len(first) == 7 else opening), end


def calendar() -> list[Occasion]:
    """The 48 events of the documents, in order of when they began."""
    made = [
        Occasion(row.id, row.event, row.audience, *_bounds(row.period), row.period, row.participants, row.source)
        for row in sources.events()
    ]
    return sorted(made, key=lambda row: (row.starts or date.max, row.id))


def unanswered(feedback: Sequence[Feedback], answered: Iterable[Response]) -> list[str]:
    """Themes that people spoke about and that have no response yet."""
    themes = {response.theme for response in answered}
    return sorted({item.theme for item in feedback if item.theme and item.theme not in themes})
