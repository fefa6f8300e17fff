"""What the trust pages read: definitions with their codelists and worked patients, and the release's own accounts."""

from __future__ import annotations  # type: ignore[assignment]

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from commonweal.definitions import codelists
from commonweal.definitions.declarations import Definition
from commonweal.definitions.registry import registry
from commonweal.engine.words import say
from commonweal.errors import BadInput, CommonwealError, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.trust.models import Annotation

if TYPE_CHECKING:
    from commonweal.definitions.codelists import Codelist

KINDS = {
    "flag": "Flags: worth acting on now",
    "register": "Registers: who has a condition",
    "measure": "Measures: how well it goes",
    "score": "Scores",
    "segment": "Segments",
}


@dataclass(frozen=True)
class DefinitionPage:
    """One definition with everything that it rests on."""

    definition: Definition
    parts: list[tuple[str, str]]
    """Each expression: what it decides, and the rule in words."""
    codelists: list[Codelist]
    missing: tuple[str, ...]
    uses: list[Definition]
    used_by: list[Definition]
    in_release: object | None


def definitions(*, by: Actor, words: str = "") -> list[tuple[str, list[Definition]]]:
    """Every definition by kind, or those whose title, id or tags hold `words`."""
    check_can(by, "trust.read")
    wanted = words.casefold().split()

    def fits(one: Definition) -> bool:
        text = " ".join((one.id, one.title, *one.tags)).casefold()
        return all(word in text for word in wanted)

    found = [one for one in registry().values() if fits(one)]
    groups = [(title, sorted((one for one in found if one.kind == kind), key=lambda one: one.title))
              for kind, title in KINDS.items()]  # fmt: skip
    return [(title, rows) for title, rows in groups if rows]


def definition(*, by: Actor, definition_id: str) -> DefinitionPage:
    """One definition. Raises `NotReady` where there is none of that id."""
    check_can(by, "trust.read")
    known = registry()
    found = known.get(definition_id)
    if found is None:
        raise NotReady("there is no such definition", remedy="choose one from the list")
    lists = [codelists.load(one) for one in found.codelists() if codelists.exists(one)]
    return DefinitionPage(
        found,
        [(part, say(node, title_of)) for part, node in found.expressions().items() if part != "order"],
        lists, found.missing_codelists, [known[one] for one in found.uses()],
        [one for one in known.values() if found.id in one.uses()], _in_release(found.id),
    )  # fmt: skip


def codelist(*, by: Actor, list_id: str) -> Codelist:
    """One codelist. Raises `NotReady` where there is none of that id."""
    check_can(by, "trust.read")
    if not codelists.exists(list_id):
        raise NotReady("there is no such codelist", remedy="open it from a definition")
    return codelists.load(list_id)


def annotate(*, by: Actor, feed: str, provider_code: str, words: str) -> Annotation:
    """Answer back about a finding of the current release. A practice speaks for itself only."""
    check_can(by, "trust.answer")
    if len(words.split()) < 2:
        raise BadInput("say what the reader should know")
    release = releases.reader("planning").release()
    made = Annotation.objects.create(
        feed=feed[:100], provider_code=provider_code[:20], release_id=release.id, words=words.strip(), by_id=by.user_id,
        organisation_code=by.organisation_code, at=timezone.now(),
    )  # fmt: skip
    audit.record(by, action="answer data quality", object=f"{feed} {provider_code}".strip(), release_id=release.id)
    return made


def annotations() -> list[Annotation]:
    """What people said back, latest first."""
    return list(Annotation.objects.select_related("by")[:100])


def title_of(name: str) -> str:
    """The title of a definition or of a codelist; its id where there is none of it."""
    found = registry().get(name)
    if found is not None:
        return found.title
    return codelists.load(name).title if codelists.exists(name) else name


def _in_release(definition_id: str) -> object | None:
    try:
        return next((one for one in releases.reader("planning").definitions() if one.id == definition_id), None)
    except CommonwealError:
        return None
