"""The chain's last link, kept outside the database each time that it grows.

Whoever can write the database can take the guards off its tables, change an entry and compute the whole chain again, or cut
its end: the chain then holds. They cannot make it end in the links that were written down before. The file lies beside the
store, for its owner alone; copy it (or ship it with the logs) to where the database's administrators cannot write.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from commonweal.web.audit.models import Seal


def write_down(number: int, link: str) -> None:
    """Append one link to the file; nothing where the site keeps none."""
    if settings.AUDIT_WITNESS is None:
        return
    path = Path(settings.AUDIT_WITNESS)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as file:
        file.write(f"{number} {link}\n")
        file.flush()
        os.fsync(file.fileno())


def first_disagreement() -> int | None:
    """The lowest number whose link is not the one that was written down, or is gone; None where all agree."""
    if settings.AUDIT_WITNESS is None or not Path(settings.AUDIT_WITNESS).is_file():
        return None
    lines = Path(settings.AUDIT_WITNESS).read_text(encoding="ascii").splitlines()
    written = [(int(number), link) for number, _, link in (line.partition(" ") for line in lines) if number.isdecimal()]
    wrong = []
    for start in range(0, len(written), 500):
        some = dict(written[start : start + 500])
        held = dict(Seal.objects.filter(number__in=some).values_list("number", "link"))
        wrong += [number for number, link in some.items() if held.get(number) != link]
    return min(wrong, default=None)
