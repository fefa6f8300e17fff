"""What a log line may hold."""

from __future__ import annotations

import logging
import re

PERSON_PATH = re.compile(r"/(people|person)/[^/\s\"']+")
TEN_DIGITS = re.compile(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b")


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
    text = PERSON_PATH.sub(r"/\1/…", text)
    return TEN_DIGITS.sub("(ten digits)", text)
