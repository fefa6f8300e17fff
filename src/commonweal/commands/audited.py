"""Commands that return people or counts: the purpose is checked and the look is written to the site's audit."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable

from commonweal.governance import audit
from commonweal.governance.purpose import PurposeRule, resolve
from commonweal.store import Store


def begin(store: Store, purpose: str) -> PurposeRule:
    """Resolve the purpose and set up the site's audit, before anything is read."""
    rule = resolve(purpose)
    from commonweal.web.setup import prepare

    prepare(store)
    return rule


def actor() -> audit.Actor:
    """Who runs the command: the account of the machine, in the role of an operator."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return audit.Actor(f"command line: {name}", "operator")


def write(
    purpose: str, action: str, *, object: str, release_id: str, subject: str = "", count: int | None = None
) -> None:
    """Write one audit event."""
    audit.record(
        actor(),
        purpose=purpose,
        action=action,
        subject=subject,
        object=object,
        result_count=count,
        release_id=release_id,
    )


def write_people(purpose: str, action: str, people: Iterable[str], *, object: str, release_id: str) -> None:
    """Write one audit event for each person shown, so that "who looked at this record" finds the look; all or none."""
    audit.record_each(actor(), people, purpose=purpose, action=action, object=object, release_id=release_id)
