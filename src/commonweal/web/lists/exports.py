"""A list as CSV for the clinical system. A spreadsheet must not run what a record says."""

from __future__ import annotations

import csv
import io

from commonweal.web.core.presenters import nhs_number_words
from commonweal.web.lists.presenters import detail, reason_words
from commonweal.web.lists.services import Page

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
HEADINGS = ("NHS number", "Name", "Date of birth", "Practice", "Why", "Suggested action", "State", "Person identifier")


def as_csv(page: Page) -> bytes:
    """UTF-8 with a byte-order mark, so that a spreadsheet reads accents."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADINGS)
    action = "; ".join(filter(None, (detail(one, "suggested_action") for one in page.definitions)))
    for person in page.people:
        writer.writerow(
            [
                harmless(cell)
                for cell in (
                    nhs_number_words(person.identity.nhs_number), person.identity.name, str(person.summary.birth_date or ""),
                    person.summary.practice_code or "", "; ".join(reason_words(person, page)), action,
                    person.standing.state, person.person_id,
                )
            ]
        )  # fmt: skip
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula (OWASP: CSV injection)."""
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(DANGEROUS) else text
