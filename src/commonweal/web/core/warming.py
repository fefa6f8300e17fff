"""What the first readers of a release would wait for, read before it serves: see `engine.following`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.engine import reasons, serving
from commonweal.engine.following import Step
from commonweal.web.core import reading

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

PURPOSES = ("planning", "direct_care", "public")


def steps(release_id: str) -> Iterator[Step]:
    """Each reads one thing and keeps it; none asks about a person."""
    before = serving.adopted_release(settings.STORE)
    for purpose in PURPOSES:
        yield partial(_common, release_id, purpose)
    yield partial(_planning, release_id)
    yield from _care(release_id, before)


def _open(release_id: str, purpose: str) -> Reader:
    return serving.open_reader(settings.STORE, purpose, release_id)


def _common(release_id: str, purpose: str) -> None:
    reader = _open(release_id, purpose)
    reader.release()
    reader.definitions()
    reader.exclusions()
    reading.organisation_names(reader)
    reading.place_names(reader)


def _planning(release_id: str) -> None:
    reader = _open(release_id, "planning")
    reading.parents(reader)
    reading.as_at_dates(reader)
    reader.successions()


def _care(release_id: str, before: str | None) -> Iterator[Step]:
    yield lambda: reasons.titles(_open(release_id, "direct_care"))
    asked = serving.reasons_kept(settings.STORE.release(before)) if before else []
    for name in asked:
        yield partial(_reasons, release_id, name)


def _reasons(release_id: str, definition_id: str) -> None:
    reader = _open(release_id, "direct_care")
    reasons.reasons_of(reader, reader.definition(definition_id))
