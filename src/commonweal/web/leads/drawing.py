"""The charts of a release, drawn before it serves: of those measures that people look at, the most looked at first.

The audit says which they are. Whoever opens another is waited for, as `pictures.kept` draws what is not there.
"""

from __future__ import annotations

import datetime
import logging
import re
import time
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils import timezone

from commonweal.errors import CommonwealError
from commonweal.web.audit.models import Entry
from commonweal.web.leads import pictures
from commonweal.web.leads.groups import OWN, Ladder
from commonweal.web.leads.services import MEASURE_LOOK, PURPOSE, page_of

if TYPE_CHECKING:
    from commonweal.store import Store

LOOKED_AT_WITHIN = datetime.timedelta(days=31)
LONGEST = datetime.timedelta(minutes=5)
"""Charts do not hold up a release for longer; those that are left are drawn when somebody opens them."""
LOOK = re.compile(rf"{MEASURE_LOOK}(\S+) (\w+):(\S+)")

log = logging.getLogger(__name__)


def draw(store: Store, release_id: str) -> int:
    """Draw them for a release of the site's store; returns how many pages. What cannot be drawn is left for its reader to meet."""
    from commonweal.engine.serving import open_reader

    reader = open_reader(store, PURPOSE, release_id)
    ladder = Ladder.of(reader)
    done, until = 0, time.monotonic() + LONGEST.total_seconds()
    for measure_id, kind, code in looked_at():
        if time.monotonic() > until:
            break
        try:
            page = page_of(reader, ladder, measure_id, ladder.group(kind, code))
            for one in (pictures.over_time, *pictures.WHOLE_SYSTEM):
                one(page)
        except CommonwealError as error:  # a measure that this release does not compute, a group that ended
            log.info("a page of charts was not drawn: %s", type(error).__name__)
            continue
        except Exception:  # what is wrong with one drawing must not keep a release from serving
            log.exception("a page of charts could not be drawn")
            continue
        done += 1
    return done


def looked_at() -> list[tuple[str, str, str]]:
    """Measure, kind and code of group of the pages that were opened lately, the most opened first; not people's own groups."""
    since = timezone.now() - LOOKED_AT_WITHIN
    entries = Entry.objects.filter(purpose=PURPOSE, action="count", object__startswith=MEASURE_LOOK, at__gte=since)
    counted = entries.order_by().values_list("object").annotate(times=Count("id")).order_by("-times", "object")
    found = (LOOK.fullmatch(name) for name, _ in counted)
    return [(one[1], one[2], one[3]) for one in found if one is not None and one[2] != OWN]
