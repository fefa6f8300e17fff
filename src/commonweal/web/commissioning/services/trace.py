"""From an intention to all it touches, and from a measure, provider or practice back to the intentions: one step."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from commonweal.errors import CommonwealError, NotReady
from commonweal.web.commissioning.models import Contract, Effect, Intention, Link, Target
from commonweal.web.commissioning.services import live, mergers, register
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor

KINDS = ("measure", "register", "provider", "practice", "pcn", "borough", "scheme", "contract", "target")
KIND_WORDS = {**{kind: kind.capitalize() for kind in KINDS}, "pcn": "Primary care network"}
PAGE_LENGTH = 50
PRIMARY_CARE = ("gp", "general practice", "primary care", "pcn", "practice", "all provider", "all nw london provider")


@dataclass(frozen=True)
class Traced:
    """One intention that touches the thing asked about, and how we know."""

    intention: Intention
    why: str
    inferred: bool


@dataclass(frozen=True)
class Narrowed:
    """What of a trace is asked for. Empty fields do not limit; `basis` is ``named`` or ``inferred``."""

    programme: str = ""
    state: str = ""
    basis: str = ""

    def fits(self, row: Traced) -> bool:
        """Whether a traced intention is asked for."""
        return (
            self.programme in ("", row.intention.programme)
            and self.state in ("", row.intention.state)
            and self.basis in ("", "inferred" if row.inferred else "named")
        )


@dataclass(frozen=True)
class Page:
    """One page of traced intentions. `everything` counts all that were traced; `total` those that were asked for.

    `programmes` and `states` count all of them, so that a choice says how many it leads to.
    """

    rows: list[Traced]
    total: int
    inferred: int
    page: int
    pages: int
    everything: int = 0
    programmes: list[tuple[str, int]] = field(default_factory=list)
    states: list[tuple[str, int]] = field(default_factory=list)


def page(rows: list[Traced], number: int, narrowed: Narrowed | None = None) -> Page:
    """A page of what was traced and is asked for: work under way before what old documents recorded, by name before by inference,
    the latest year first, then by programme. One beyond the last is the last."""
    asked = narrowed or Narrowed()
    fitting = sorted(filter(asked.fits, rows), key=_order)
    pages = max(1, -(-len(fitting) // PAGE_LENGTH))
    number = min(max(number, 1), pages)
    shown = fitting[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    return Page(
        shown,
        len(fitting),
        sum(row.inferred for row in fitting),
        number,
        pages,
        len(rows),
        _counted(row.intention.programme for row in rows),
        _counted(row.intention.state for row in rows),
    )


def _order(row: Traced) -> tuple[bool, bool, int, str, int]:
    year = row.intention.year[:4]
    latest_first = -int(year) if year.isdigit() else 0
    return row.intention.state == "recorded", row.inferred, latest_first, row.intention.programme, row.intention.pk


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """(value, how many), the most first."""
    return sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))


def back(*, by: Actor, kind: str, code: str) -> tuple[str, list[Traced]]:
    """(name of the thing, the intentions that touch it). Raises NotReady for a kind that does not exist."""
    if kind not in KINDS:
        raise NotReady("nothing can be traced from this", value=kind, remedy=", ".join(KINDS))
    seen = register.visible(by)
    if kind == "target":
        return _from_target(code, seen)
    if kind in {"practice", "pcn"}:
        return _from_practice(code, kind, seen)
    found: dict[int, Traced] = {}
    label = code
    codes = [code, *mergers.predecessors(code)] if kind == "provider" else [code]
    for link in Link.objects.filter(kind=kind, code__in=codes, intention__in=seen).select_related("intention"):
        label = link.label or label
        why = "named in the intention" if link.basis == "stated" else "one of the providers of a sector that it names"
        if link.code != code:
            why += f", as {link.label or link.code}, which merged into it"
        found[link.intention_id] = Traced(link.intention, why, link.basis == "inferred")
    if kind == "measure":
        for target in Target.objects.filter(measure_id=code):
            for traced in _from_target(target.reference, seen)[1]:
                found.setdefault(traced.intention.pk, traced)
        label = live.title(code)
    if kind == "provider":
        _from_money(codes, seen, found)
        label = mergers.name_of(code, label)
    if kind == "contract":
        contract = Contract.objects.filter(reference=code).select_related("intention").first()
        if contract is not None and contract.intention is not None:
            label = contract.service
            found[contract.intention.pk] = Traced(contract.intention, "its contract", False)
    return label, sorted(found.values(), key=lambda row: (row.inferred, row.intention.pk))


def by_definition(*, by: Actor) -> dict[str, list[Intention]]:
    """Every measure and register that an intention names, by itself or through its targets, to those intentions."""
    seen = register.visible(by)
    found: dict[str, dict[int, Intention]] = {}
    for link in Link.objects.filter(kind__in=("measure", "register"), intention__in=seen).select_related("intention"):
        found.setdefault(link.code, {})[link.intention_id] = link.intention
    measures = dict(Target.objects.exclude(measure_id="").values_list("reference", "measure_id"))
    for row in seen.exclude(target_ids=[]):
        for reference in row.target_ids:
            if reference in measures:
                found.setdefault(measures[reference], {})[row.pk] = row
    return {code: list(rows.values()) for code, rows in found.items()}


def of_intention(intention: Intention) -> dict[str, list[Link]]:
    """What an intention touches, by kind."""
    found: dict[str, list[Link]] = {}
    for link in intention.links.order_by("kind", "basis", "label", "code"):
        found.setdefault(link.kind, []).append(link)
    return found


def definitions_of(intention: Intention) -> list[str]:
    """The registers and measures that an intention names, by itself or through its targets, without repeats."""
    linked = intention.links.filter(kind__in=("register", "measure")).order_by("-kind", "code")
    through = Target.objects.filter(reference__in=list(intention.target_ids)).exclude(measure_id="")
    return list(dict.fromkeys([*linked.values_list("code", flat=True), *through.values_list("measure_id", flat=True)]))


def people_of(intention: Intention) -> list[tuple[str, str]]:
    """(definition, its title) of each list of the people whom an intention is about; who may open it the list itself asks."""
    return [(code, live.title(code)) for code in definitions_of(intention) if live.counts_people(code)]


def _from_target(reference: str, seen) -> tuple[str, list[Traced]]:
    target = Target.objects.filter(reference=reference).first()
    rows = [row for row in seen.exclude(target_ids=[]) if reference in row.target_ids]
    why = f"names the target “{target.indicator}”" if target else "names the target"
    return (target.indicator if target else reference), [Traced(row, why, False) for row in rows]


def _from_money(codes: list[str], seen, found: dict[int, Traced]) -> None:
    for effect in Effect.objects.filter(provider_code__in=codes, intention__in=seen).select_related("intention"):
        found[effect.intention_id] = Traced(effect.intention, "changes its activity", False)
    for contract in Contract.objects.filter(provider_code__in=codes, intention__in=seen).select_related("intention"):
        if contract.intention is not None:
            found.setdefault(contract.intention.pk, Traced(contract.intention, "holds its contract", False))


def _from_practice(code: str, kind: str, seen) -> tuple[str, list[Traced]]:
    """Intentions that name the practice, and those for its borough that are about general practice."""
    name, borough = _organisation(code)
    found = {
        link.intention_id: Traced(link.intention, "named in the intention", False)
        for link in Link.objects.filter(kind=kind, code=code, intention__in=seen).select_related("intention")
    }
    if borough:
        links = Link.objects.filter(kind="borough", code=borough, intention__in=seen).select_related("intention")
        for link in links:
            text = link.intention.providers.lower()
            if any(word in text for word in PRIMARY_CARE):
                found.setdefault(link.intention_id, Traced(link.intention, "general practice in its borough", True))
    return name, list(found.values())


def _organisation(code: str) -> tuple[str, str]:
    """(name, borough code) of a practice or network in the release; the code alone where nothing is released."""
    try:
        cursor = releases.reader("planning").cursor
        place = cursor.execute(
            "SELECT borough_code FROM person WHERE practice_code = ? OR pcn_code = ? LIMIT 1", [code, code]
        ).fetchone()
        named = cursor.execute(
            "SELECT name FROM organisation WHERE code = ? ORDER BY valid_from DESC LIMIT 1", [code]
        ).fetchone()
    except (CommonwealError, ImportError, OSError):
        return code, ""
    return (named[0] if named else code), (place[0] if place and place[0] else "")
