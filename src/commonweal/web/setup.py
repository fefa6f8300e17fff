"""Start Django from the command line: for `serve`, and for commands that must write the audit."""

from __future__ import annotations

import os

from commonweal.errors import BadInput
from commonweal.store import Store

MODES = ("demo", "production", "test")


def prepare(store: Store, mode: str = "demo") -> None:
    """Set Django up for `store`, bring its database up to date, and with that install the audit sink.

    Call it once in a process, before anything that reads people. Where a caller (a test, a server) has set Django up
    already, only the database is brought up to date.
    """
    import django
    from django.apps import apps
    from django.core.management import call_command

    if mode not in MODES:
        raise BadInput("there is no such mode", value=mode, remedy=f"use one of {', '.join(MODES)}")
    if not apps.ready:
        os.environ["COMMONWEAL_STORE"] = str(store.root.resolve())
        os.environ["DJANGO_SETTINGS_MODULE"] = f"commonweal.web.settings.{mode}"
        store.root.mkdir(parents=True, exist_ok=True)
        django.setup()
    call_command("migrate", verbosity=0, interactive=False)
