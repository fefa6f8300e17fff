"""Models and plain values as words, tags and rows. Templates decide nothing."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportIndexIssue=false
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import NoReverseMatch, reverse
from markupsafe import Markup

from commonweal.commissioning import followed, sources, standards
from commonweal.commissioning.intentions import FIELD_LABELS, Kind
from commonweal.commissioning.papers import model, web
from commonweal.commissioning.targets import Status
from commonweal.commissioning.workflow import LABELS, State
from commonweal.web.commissioning.models import Intention, IntentionVersion
from commonweal.web.commissioning.services import linking

DOCUMENTS = {document.key: document.title for document in sources.DOCUMENTS}
TARGET_SOURCES = {
    **DOCUMENTS, standards.SOURCE: standards.TITLE, followed.SOURCE: followed.TITLE, "here": "Written here",
}  # fmt: skip

STATE_TAGS = {
    State.RECORDED: "grey",
    State.DRAFT: "white",
    State.IN_REVIEW: "yellow",
    State.COMMISSIONER_SIGNED: "yellow",
    State.AGREED: "aqua-green",
    State.NOTIFIED: "aqua-green",
    State.IN_DELIVERY: "blue",
    State.DELIVERED: "green",
    State.PARTLY_DELIVERED: "orange",
    State.NOT_DELIVERED: "red",
    State.CARRIED_FORWARD: "purple",
    State.WITHDRAWN: "grey",
}
STATUS_TAGS = {
    Status.MET: "green",
    Status.ON_TRACK: "green",
    Status.OFF_TRACK: "orange",
    Status.MISSED: "red",
    Status.NOT_MET: "orange",
    Status.UNKNOWN: "grey",
}
SHORT_STATES = {
    State.RECORDED: "Recorded",
    State.COMMISSIONER_SIGNED: "Waits for provider",
    State.AGREED: "Signed",
    State.NOTIFIED: "Notice given",
    State.CARRIED_FORWARD: "Carried forward",
}


def state_tag(state: str) -> tuple[str, str]:
    """(words, colour) of a state."""
    found = State(state)
    return SHORT_STATES.get(found, LABELS[found]), STATE_TAGS[found]


def place_words(code: str) -> str:
    """The borough of a code; empty for the whole system."""
    return next((name for name, held in linking.held()["boroughs"].items() if held == code), code)


def state_words(state: str) -> str:
    """A state in words."""
    return LABELS[State(state)]


def counted(pairs: list[tuple[str, int]], words: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """(value, words with how many) of each choice."""
    return [(value, f"{words(value)} ({count:,})") for value, count in pairs]


def status_tag(status: Status) -> tuple[str, str]:
    """A status as a tag: its words and its class."""
    return status.value.capitalize(), STATUS_TAGS[status]


def document_words(key: str) -> str:
    """Where a target came from: the document, or that it was written here."""
    return TARGET_SOURCES.get(key, "Written here")


def kind_words(kind: str) -> str:
    """The kind of an intention in words."""
    return Kind(kind).label


def money(pence: int | None) -> str:
    """Whole pounds with a sign where negative; a dash where not known."""
    if pence is None:
        return "–"
    pounds = round(pence / 100)
    return f"−£{-pounds:,}" if pounds < 0 else f"£{pounds:,}"


def thousands(value: int) -> str:
    """Thousands of pounds, as the table prints them; a dash for nothing."""
    return f"{value:,}" if value else "–"


def level(value: Decimal | None, statistic: str, direction: str) -> str:
    """A target's level in words."""
    if value is None:
        return "no level stated"
    plain = value.normalize()
    text = f"{plain:,f}"
    unit = {"percent": "%", "reduction_percent": "%", "rate_per_million": " per million"}.get(statistic)
    if statistic == "gbp":
        text, unit = f"£{plain:,f}", ""
    if unit is None:
        unit = f" {statistic.replace('_', ' ')}" if statistic else ""
        unit = unit.removesuffix("s") if plain == 1 else unit
    words = {"at_least": "at least ", "at_most": "at most ", "reduce_by": "down by ", "increase_by": "up by "}
    return f"{words.get(direction, '')}{text}{unit}"


def steps(trajectory: list[list[str]]) -> str:
    """A trajectory in words: ``70 by 31 March 2027; 92 by 31 March 2029``."""
    return "; ".join(f"{level} by {date.fromisoformat(day):%-d %B %Y}" for day, level in trajectory)


@dataclass(frozen=True)
class Fact:
    """One line of an intention's summary list."""

    label: str
    words: str


SHOWN = (
    "summary", "why", "who_supports", "outcomes", "measures_of_success", "providers", "lead", "senior_owner",
    "clinical_owner", "strategies", "procurement", "depends_on", "section",
)  # fmt: skip


def facts(row: Intention) -> list[Fact]:
    """The filled fields of an intention, in the register's order."""
    value = row.plain()
    found = []
    for name in SHOWN:
        held = getattr(value, name)
        words = "; ".join(held) if isinstance(held, tuple) else (held.label if name == "procurement" else str(held))
        if words:
            found.append(Fact(FIELD_LABELS[name], words))
    return found


def version_line(version: IntentionVersion) -> str:
    """What a version's log says, short enough for a list."""
    return version.change_log if len(version.change_log) <= 600 else version.change_log[:597] + "…"


def paper_body(paper: model.Paper) -> Markup:
    """The paper's own HTML: `commissioning.papers.web` escapes every text in it."""
    return Markup(web.to_html(paper))  # noqa: S704


def paper_contents(paper: model.Paper) -> list[tuple[str, str]]:
    """The headings of a paper, for its list of contents."""
    return web.contents(paper)


def link_address(kind: str, code: str) -> str:
    """The page of what an intention is linked to, where the site has one; empty otherwise."""
    try:
        if kind == "scheme" and ":" in code:
            year, reference = code.split(":", 1)
            return reverse("finance:scheme", args=[year, reference])
        if kind in {"measure", "register"}:
            return reverse("trust:definition", args=[code])
        if kind == "provider":
            return reverse("commissioning:provider", args=[code])
    except NoReverseMatch:
        return ""
    return ""


def investment_address(code: str) -> str:
    """Where a scheme says who receives its investment."""
    year, reference = code.split(":", 1)
    return reverse("finance:edit_scheme", args=[year, reference, "investment"])


def people_address(definition_id: str) -> str:
    """The working list of the people of a register or measure."""
    return reverse("lists:from_definition", args=[definition_id])
