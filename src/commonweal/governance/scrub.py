"""Keep people out of the logs: NHS numbers, postcodes, dates of birth, person ids and pseudonyms are blanked.

A net, not a licence: messages must not hold them in the first place. Names cannot be told from words and are not
caught. Every full date is blanked unless a word before it says that it is not a birth (as at, since, snapshot, …).
"""

from __future__ import annotations

import logging
import re
import traceback

_DATE = (
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})|"
    r"\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}"
    r"|datetime\.date\(\d{4}, ?\d{1,2}, ?\d{1,2}\))"
)
_SAFE_BEFORE = r"(?:as[ _-]at|release|since|until|snapshot|month|week|today|valid from|valid to)[ =:]{1,3}"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE), "[postcode]"),
    (re.compile(r"\bp_[0-9a-f]{20}\b"), "[person]"),
    (re.compile(r"\bv\d{1,6}_[0-9a-f]{32}\b"), "[pseudonym]"),
    (re.compile(r"(?<![\d.])\d{3}[ -]?\d{3}[ -]?\d{4}(?![\d.]\d|\d)"), "[nhs number]"),
)
_DATES = re.compile(rf"({_SAFE_BEFORE})?(?<!\d)({_DATE})(?![\d])", re.IGNORECASE)


def scrub(text: str) -> str:
    """`text` with everything that looks like a person blanked."""
    text = _DATES.sub(lambda match: match[0] if match[1] else "[date]", text)
    for pattern, blank in _PATTERNS:
        text = pattern.sub(blank, text)
    return text


class ScrubFilter(logging.Filter):
    """Scrubs the message, its arguments and any traceback of a record. Put it on handlers, or call `install`."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = scrub("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_info = None
        elif record.exc_text:
            record.exc_text = scrub(record.exc_text)
        return True


def install() -> None:
    """Scrub every log record that this process makes from now on, whichever logger and handler."""
    factory = logging.getLogRecordFactory()
    if getattr(factory, "scrubs", False):
        return
    scrubber = ScrubFilter()

    def scrubbed(*args: object, **kwargs: object) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        scrubber.filter(record)
        return record

    scrubbed.scrubs = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(scrubbed)
