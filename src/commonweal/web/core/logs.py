"""What a log line of the site may hold: what `governance.scrub` leaves, without addresses that point at a person."""

from __future__ import annotations

import logging
import re

from commonweal.governance import scrub as door

PERSON_PATH = re.compile(r"/(people|person)/[^/\s\"']+")


class WithoutPersonalData(logging.Filter):
    """Remove query strings, person identifiers and anything like an NHS number; drop the request object."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = scrub(record.getMessage())
        record.args = ()
        if hasattr(record, "request"):
            del record.request
        return True


def scrub(text: str) -> str:
    """`text` without what could point at a person."""
    text = re.sub(r"\?\S*", "?…", text)
    return door.scrub(PERSON_PATH.sub(r"/\1/…", text))
