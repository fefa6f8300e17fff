"""One measure's numbers from a release's cube: each has passed the disclosure door, and each is worked out once."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.engine.measure_rows import Shape
from commonweal.pipeline.own_groups import Summed, summed
from commonweal.web.leads.groups import OWN

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, MeasureRow
    from commonweal.engine.serving import Reader
    from commonweal.store import Store
    from commonweal.web.leads.groups import Group

PURPOSE = "planning"
Rows = dict[str, "MeasureRow"]


def rows_of(reader: Reader, measure_id: str, by: str, as_at: datetime.date) -> Rows:
    """One measure by one kind of group on one date: group code to its row, `unknown` left out."""
    return rows_in(settings.STORE, reader.folder.name, measure_id, by, as_at)


@lru_cache(maxsize=8192)
def rows_in(store: Store, release_id: str, measure_id: str, by: str, as_at: datetime.date) -> Rows:
    """The same of any release. It never changes, and neither does what may be shown of it."""
    from commonweal.engine.serving import open_reader

    found = open_reader(store, PURPOSE, release_id).measure(measure_id, by=by, as_at=as_at)
    return {row.group_code: row for row in found if row.group_code != "unknown"}


def number_of(reader: Reader, info: DefinitionInfo, group: Group, as_at: datetime.date, release_id: str = "") -> Summed:
    """A measure for one group; of the release named, or of the reader's own."""
    by = "practice" if group.kind == OWN else group.kind
    rows = rows_in(settings.STORE, release_id or reader.folder.name, info.id, by, as_at)
    if group.kind == OWN:
        return summed(Shape.of(info.kind, info.details), reader.rule.profile, rows, group.children, group.code)
    return Summed(rows.get(group.code), 0)
