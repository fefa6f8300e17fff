"""How a measure stands beside the release before: the same question, asked of what was published then."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.errors import CommonwealError
from commonweal.pipeline import releases as kept
from commonweal.store import Store

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo
    from commonweal.engine.serving import Reader


@dataclass(frozen=True)
class Earlier:
    """The release before the one that serves, as far as one measure goes."""

    release_id: str
    as_at: datetime.date
    same_rule: bool
    """Whether the measure's rule and codelists were the same, so that only the data and the date moved."""

    def reader(self) -> Reader:
        """That release, for planning."""
        from commonweal.engine.serving import open_reader

        return open_reader(settings.STORE, "planning", self.release_id)


def earlier(reader: Reader, info: DefinitionInfo) -> Earlier | None:
    """None where there is no release before, or it did not compute this measure."""
    before = _before(settings.STORE, reader.folder.name)
    if before is None:
        return None
    release_id, as_at, hashes = before
    return Earlier(release_id, as_at, hashes[info.id] == info.hash) if info.id in hashes else None


@lru_cache(maxsize=8)
def _before(store: Store, release_id: str) -> tuple[str, datetime.date, dict[str, str]] | None:
    from commonweal.engine.serving import open_reader

    for name in reversed([one for one in kept.ids(store) if one < release_id]):
        try:
            reader = open_reader(store, "planning", name)
            computed = {one.id: one.hash for one in reader.definitions() if one.computable}
            return name, reader.release().as_at, computed
        except CommonwealError:  # a release that does not serve planning says nothing here
            continue
    return None
